"""Two passes: cut short and taken up again, in many batches and buckets, from text or types."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from native_files import LABS, PATIENTS, STUDY, ingested, rejects, used

from analysis import ingest, store
from analysis.ingest.columns import staging
from analysis.ingest.files import file_parts
from analysis.ingest.first_pass import buckets
from analysis.ingest.second_pass import finish
from data_schema.refusal import Refusal

N = 40_000


def record(number: int) -> str:
    """Values tell the records apart; every 997th is broken, every 3,001st blank."""
    if number % 997 == 0:
        return f"{number % 10:02d},2011-02-01\n"
    if number % 3001 == 0:
        return "\n"
    unit = '"mmol\n/L"' if number % 5003 == 0 else "mmol/L"
    day = f"2011-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    return f"{number % 10:02d},{day},phosphate,{1.2 + number / 1e5:.5f},{unit},C{number % 7}\n"


def text() -> str:
    return LABS + "".join(record(number) for number in range(2, N))


def by_record(stage: Path) -> dict[int, float]:
    frames = [store.read_frame(path) for path in sorted((stage / "labs").glob("*.parquet"))]
    whole = pd.concat(frames)
    return dict(zip(whole["_row"], whole["value"], strict=True))


def check(stage: Path) -> None:
    found = by_record(stage)
    for number, value in found.items():
        assert value == round(1.2 + number / 1e5, 5)
    gone = {row for row, *_ in rejects(stage)}
    assert gone == {n for n in range(2, N) if n % 997 == 0 or n % 3001 == 0 or n % 5003 == 0}
    assert not gone & set(found)
    assert len(gone) + len(found) == N - 2


def test_record_numbers_hold_over_many_batches_gaps_and_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "ROWS_A_BATCH", 5_000)
    monkeypatch.setattr(file_parts, "GAP_BLOCK", 64)
    monkeypatch.setattr(buckets, "BYTES_PER_BUCKET", 400_000)
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    (extract / "labs.csv").write_text(text())
    ingest.run(STUDY, extract, tmp_path / "ingest", threads=2)
    assert store.read_json(tmp_path / "ingest" / "facts.json")["buckets"] > 1
    check(tmp_path / "ingest")
    (extract / "labs.csv").unlink()
    with gzip.open(extract / "labs.csv.gz", "wt") as file:
        file.write(text())
    ingest.run(STUDY, extract, tmp_path / "zipped", threads=2)
    check(tmp_path / "zipped")


class KilledError(BaseException):
    """As when the process ends: nothing can catch it and tidy up."""


def many_buckets(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(buckets, "BYTES_PER_BUCKET", 200_000)
    extract = folder / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    (extract / "labs.csv").write_text(text())
    return extract


def cut_short(after: int) -> Iterator[None]:
    for _ in range(after):
        yield
    raise KilledError


def test_a_bucket_that_is_done_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = many_buckets(tmp_path, monkeypatch)
    whole, again = tmp_path / "whole", tmp_path / "again"
    ingest.run(STUDY, extract, whole, threads=1)
    left = cut_short(3)

    def dies(kernel, tasks, _threads, _master):
        for task in tasks:
            next(left)
            yield kernel(task)

    with monkeypatch.context() as patch:
        patch.setattr(finish, "map_in_order", dies)
        with pytest.raises(KilledError):
            ingest.run(STUDY, extract, again, threads=1)
    done = sorted(path.name for path in (again / store.WORK / "done").iterdir())
    assert done == ["0000.json", "0001.json", "0002.json"]
    times = {p: p.stat().st_mtime_ns for p in sorted((again / "labs").iterdir())}
    monkeypatch.setattr(ingest, "stage_extract", lambda _: pytest.fail("the first pass ran again"))
    ingest.run(STUDY, extract, again, threads=1)
    assert all(p.stat().st_mtime_ns == t for p, t in times.items())
    assert not (again / store.WORK).exists()
    first, second = (store.read_json(f / store.MANIFEST)["files"] for f in (whole, again))
    assert first == second


def test_a_run_cut_short_is_not_taken_up_by_another_extract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = many_buckets(tmp_path, monkeypatch)
    left = cut_short(1)
    with monkeypatch.context() as patch:
        patch.setattr(finish, "map_in_order", lambda *_: list(left))
        with pytest.raises(KilledError):
            ingest.run(STUDY, extract, tmp_path / "ingest", threads=1)
    (extract / "labs.csv").write_text(LABS + "01,2011-02-01,phosphate,1.5,mmol/L,C0\n")
    ingest.run(STUDY, extract, tmp_path / "ingest", threads=1)
    assert list(by_record(tmp_path / "ingest").values()) == [1.5]


def test_rows_that_get_lost_between_the_passes_stop_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loses(kernel, tasks, _threads, _master):
        for task in tasks:
            counts = kernel(task)
            for kind in ("outcomes", "by_record"):
                counts[kind]["labs"] = counts[kind]["labs"][1:]
            yield counts

    monkeypatch.setattr(finish, "map_in_order", loses)
    with pytest.raises(Refusal, match="do not add up"):
        ingested(tmp_path, labs=LABS + "01,2011-02-01,phosphate,1.5,mmol/L,C0\n")


def test_typed_parquet_says_what_its_text_says(tmp_path: Path) -> None:
    cells = [
        f"{i % 10:02d},2011-0{i % 9 + 1}-1{i % 9},{2.5 + i / 7:.3f},{'' if i % 3 else 6.5}"
        for i in range(500)
    ]
    rows = "patient_id,sample_date,value,assay_upper_limit\n" + "\n".join(cells) + "\n"
    (tmp_path / "rows.csv").write_text(rows)
    stages = []
    for name, date, number in (("text", "VARCHAR", "VARCHAR"), ("typed", "DATE", "DOUBLE")):
        extract = tmp_path / name / "extract"
        extract.mkdir(parents=True)
        (extract / "patients.csv").write_text(PATIENTS)
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT patient_id, CAST(sample_date AS {date}) AS sample_date, 'pth' AS "
                f'analyte, CAST("value" AS {number}) AS "value", \'pmol/L\' AS unit, '
                f"CAST(assay_upper_limit AS {number}) AS assay_upper_limit FROM "
                f"read_csv('{tmp_path / 'rows.csv'}', all_varchar=true)) "
                f"TO '{extract / 'labs.parquet'}' (FORMAT parquet)"
            )
        ingest.run(STUDY, extract, tmp_path / name / "ingest", threads=1)
        stages.append(used(tmp_path / name / "ingest", "labs"))
    assert len(stages[0]) == 500
    pd.testing.assert_frame_equal(stages[0], stages[1], check_exact=True)


def test_gaps_are_counted_as_one_would_count_them() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        last = int(rng.integers(3, 9000))
        count = int(rng.integers(1, min(last - 1, 200)))
        broken = sorted(2 + rng.choice(last, size=count, replace=False))
        blocks = file_parts.gap_blocks(broken).to_pylist()
        whole = [n for n in range(2, last + 50) if n not in set(broken)]
        for place, number in enumerate(whole):
            block = place // file_parts.GAP_BLOCK
            missing = len(broken)
            if block < len(blocks):
                inside = blocks[block]["inside"]
                missing = blocks[block]["before"] + sum(jump <= place for jump in inside)
            assert place + 2 + missing == number
