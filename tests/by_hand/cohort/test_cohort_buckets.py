"""How the work is cut up does not change what comes out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis import cohort, estimates, ingest, store
from analysis.ingest.first_pass import buckets
from analysis.study import Study, read_study
from tests.broken.tiny_extract import PROTOCOL, Tables, tables, write_extract, write_protocol

EVERY_STRATUM = PROTOCOL.replace(
    'by = ["sex"]', 'by = ["sex", "age_band", "modality", "vintage_band"]'
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study(write_protocol(tmp_path_factory.mktemp("protocols"), EVERY_STRATUM))


def through(study: Study, folder: Path, content: Tables, threads: int = 1) -> pd.DataFrame:
    ingest.run(study, write_extract(folder / "extract", content), folder / "ingest", threads)
    cohort.run(study, folder / "ingest", folder / "cohort", threads)
    provenance = {"extract": {}, "n": None, "seed": None}
    estimates.run(study, folder / "cohort", folder / "estimates", None, provenance)
    return store.read_frame(folder / "estimates" / "estimates.parquet")


@pytest.fixture(scope="module")
def whole(study: Study, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return through(study, tmp_path_factory.mktemp("whole"), tables())


def test_many_buckets_say_what_one_says(
    study: Study, whole: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "BYTES_PER_BUCKET", 20_000)
    cut = through(study, tmp_path / "cut", tables(), threads=2)
    assert store.read_json(tmp_path / "cut" / "ingest" / "facts.json")["buckets"] >= 4
    pd.testing.assert_frame_equal(cut, whole, check_exact=False, rtol=1e-9)


def test_records_in_another_order_say_the_same(
    study: Study, whole: pd.DataFrame, tmp_path: Path
) -> None:
    turned = {name: list(reversed(rows)) for name, rows in tables().items()}
    again = through(study, tmp_path / "turned", turned)
    pd.testing.assert_frame_equal(again, whole, check_exact=False, rtol=1e-12)


def test_without_spells_the_modality_is_missing_and_nothing_else(
    study: Study, whole: pd.DataFrame, tmp_path: Path
) -> None:
    content = {name: rows for name, rows in tables().items() if name != "modality_spells"}
    frame = through(study, tmp_path / "part", content)
    of_modality = frame["strata"].str.startswith("modality=")
    assert set(frame.loc[of_modality, "strata"]) == {"modality=missing"}

    def others(rows: pd.DataFrame) -> pd.DataFrame:
        about = rows["strata"].str.contains("modality") | (rows["term"] == "modality")
        return rows[~about].reset_index(drop=True)

    pd.testing.assert_frame_equal(others(frame), others(whole), check_exact=False, rtol=1e-12)
