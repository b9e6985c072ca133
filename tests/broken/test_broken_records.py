"""Records that cannot be right are rejected by file, row, column and rule; the rest is used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tiny_extract import Tables, person, tables

Rejects = Callable[..., list[tuple[str, int, str, str]]]
Refused = Callable[..., str]


def changed(name: str, number: int, **cells: str) -> Tables:
    """The legal tables with one row of one table changed; ``number`` counts from 0."""
    content = tables()
    content[name][number] = content[name][number] | cells
    return content


BROKEN = [
    ("patients", "first_dialysis_date", "", "missing"),
    ("patients", "first_dialysis_date", "2011-02-30", "impossible_date"),
    ("patients", "first_dialysis_date", "1900-01-01", "placeholder_date"),
    ("patients", "first_dialysis_date", "30/11/2010", "not_a_date"),
    ("patients", "first_dialysis_date", "2031-01-01", "future_date"),
    ("patients", "birth_date", "19", "not_a_date"),
    ("labs", "value", "haemolysed", "not_a_number_or_bound"),
    ("labs", "value", "", "missing"),
    ("labs", "value", "1e999", "not_a_number_or_bound"),
    ("labs", "value", "-4", "outside_hard_limits"),
    ("labs", "value", "99999", "outside_hard_limits"),
    ("labs", "unit", "furlongs", "unknown_unit"),
    ("labs", "unit", "", "missing"),
    ("labs", "analyte", "ferritin", "unknown_value"),
    ("labs", "sample_date", "2010-13-01", "impossible_date"),
    ("labs", "patient_id", "9999", "unknown_person"),
    ("labs", "patient_id", "", "missing"),
    ("diagnoses", "system", "", "missing"),
    ("modality_spells", "modality", "dialysis", "unknown_value"),
    ("modality_spells", "end_date", "2009-01-01", "spell_ends_before_it_starts"),
]


@pytest.mark.parametrize(("name", "column", "value", "rule"), BROKEN)
def test_one_broken_cell_is_one_reject(
    rejects: Rejects, name: str, column: str, value: str, rule: str
) -> None:
    found = [r for r in rejects(changed(name, 6, **{column: value})) if r[0] == f"{name}.csv"]
    assert found == [(f"{name}.csv", 8, column, rule)]


def test_records_add_up_and_no_reject_holds_a_value(ingested) -> None:
    content = changed("labs", 3, value="haemolysed specimen")
    out = ingested(content)
    quality = pd.read_parquet(out / "quality.parquet")
    rows = quality[(quality["measure"] == "rows") & quality["strata"].str.contains("table=labs")]
    count = rows.set_index("level")["numerator"]
    assert count["total"] == count["used"] + count["rejected"] + count.get("out_of_scope", 0)
    assert count["rejected"] == 1
    for name in ("rejects", "quality"):
        frame = pd.read_parquet(out / f"{name}.parquet")
        assert not frame.astype(str).apply(lambda c: c.str.contains("haemolysed")).any().any()


def test_ids_stay_text(ingested) -> None:
    ids = pd.read_parquet(ingested(tables()) / "patients")["patient_id"]
    assert sorted(ids) == [person(n) for n in range(60)]


def test_a_repeated_person_counts_once(rejects: Rejects, tmp_path: Path) -> None:
    content = tables()
    content["patients"].append(dict(content["patients"][4]))
    assert rejects(content) == [("patients.csv", 62, "patient_id", "duplicate_row")]
    assert len(pd.read_parquet(tmp_path / "ingest" / "patients")) == 60


def test_a_person_with_two_stories_stops_the_run(refused: Refused) -> None:
    content = tables()
    content["patients"].append(content["patients"][4] | {"sex": "male", "birth_date": "1950"})
    line = refused(content)
    assert line.startswith("patients.csv, row 62, column patient_id: ")
    assert person(4) not in line


def test_a_repeated_laboratory_value_counts_once(rejects: Rejects) -> None:
    content = tables()
    content["labs"].insert(7, dict(content["labs"][6]))
    assert rejects(content) == [("labs.csv", 9, "patient_id", "duplicate_row")]


def test_a_record_after_death_is_rejected(rejects: Rejects) -> None:
    late = tables()["diagnoses"][0] | {"patient_id": person(0), "date": "2018-05-05"}
    content = tables()
    content["diagnoses"].append(late)
    assert rejects(content) == [("diagnoses.csv", 9, "date", "after_death")]


@pytest.mark.parametrize("value", ["<0.3", ">2500", ">= 300", "  42.5 "])
def test_a_bound_is_kept_as_the_bound(ingested, value: str) -> None:
    unit = "pg/mL" if "2500" in value else "pmol/L"
    out = ingested(changed("labs", 0, value=value, unit=unit))
    labs = pd.read_parquet(out / "labs")
    row = labs[(labs["patient_id"] == person(0)) & (labs["analyte"] == "pth")].iloc[0]
    number = float(value.strip("<>= "))
    factor = 1 / 9.425 if unit == "pg/mL" else 1.0
    assert row["value_si"] == number * factor
    assert row["comparator"] == value.replace(" ", "").rstrip("0123456789.")


def test_a_centre_that_swaps_its_units_is_rejected_by_name(rejects: Rejects) -> None:
    content = tables()
    content["labs"] = [
        row | {"unit": "pg/mL"} if (row["centre_id"], row["analyte"]) == ("C1", "pth") else row
        for row in content["labs"]
    ]
    found = rejects(content)
    assert len(found) == 120
    assert {(column, rule) for _, _, column, rule in found} == {("unit", "centre_unit_implausible")}


@pytest.mark.parametrize("sent", ["MMOL/L", "mmol/l", "mmol/L"])
def test_spellings_of_a_unit_are_one_unit(rejects: Rejects, sent: str) -> None:
    content = tables()
    content["labs"] = [
        row | {"unit": sent} if row["unit"] == "mmol/L" else row for row in content["labs"]
    ]
    assert rejects(content) == []
