"""Frames become Arrow tables as Arrow itself would make them, byte for byte in the file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis import store
from analysis.frame_tables import frame_table

GAPS = np.array([1.5, np.nan, -0.0, np.inf, np.nan, 2.0, np.nan, 3.0, np.nan])
FRAMES = {
    "numbers": pd.DataFrame({"whole": np.arange(9), "gaps": GAPS, "full": np.arange(9.0)}),
    "words": pd.DataFrame({"word": ["a", None, "", np.nan, "é"], "is": [True, False] * 2 + [True]}),
    "no known number": pd.DataFrame({"a": np.full(3, np.nan)}),
    "no word": pd.DataFrame({"a": pd.Series([None, None], dtype=object)}),
    "no rows": pd.DataFrame({"a": [], "b": np.zeros(0), "c": np.zeros(0, dtype=np.int64)}),
    "no columns": pd.DataFrame(index=range(3)),
    "columns of one block": pd.DataFrame(np.stack([GAPS, GAPS + 1], axis=1), columns=["a", "b"]),
    "kept rows": pd.DataFrame({"a": GAPS, "b": range(9)})[lambda rows: rows["b"] % 2 == 0],
    "other kinds": pd.DataFrame({"a": pd.Series(["x", None], dtype="string"), "b": [1.0, np.nan]}),
    "names that are numbers": pd.DataFrame({0: [1.0], 1: ["a"]}),
    "categories": pd.DataFrame({"a": pd.Categorical(["x", "y", None]), "b": [1.0, 2.0, np.nan]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_the_table_that_arrow_makes_of_it(name, tmp_path) -> None:
    frame = FRAMES[name]
    expected = pa.Table.from_pandas(frame, preserve_index=False)
    found = frame_table(frame)
    found.validate(full=True)
    assert found.equals(expected, check_metadata=True)
    store.write_frame(tmp_path / "ours.parquet", frame)
    store.write_table(tmp_path / "arrows.parquet", expected)
    assert (tmp_path / "ours.parquet").read_bytes() == (tmp_path / "arrows.parquet").read_bytes()


def test_a_number_that_is_not_one_is_missing_in_the_file(tmp_path) -> None:
    store.write_frame(tmp_path / "gaps.parquet", FRAMES["numbers"])
    column = pq.read_table(tmp_path / "gaps.parquet").column("gaps")
    assert column.to_pylist() == [1.5, None, -0.0, np.inf, None, 2.0, None, 3.0, None]


def test_frames_of_the_same_names_and_other_words_keep_their_own_types() -> None:
    text, nothing = pd.DataFrame({"a": ["x"]}), pd.DataFrame({"a": [None]})
    assert [frame_table(f).schema.types for f in (text, nothing, text)] == [
        [pa.string()],
        [pa.null()],
        [pa.string()],
    ]
