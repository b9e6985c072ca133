"""Each rule across tables on a handful of records: what it flags and what it must not."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest

from analysis.ingest.second_pass.cross_table import (
    RULES,
    count_flags,
    cross_table_flags,
    flag_rows,
    refuse_unmatched,
    rule_columns,
)
from data_schema.declarations import TABLE_NAMES, checks, table
from data_schema.refusal import Refusal

PATIENTS = [
    {"patient_id": "a", "first_dialysis_date": "2010-01-01", "centre_id": "C1"},
    {"patient_id": "b", "first_dialysis_date": "2010-01-01", "death_date": "2012-06-01"},
]


def frame(name: str, rows: list[dict], patients: list[dict] = PATIENTS) -> pd.DataFrame:
    """What the rules look at of records written with the ids of people and ISO dates."""
    cells: dict = {}
    for column in table(name).columns:
        given = [row.get(column.name) for row in rows]
        is_date = column.type in ("date", "partial_date")
        cells[column.name] = (
            pa.array(given, pa.string()).cast(pa.date32()) if is_date else words(given)
        )
    ids = [person["patient_id"] for person in patients]
    if "patient_id" in cells and name != "patients":
        places = [ids.index(row["patient_id"]) for row in rows]
        cells["person"] = pa.array(places, pa.int32())
    cells["_file"] = words([f"{name}.csv"] * len(rows))
    cells["_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    return rule_columns(name, pa.table(cells))


def words(given: list[str | None]) -> pa.DictionaryArray:
    return pa.array(given, pa.string()).dictionary_encode()


def flagged(precision: str = "day", **tables: list[dict]) -> dict[str, list[tuple[str, int]]]:
    """rule -> (table, record) of what it flags."""
    rows = {"patients": PATIENTS, **tables}
    frames = {name: frame(name, r, rows["patients"]) for name, r in rows.items()}
    flags = cross_table_flags(frames, precision)
    found: dict[str, list[tuple[str, int]]] = {}
    for row in flags.itertuples():
        assert row.file == f"{row.table}.csv"
        found.setdefault(row.rule, []).append((row.table, row.row))
    return found


def spell(person: str, start: str, end: str | None, modality: str = "HD", **more) -> dict:
    return {
        "patient_id": person,
        "start_date": start,
        "end_date": end,
        "modality": modality,
        **more,
    }


def look(day: str, calcification: str, method: str = "radiograph", site: str = "hip") -> dict:
    return {
        "patient_id": "a",
        "date": day,
        "method": method,
        "site": site,
        "calcification": calcification,
    }


def code(day: str, status: str = "confirmed", code: str = "L942") -> dict:
    return {
        "patient_id": "a",
        "date": day,
        "system": "icd10cm",
        "code": code,
        "setting": "inpatient",
        "status": status,
    }


def test_overlapping_spells() -> None:
    """Touching is not overlapping, and another person's spell is no neighbour."""
    spells = [
        spell("a", "2011-01-01", "2012-01-01", "PD"),
        spell("a", "2010-01-01", "2011-01-02"),
        spell("b", "2010-01-01", "2011-06-01"),
        spell("b", "2011-06-01", None, "PD"),
    ]
    assert flagged(modality_spells=spells) == {"spells_overlap": [("modality_spells", 3)]}


def test_a_transplant_without_an_end_of_dialysis() -> None:
    spells = [
        spell("a", "2010-01-01", None),
        spell("a", "2011-01-01", "2012-01-01", "TX"),
        spell("a", "2012-01-01", None),
        spell("b", "2010-01-01", None),
    ]
    assert flagged(modality_spells=spells) == {"transplant_on_dialysis": [("modality_spells", 2)]}


def test_spells_before_first_dialysis_and_after_death() -> None:
    spells = [
        spell("a", "2009-12-31", "2010-05-01"),
        spell("b", "2010-01-01", "2012-06-02"),
        spell("a", "2010-05-01", None),
    ]
    assert flagged(modality_spells=spells) == {
        "spell_before_dialysis": [("modality_spells", 2)],
        "spell_ends_after_death": [("modality_spells", 3)],
    }


def test_dates_known_to_the_month_are_compared_by_month() -> None:
    early = [spell("a", "2010-01-01", "2010-02-28"), spell("a", "2010-02-15", None)]
    assert flagged(modality_spells=early) == {"spells_overlap": [("modality_spells", 2)]}
    assert flagged("month", modality_spells=early) == {}


def test_contact_after_death_and_result_before_sample() -> None:
    patients = [
        PATIENTS[1] | {"last_contact_date": "2012-06-02"},
        PATIENTS[0] | {"last_contact_date": "2014-01-01"},
    ]
    lab = {"patient_id": "a", "analyte": "pth", "sample_date": "2011-05-05"}
    labs = [lab | {"result_date": "2011-05-04"}, lab | {"result_date": "2011-05-05"}, lab]
    assert flagged(patients=patients, labs=labs) == {
        "contact_after_death": [("patients", 2)],
        "result_before_sample": [("labs", 2)],
    }


def test_looks_that_contradict_each_other() -> None:
    """Two sites, or an expert's verdict on the person, contradict nothing."""
    looks = [
        look("2011-01-01", "yes"),
        look("2011-01-01", "no", "ct"),
        look("2011-01-01", "not_recorded", "ultrasound"),
        look("2011-01-01", "no", site="hand"),
        look("2012-01-01", "no"),
        look("2012-01-01", "yes", "adjudication"),
    ]
    assert flagged(assessments=looks) == {
        "assessments_contradict": [("assessments", 2), ("assessments", 3)]
    }


def test_resolution_before_onset() -> None:
    """Seen in 2011, free in 2012, coded for the first time in 2013; the refuted code is none."""
    looks = [look("2010-06-01", "no"), look("2011-01-01", "yes"), look("2012-01-01", "no")]
    late = [code("2013-01-01"), code("2011-06-01", "refuted"), code("2011-06-01", code="N186")]
    found = {"resolved_before_onset": [("assessments", 4)]}
    assert flagged(assessments=looks, diagnoses=late) == found
    assert flagged(assessments=looks, diagnoses=[code("2011-06-01")]) == {}
    assert flagged(assessments=looks) == {}


def test_outside_coverage() -> None:
    """Half-open; two stretches, one inside the other; a domain without rows says nothing."""
    stretch = {"patient_id": "a", "domain": "diagnoses"}
    coverage = [
        stretch | {"start_date": "2010-01-01", "end_date": "2012-01-01"},
        stretch | {"start_date": "2010-06-01", "end_date": "2010-07-01"},
        stretch | {"start_date": "2013-01-01"},
    ]
    days = ["2009-12-31", "2010-01-01", "2011-12-31", "2012-01-01", "2013-01-01", "2020-01-01"]
    diagnoses = [code(day, code="N186") for day in days]
    other = [{**diagnoses[1], "patient_id": "b"}]
    labs = [{"patient_id": "a", "analyte": "pth", "sample_date": "2009-01-01"}]
    found = flagged(coverage=coverage, diagnoses=diagnoses + other, labs=labs)
    assert found == {"outside_coverage": [("diagnoses", 2), ("diagnoses", 5), ("diagnoses", 8)]}


def test_an_unknown_centre_where_centres_are_known() -> None:
    spells = [spell("a", "2010-01-01", None, centre_id="C9"), spell("b", "2010-01-01", None)]
    assert flagged(modality_spells=spells, centres=[{"centre_id": "C1"}]) == {
        "unknown_centre": [("modality_spells", 2)]
    }
    assert flagged(modality_spells=spells) == {}


def test_counts_add_up_over_buckets_and_become_rows() -> None:
    one = frame("modality_spells", [spell("b", "2010-01-01", "2013-01-01")])
    flags = cross_table_flags({"patients": frame("patients", PATIENTS), "modality_spells": one})
    counts = count_flags(flags) + count_flags(flags) + Counter()
    (row,) = flag_rows(counts)
    assert (row.measure, row.level, row.numerator) == ("flagged_rows", "spell_ends_after_death", 2)
    assert row.reason == checks()["spell_ends_after_death"].says
    assert row.strata == "file=modality_spells.csv;table=modality_spells"


def test_nothing_flagged_has_the_columns_all_the_same() -> None:
    flags = cross_table_flags({"patients": frame("patients", PATIENTS)})
    assert list(flags) == ["table", "file", "row", "column", "rule"]
    assert count_flags(flags) == Counter() and flag_rows(Counter()) == []


def test_ids_of_another_kind_stop_the_run() -> None:
    refuse_unmatched("labs.csv", 50, 100)
    refuse_unmatched("labs.csv", 40, 40)
    with pytest.raises(Refusal, match=r"labs.csv, column patient_id: more than half"):
        refuse_unmatched("labs.csv", 51, 100)


def test_every_rule_is_declared_with_tables_and_columns_that_exist() -> None:
    for rule, check in checks().items():
        assert set(check.tables) <= set(TABLE_NAMES)
        assert check.says[0].isupper() and not check.says.endswith(".")
        if check.column:
            assert all(check.column in table(name).column_names for name in check.tables), rule
    elsewhere = {"unit_resolved", "assay_unknown", "assay_changed"}  # judged by centre and quarter
    assert set(RULES) == {r for r, c in checks().items() if c.severity == "flag"} - elsewhere
