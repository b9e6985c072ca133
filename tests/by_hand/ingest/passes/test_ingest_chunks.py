"""A large table is staged in chunks, side by side: the same bytes, counts and refusals."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from native_files import LABS, PATIENTS, STUDY
from test_ingest_stream import N, check, record, text

from analysis import ingest, store
from analysis.ingest.columns import staging
from analysis.ingest.files.file_parts import FilePart
from analysis.ingest.first_pass import buckets, chunks
from analysis.ingest.first_pass import stage_extract as first_pass
from analysis.ingest.first_pass.chunks import _cuts
from data_schema.refusal import Refusal


def small(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Small chunks, batches and buckets; the numbers of tasks that were run."""
    monkeypatch.setattr(chunks, "RECORDS_A_CHUNK", 3_000)
    monkeypatch.setattr(chunks, "CHUNKS", 1_000)
    monkeypatch.setattr(staging, "ROWS_A_BATCH", 2_048)
    monkeypatch.setattr(buckets, "BYTES_PER_BUCKET", 400_000)
    ran: list[int] = []
    run = first_pass.map_in_order

    def counted(kernel, tasks, threads, master):
        if kernel is chunks.stage:
            ran.append(len(tasks))
        return run(kernel, tasks, threads, master)

    monkeypatch.setattr(first_pass, "map_in_order", counted)
    return ran


def files_of(extract: Path, out: Path, threads: int) -> dict[str, str]:
    ingest.run(STUDY, extract, out, threads=threads)
    return store.read_json(out / store.MANIFEST)["files"]


def staged_whole(extract: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What comes out without chunks, in as many buckets."""
    with monkeypatch.context() as patch:
        patch.setattr(buckets, "BYTES_PER_BUCKET", 400_000)
        return files_of(extract, out, 1)


def test_the_same_bytes_in_chunks_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    (extract / "labs.csv").write_text(text())
    whole = staged_whole(extract, tmp_path / "whole", monkeypatch)
    ran = small(monkeypatch)
    assert files_of(extract, tmp_path / "one", 1) == whole
    assert files_of(extract, tmp_path / "two", 2) == whole
    assert ran[0] == ran[1] > 5
    check(tmp_path / "two")


def parquet_parts(extract: Path) -> None:
    """The whole records of the text in two parts of Parquet, in blocks of several sizes."""
    lines = [record(n).strip().split(",") for n in range(2, N) if n % 997 and n % 3001 and n % 5003]
    names = LABS.strip().split(",")
    columns = map(list, zip(*lines, strict=True))
    table = pa.table(dict(zip(names, columns, strict=True)))
    (extract / "labs").mkdir()
    pq.write_table(table.slice(0, 11_000), extract / "labs" / "a.parquet", row_group_size=700)
    pq.write_table(table.slice(11_000), extract / "labs" / "b.parquet", row_group_size=20_000)


def test_parts_of_parquet_are_cut_where_their_blocks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    parquet_parts(extract)
    whole = staged_whole(extract, tmp_path / "whole", monkeypatch)
    ran = small(monkeypatch)
    assert files_of(extract, tmp_path / "two", 2) == whole
    assert ran[0] > 5


def test_the_first_refusal_of_several_chunks_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of nobody known are counted over all chunks; nothing remains."""
    small(monkeypatch)
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    rows = (f"X{n},2011-02-01,phosphate,1.5,mmol/L,C0\n" for n in range(9_000))
    (extract / "labs.csv").write_text(LABS + "".join(rows))
    with pytest.raises(Refusal, match="labs.csv, column patient_id"):
        ingest.run(STUDY, extract, tmp_path / "out", threads=2)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("ends", "size", "expected"),
    [
        ((10,), 100, [(0, 10)]),
        ((4, 8, 12, 16), 8, [(0, 8), (8, 16)]),
        ((4, 8, 12), 8, [(0, 8), (8, 12)]),
        ((30,), 8, [(0, 8), (8, 16), (16, 30)]),
        ((4, 30, 34), 8, [(0, 8), (8, 16), (16, 30), (30, 34)]),
        ((0, 5, 5), 8, [(0, 5)]),
        ((8, 8), 8, [(0, 8)]),
        ((), 8, []),
    ],
)
def test_cuts_cover_every_record_once(ends, size, expected) -> None:
    assert list(_cuts(ends, size)) == expected
    part = FilePart("labs.csv", Path("labs.parquet"), {}, 2, tuple(ends))
    assert part.records == (ends[-1] if ends else 0)


def test_records_of_three_hundred_parts_are_counted_by_part(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir(parents=True)
    (tmp_path / "patients.csv").write_text(PATIENTS)
    for part in range(300):
        row = f"01,2011-02-01,phosphate,{1 + part / 1000},mmol/L,C0\n"
        (tmp_path / "labs" / f"p{part:03d}.csv").write_text(LABS + row)
    ingest.run(STUDY, tmp_path, tmp_path / "out", threads=1)
    frame = store.read_frame(tmp_path / "out" / "labs" / "0000.parquet")
    assert sorted(frame["_file"]) == [f"p{part:03d}.csv" for part in range(300)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("Out of Memory Error: could not allocate"), "needs more memory than MEMORY"),
        (pa.ArrowInvalid("Conversion Error: 'secret'"), ": cannot be read as declared"),
    ],
)
def test_an_error_within_a_stream_is_one_line_without_cells(
    error: Exception, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(connection, select):
        rows = iter(staging.selected_rows(connection, select))
        yield next(rows)
        raise error

    monkeypatch.setattr(chunks, "selected_rows", breaks)
    (tmp_path / "extract").mkdir()
    (tmp_path / "extract" / "patients.csv").write_text(PATIENTS)
    (tmp_path / "extract" / "labs.csv").write_text(text())
    monkeypatch.setattr(chunks, "RECORDS_A_CHUNK", 10)
    with pytest.raises(Refusal, match=said) as refused:
        ingest.run(STUDY, tmp_path / "extract", tmp_path / "out", threads=1)
    assert "secret" not in str(refused.value)
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging.store, "write_batches", full)
    (tmp_path / "patients.csv").write_text(PATIENTS)
    with pytest.raises(OSError, match="No space left"):
        ingest.run(STUDY, tmp_path, tmp_path / "out", threads=1)
