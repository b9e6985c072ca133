"""Every record of a dirty extract is used, out of scope or rejected, each once."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from native_files import ingested, quality, rejects, used

COLUMNS = ("patient_id", "sample_date", "analyte", "value", "unit", "centre_id")
cells = some.tuples(
    some.sampled_from(["00", "01", "02", "77", "", " 01 "]),
    some.sampled_from(["2011-02-01", "2011-02-30", "2025-01-01", "1900-01-01", "today", ""]),
    some.sampled_from(["pth", "calcium", "PTH", ""]),
    some.sampled_from(["30", "2.3", "<0.3", "9999", "high", "-1", "", 'a "b", c', "1\n2"]),
    some.sampled_from(["pmol/L", "mmol/L", "mg", ""]),
    some.sampled_from(["C0", ""]),
)
some_cells = some.one_of(
    cells,
    cells.map(lambda row: row[:3]),
    cells.map(lambda row: (*row, "more")),
    some.just(()),
)
records = some.lists(some_cells, max_size=25)


def text_of(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    return out.getvalue()


@settings(max_examples=24, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records)
def test_records_are_conserved(rows: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = ingested(Path(folder), labs=text_of(rows))
        counts = quality(stage, "rows")
        counts = counts[counts["strata"] == "file=labs.csv;table=labs"]
        by_level = counts.groupby("level")["numerator"].sum()
        kept = used(stage, "labs")
        refused = rejects(stage)
        by_rule = quality(stage, "rejected_rows")
    if not rows:
        assert counts.empty
        return
    parts = by_level.drop("total")
    assert by_level["total"] == parts.sum() == len(rows)
    assert parts["used"] == len(kept)
    assert parts["rejected"] == len(refused) == by_rule["numerator"].sum()
    numbers = [*kept["_row"], *(row for row, *_ in refused)]
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= set(range(2, len(rows) + 2))
    assert len(rows) - len(numbers) == parts.get("out_of_scope", 0)
    for number in kept["_row"]:
        row = rows[number - 2]
        assert len(row) == len(COLUMNS)
        assert row[0].strip() in ("00", "01", "02")
        assert row[1] == "2011-02-01"
