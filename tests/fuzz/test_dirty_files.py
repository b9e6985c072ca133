"""Nothing is changed silently: dirty files through the ingest, beside a slow reader of its own.

Every cell that is used is what the reader reads in the record of that number, every record is used,
out of scope or rejected, or the file is refused in one line. A file is made from its seed alone:
``dirty_file(seed)`` makes a failing one again.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest
import through_ingest
from clean_files import clean_rows
from damages import EVERY_DAMAGE, dirty_file
from through_ingest import differences, engine
from whole_ingest import whole_differences

IN_TEST = 500
WHOLE_IN_TEST = 2
NIGHTLY = 100_000
WHOLE_NIGHTLY = 500
A_CONNECTION = 1_000  # files, then a new one


def silent_changes(seeds: range, folder: Path) -> tuple[dict[int, list[str]], Counter]:
    """Seed -> what was changed silently; files by what became of them and by damage."""
    changed: dict[int, list[str]] = {}
    outcomes: Counter = Counter()
    for first in range(seeds.start, seeds.stop, A_CONNECTION):
        with engine() as connection:
            for seed in range(first, min(first + A_CONNECTION, seeds.stop)):
                clean, file, content, done = dirty_file(seed)
                outcome, found = differences(connection, folder, clean.table, file, content)
                outcomes.update([outcome, *((outcome, damage) for damage in done)])
                if found:
                    changed[seed] = found
    return changed, outcomes


def test_a_clean_file_is_used_whole(tmp_path: Path) -> None:
    for table in ("patients", "labs", "procedures"):
        clean = clean_rows(Random(1), table, 30)
        (tmp_path / table / "extract").mkdir(parents=True)
        (tmp_path / table / "extract" / f"{table}.csv").write_bytes(clean.csv())
        with engine() as connection:
            rows, broken = through_ingest.typed_rows(connection, tmp_path / table, table)
        assert broken == []
        assert [row["_rule"] for row in rows] == [None] * 30


def test_no_dirty_file_is_changed_silently(tmp_path: Path) -> None:
    changed, outcomes = silent_changes(range(IN_TEST), tmp_path / "one")
    assert changed == {}
    assert outcomes["read"] > 0.5 * IN_TEST
    assert outcomes["refused"] > 0.2 * IN_TEST


def test_no_dirty_file_is_changed_silently_by_the_whole_ingest(tmp_path: Path) -> None:
    found = {seed: whole_differences(seed, tmp_path)[1] for seed in range(WHOLE_IN_TEST)}
    assert found == {seed: [] for seed in range(WHOLE_IN_TEST)}


@pytest.mark.nightly
def test_no_dirty_file_is_changed_silently_at_night(tmp_path: Path) -> None:
    changed, outcomes = silent_changes(range(IN_TEST, NIGHTLY), tmp_path / "one")
    assert changed == {}
    for damage in EVERY_DAMAGE:
        assert outcomes["read", damage] + outcomes["refused", damage] > 0.001 * NIGHTLY, damage


@pytest.mark.nightly
def test_no_dirty_file_is_changed_silently_by_the_whole_ingest_at_night(tmp_path: Path) -> None:
    outcomes: Counter = Counter()
    found = {}
    for seed in range(WHOLE_NIGHTLY):
        outcome, changes = whole_differences(seed, tmp_path)
        outcomes[outcome] += 1
        if changes:
            found[seed] = changes
    assert found == {}
    assert outcomes["read"] > 0.5 * WHOLE_NIGHTLY
