"""Estimate rows as a table and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import store
from analysis.store import StoreError, estimates_frame, frame_estimates
from data_schema.results import COLUMNS, Estimate

ROWS = [
    Estimate(
        "flow", "attrition", term="extract", level="remaining", x=0.0, estimate=5.0, numerator=5.0
    ),
    Estimate(
        "how_soon",
        "cumulative_incidence",
        outcome="onset",
        time=365.25,
        estimate=0.1,
        events=1.0,
        people=9.0,
    ),
    Estimate("who", "hazard_ratio", term="pth", status="not_estimable", reason="No event."),
    Estimate("quality", "rows", strata="file=a.csv;table=labs", level="<b>", numerator=0.0),
]


def test_rows_come_back_as_they_were() -> None:
    frame = estimates_frame(ROWS)
    assert tuple(frame.columns) == COLUMNS
    assert frame["id"].tolist() == [row.id for row in ROWS]
    assert frame_estimates(frame) == ROWS


def test_rows_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    store.write_frame(tmp_path / "rows.parquet", estimates_frame(ROWS))
    again = store.read_frame(tmp_path / "rows.parquet")
    assert frame_estimates(again) == ROWS
    store.write_frame(tmp_path / "again.parquet", again)
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "rows.parquet").read_bytes()


def test_no_rows_are_a_table_with_every_column() -> None:
    frame = estimates_frame([])
    assert tuple(frame.columns) == COLUMNS
    assert frame_estimates(frame) == []


def test_two_rows_with_one_id_are_refused() -> None:
    again = Estimate("who", "hazard_ratio", term="pth", estimate=2.0, events=1.0, people=9.0)
    with pytest.raises(StoreError, match=f"share one id: {again.id}"):
        estimates_frame([*ROWS, again])


def test_the_id_keeps_empty_keys_in_their_place() -> None:
    assert ROWS[1].id == "how_soon/cumulative_incidence//onset/////primary/365.25/"
    one, other = (Estimate("flow", "rows", **{key: "t"}) for key in ("term", "level"))
    assert one.id != other.id
