"""Assays of parathyroid hormone: told by their upper limits, kept apart, never silently pooled."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.ingest.units.assays import assay_rows, assay_runs
from data_schema.concept_sets import concept_sets
from data_schema.declarations import analytes, select_statements

YEAR = 4 * 2015


def histogram(*rows: tuple[str, str, int, float | None, int]) -> pd.DataFrame:
    """Rows of (centre, analyte, quarter of 2015, limit in pmol/L, n)."""
    frame = pd.DataFrame(rows, columns=["centre_id", "analyte", "quarter", "limit", "n"])
    size = np.floor(8 * np.log2(frame["limit"].astype(float)))
    return frame.assign(quarter=frame["quarter"] + YEAR, bin=size.astype("Int64"), unit="pmol/L")


LIMITS = histogram(
    ("A", "pth", 0, 6.9, 40),
    ("A", "pth", 1, 6.9, 30),
    ("A", "pth", 1, 9.3, 10),
    ("A", "pth", 3, 9.3, 50),
    ("A", "pth", 4, 6.9, 20),
    ("B", "pth", 0, 6.9, 15),
    ("B", "pth", 1, 7.1, 15),
    ("", "pth", 0, 6.9, 5),
    ("", "pth", 1, 9.3, 5),
    ("A", "pth_whole", 0, 4.0, 12),
    ("B", "calcium", 0, 2.6, 9),
)


def test_a_centre_with_another_limit_has_another_assay_and_a_small_step_is_none() -> None:
    runs = assay_runs(LIMITS)
    told = runs.assign(first=runs["first"] - YEAR, last=runs["last"] - YEAR)
    columns = ["centre_id", "analyte", "first", "last", "n", "changed"]
    assert told[columns].to_numpy().tolist() == [
        ["A", "pth", 0, 1, 80, False],
        ["A", "pth", 3, 3, 50, True],
        ["A", "pth", 4, 4, 20, True],
        ["A", "pth_whole", 0, 0, 12, False],
        ["B", "pth", 0, 1, 30, False],
    ]
    assert runs["limit"].to_numpy() == pytest.approx([6.9, 9.3, 6.9, 4.0, 6.9], rel=0.05)


def test_results_after_a_change_and_results_without_a_limit_are_counted() -> None:
    results = histogram(
        ("A", "pth", 0, 60.0, 170), ("B", "pth", 0, 60.0, 30), ("", "pth", 0, 9, 40)
    )
    found = assay_rows(results, LIMITS, assay_runs(LIMITS))
    rows = {(row.reference, row.level): row.numerator for row in found}
    assert rows[("pth", "assay_unknown")] == 200 + 40 - 190
    assert rows[("pth", "assay_changed")] == 50 + 20
    assert ("pth_whole", "assay_changed") not in rows


def test_nothing_is_told_where_no_result_has_a_limit() -> None:
    none = LIMITS[:0]
    runs = assay_runs(none)
    assert len(runs) == 0
    assert assay_rows(none, none, runs) == []
    (row,) = assay_rows(histogram(("A", "pth", 0, 60.0, 7)), none, runs)
    assert (row.level, row.numerator) == ("assay_unknown", 7)


def test_assays_of_the_whole_molecule_are_another_analyte_everywhere() -> None:
    """Whole-molecule assays read lower than intact ones: no list may name one code for both."""
    known = analytes()
    codes = {name: {c for part in known[name].loinc.values() for c in part} for name in known}
    assert codes["pth_whole"] == {"35568-5"}
    assert not codes["pth"] & codes["pth_whole"]
    assert not set(known["pth"].omop) & set(known["pth_whole"].omop)
    concepts = {row.code: row.group for row in concept_sets(("laboratory",)) if row.code}
    assert concepts["35568-5"] == "pth_whole"
    assert concepts["2731-8"] == concepts["14866-3"] == "pth"
    assert "('35568-5', 'pth_whole')" in select_statements("ukrdc")["labs"]
