"""Legal extracts that hold little: the cohort is built, its flow adds up, nothing is made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tiny_extract import PEOPLE, Tables, onset, person, started, tables

from analysis import cohort
from analysis.study import Study

Built = Callable[[Tables], Path]


@pytest.fixture
def built(ingested, study: Study, tmp_path: Path) -> Built:
    def run(content: Tables) -> Path:
        cohort.run(study, ingested(content), tmp_path / "cohort", threads=1)
        return tmp_path / "cohort"

    return run


def people(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "people")


def flow(folder: Path) -> pd.DataFrame:
    rows = pd.read_parquet(folder / "estimates.parquet")
    return rows[rows["measure"] == "attrition"]


def assert_adds_up(folder: Path) -> None:
    rows = flow(folder)
    remaining = rows[rows["level"] == "remaining"].sort_values("x")["numerator"].to_numpy()
    excluded = rows[rows["level"] == "excluded"].sort_values("x")["numerator"].to_numpy()
    assert np.array_equal(remaining[:-1] - excluded, remaining[1:])
    assert remaining[-1] == people(folder)["in_cohort"].sum()


def test_the_legal_extract(built: Built) -> None:
    folder = built(tables())
    assert_adds_up(folder)
    assert (people(folder)["exit_reason"] == "onset").sum() == 7


def test_no_case(built: Built) -> None:
    content = tables()
    content["diagnoses"] = [row | {"code": "Z99.2"} for row in content["diagnoses"]]
    folder = built(content)
    assert_adds_up(folder)
    assert (people(folder)["exit_reason"] == "onset").sum() == 0


def test_one_case(built: Built) -> None:
    folder = built(tables() | {"diagnoses": [onset(9)]})
    assert_adds_up(folder)
    assert (people(folder)["exit_reason"] == "onset").sum() == 1


def test_one_person(built: Built) -> None:
    content = {
        name: [row for row in rows if row.get("patient_id", person(9)) == person(9)]
        for name, rows in tables().items()
        if name != "assessments"
    }
    folder = built(content)
    assert_adds_up(folder)
    assert len(people(folder)) == 1


@pytest.mark.parametrize("absent", ["labs", "procedures", "assessments", "coverage", "centres"])
def test_a_table_is_absent(built: Built, absent: str) -> None:
    content = tables()
    del content[absent]
    folder = built(content)
    assert_adds_up(folder)
    assert len(people(folder)) == PEOPLE


def test_only_people(built: Built) -> None:
    folder = built({"patients": tables()["patients"]})
    assert_adds_up(folder)
    assert (people(folder)["exit_reason"] == "onset").sum() == 0


def test_every_laboratory_value_is_rejected(built: Built) -> None:
    content = tables()
    content["labs"] = [row | {"value": "haemolysed"} for row in content["labs"]]
    folder = built(content)
    assert_adds_up(folder)
    assert pd.read_parquet(folder / "intervals")["pth"].isna().all()


def test_everyone_leaves_before_entry(built: Built) -> None:
    content = tables()
    content["patients"] = [
        row | {"death_date": row["first_dialysis_date"]} for row in content["patients"]
    ]
    content = {"patients": content["patients"], "coverage": content["coverage"]}
    folder = built(content)
    assert_adds_up(folder)
    assert people(folder)["in_cohort"].sum() == 0
    assert len(pd.read_parquet(folder / "intervals")) == 0


def test_codes_of_another_system_are_no_case(built: Built) -> None:
    content = tables()
    content["diagnoses"] = [
        row | {"system": "icd9cm", "code": "E835.9"} for row in content["diagnoses"]
    ]
    assert (people(built(content))["exit_reason"] == "onset").sum() == 0


def test_a_refuted_diagnosis_is_no_case(built: Built) -> None:
    content = tables()
    content["diagnoses"] = [row | {"status": "refuted"} for row in content["diagnoses"]]
    assert (people(built(content))["exit_reason"] == "onset").sum() == 0


def test_a_sample_from_before_an_operation_does_not_act_after_it(built: Built) -> None:
    """Taken two days before a parathyroidectomy, known three days after it."""
    content = tables()
    operated = started(9) + timedelta(days=500)
    content["procedures"] = [content["procedures"][0] | {"date": operated.isoformat()}]
    sample = {
        "patient_id": person(9),
        "sample_date": (operated - timedelta(days=2)).isoformat(),
        "result_date": (operated + timedelta(days=3)).isoformat(),
        "analyte": "pth",
        "value": "150",
        "unit": "pmol/L",
        "centre_id": "C0",
    }
    others = [row for row in content["labs"] if row["patient_id"] != person(9)]
    content["labs"] = [row | {"result_date": ""} for row in others] + [sample]
    intervals = pd.read_parquet(built(content) / "intervals")
    mine = intervals[intervals["person"] == 9]
    assert mine["pth"].isna().all()


def test_a_sample_of_the_day_of_an_operation_does_not_act_after_it(built: Built) -> None:
    """It is taken before the operation as a rule; nothing in a registry says otherwise."""
    content = tables()
    operated = started(9) + timedelta(days=500)
    content["procedures"] = [content["procedures"][0] | {"date": operated.isoformat()}]
    sample = {
        "patient_id": person(9),
        "sample_date": operated.isoformat(),
        "analyte": "pth",
        "value": "150",
        "unit": "pmol/L",
        "centre_id": "C0",
    }
    content["labs"] = [row for row in content["labs"] if row["patient_id"] != person(9)] + [sample]
    intervals = pd.read_parquet(built(content) / "intervals")
    assert intervals.loc[intervals["person"] == 9, "pth"].isna().all()
