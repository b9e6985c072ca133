"""Parquet with dirt in every column, staged in chunks and whole; NaN; a page that is damaged."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from native_files import PATIENTS, STUDY, quality, rejects
from test_ingest_chunks import files_of, small, staged_whole

from analysis import ingest
from data_schema.refusal import Refusal

N = 12_000


def labs() -> pa.Table:
    """Dirt in every column; dates and limits as they are typed, ids as long text."""
    numbers = range(N)
    days = [None if n % 501 == 0 else date(2011, 1, 1) + timedelta(n % 700) for n in numbers]
    return pa.table(
        {
            "patient_id": pa.array(
                [None if n % 907 == 0 else f" {n % 13:02d}" for n in numbers], pa.large_string()
            ),
            "sample_date": pa.array(days, pa.date32()),
            "ANALYTE": [("phosphate", "pth", "rust")[n % 3 if n % 50 else 2] for n in numbers],
            "value": [(f"{n % 90}.5", "<0.3", "high", "")[n % 4 if n % 41 == 3 else 0]
                      for n in numbers],
            "unit": [("mmol/L", "pg/mL", "cups")[n % 3 if n % 60 else 2] for n in numbers],
            "assay_upper_limit": pa.array(
                [(65.0, -1.0, float("nan"), None)[n % 4 if n % 21 == 1 else 3] for n in numbers]
            ),
            "centre_id": [f"C{n % 7}" if n % 3 else None for n in numbers],
        }
    )  # fmt: skip


def write(extract: Path) -> None:
    (extract / "labs").mkdir(parents=True)
    (extract / "patients.csv").write_text(PATIENTS)
    whole = labs()
    pq.write_table(whole.slice(0, 7_000), extract / "labs" / "a.parquet", row_group_size=900)
    pq.write_table(whole.slice(7_000), extract / "labs" / "b.parquet", row_group_size=1_500)


def test_the_same_bytes_in_chunks_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "extract")
    whole = staged_whole(tmp_path / "extract", tmp_path / "whole", monkeypatch)
    ran = small(monkeypatch)
    assert files_of(tmp_path / "extract", tmp_path / "chunks", 1) == whole
    assert ran[0] > 3
    rules = {rule for _, _, rule in rejects(tmp_path / "chunks")}
    assert {"missing", "unknown_value", "not_a_number_or_bound", "below_minimum"} <= rules
    assert {"unknown_person", "unknown_unit"} <= rules
    assert "bound" in set(quality(tmp_path / "chunks", "flagged_rows")["level"])


def test_limits_that_are_not_numbers_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one file, so that its bounds are those of the column: they say nothing of NaN."""
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    limits = pa.array([(65.0, float("nan"), 72.0, 61.0)[n % 4] for n in range(N)])
    cells = {"patient_id": [f"{n % 10:02d}" for n in range(N)]}
    cells["sample_date"] = [date(2011, 1, 1) + timedelta(n // 10) for n in range(N)]
    constant = {"analyte": "pth", "value": "20.5", "unit": "pmol/L", "centre_id": "C1"}
    cells |= {name: [cell] * N for name, cell in constant.items()}
    whole = pa.table({**cells, "assay_upper_limit": limits})
    pq.write_table(whole, extract / "labs.parquet", row_group_size=1_500)
    expected = staged_whole(extract, tmp_path / "whole", monkeypatch)
    assert not {rule for _, _, rule in rejects(tmp_path / "whole")} & {"not_a_number"}
    ran = small(monkeypatch)
    assert files_of(extract, tmp_path / "chunks", 1) == expected
    assert ran[0] > 3


@pytest.mark.parametrize("in_chunks", [True, False])
def test_a_page_that_is_damaged_is_refused(
    in_chunks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "extract")
    if in_chunks:
        small(monkeypatch)
    part = tmp_path / "extract" / "labs" / "b.parquet"
    dates = pq.read_metadata(part).row_group(1).column(1)
    content = bytearray(part.read_bytes())
    start = dates.data_page_offset
    content[start + 30 : start + dates.total_compressed_size - 5] = b"\xff" * (
        dates.total_compressed_size - 35
    )
    part.write_bytes(content)
    with pytest.raises(Refusal, match="cannot be read as declared"):
        ingest.run(STUDY, tmp_path / "extract", tmp_path / "out", threads=1)
    assert not list((tmp_path / "out").iterdir())
