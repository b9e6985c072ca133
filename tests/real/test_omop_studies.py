"""The OMOP packs, from extract to estimates: MIMIC-IV demo (real), Synthea27Nj (synthetic)."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from analysis import cohort, estimates, ingest, store
from analysis.study import PROTOCOLS, read_study
from data_schema.concept_sets import vocabulary_blocks
from data_schema.declarations import source

SHARED = Path(__file__).parents[3] / "shared" / "data"
MIMIC = SHARED / "mimic_iv_demo_omop"

pytestmark = pytest.mark.needs_shared


def stages(name: str, folder: Path) -> Path:
    study = read_study(PROTOCOLS / f"{name}.toml")
    ingest.run(study, SHARED / name, folder / "ingest")
    cohort.run(study, folder / "ingest", folder / "cohort", threads=1)
    provenance = {"extract": {}, "n": None, "seed": None}
    estimates.run(study, folder / "cohort", folder / "estimates", None, provenance)
    return folder


@pytest.fixture(scope="module")
def mimic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stages("mimic_iv_demo_omop", tmp_path_factory.mktemp("mimic"))


@pytest.fixture(scope="module")
def synthea(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stages("omop_synthea27nj", tmp_path_factory.mktemp("synthea"))


def rows_of(folder: Path) -> pd.DataFrame:
    frame = store.read_frame(folder / "estimates" / "estimates.parquet")
    return frame.assign(**{c: frame[c].fillna("") for c in ("strata", "term", "level")})


def outcomes(frame: pd.DataFrame, table: str) -> dict[str, int]:
    found = frame[(frame["measure"] == "rows") & frame["strata"].str.endswith(f"table={table}")]
    names = found["term"].where(found["term"] != "", found["level"])
    return found.groupby(names)["numerator"].sum().astype(int).to_dict()


def table(folder: Path, name: str) -> pd.DataFrame:
    parts = sorted((folder / "ingest" / name).glob("*.parquet"))
    return pd.concat([store.read_frame(path) for path in parts], ignore_index=True)


def cells(file: str) -> list[dict[str, str]]:
    path = MIMIC / file
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as text:
        return list(csv.DictReader(text))


def test_mimic_eight_people_with_dialysis_evidence_are_found_and_four_are_chronic(mimic):
    assert outcomes(rows_of(mimic), "patients") == {
        "total": 100,
        "used": 4,
        "dialysis_not_chronic": 4,
        "no_kidney_failure": 92,
        "rejected": 0,
    }


def test_mimic_evidence_by_route(mimic):
    """As the README of the pack counts: end-stage codes in 4 people, procedures in all 8."""
    frame = rows_of(mimic)
    people = frame[(frame["question"] == "quality") & (frame["measure"] == "distribution")]
    by = {
        way: dict(zip(part["level"], part["numerator"].astype(int), strict=True))
        for way, part in people.groupby("strata")
    }
    assert by["by=route"] == {
        "condition": 4,
        "observation": 0,
        "procedure": 8,
        "device": 0,
        "visit": 0,
    }
    assert by["by=meaning"]["eskd"] == 4
    assert by["by=meaning"]["dialysis_acute"] == 4  # ICU item 225802


def test_mimic_the_four_are_those_with_an_end_stage_code(mimic):
    coded = {
        row["person_id"]
        for row in cells("condition_occurrence.csv.gz")
        if row["condition_source_value"].strip() in ("N186", "5856")
    }
    people = table(mimic, "patients").set_index("patient_id")
    assert set(people.index) == coded and len(coded) == 4
    first = sorted(people["first_dialysis_date"].astype(str).str[:10])
    assert first == ["2142-04-11", "2155-05-10", "2181-09-29", "2192-05-27"]


def test_mimic_every_measurement_is_accounted_for_and_the_values_are_those_of_the_file(mimic):
    found = outcomes(rows_of(mimic), "labs")
    assert found.pop("total") == 107_549 == sum(found.values())
    lab = {
        "3006906": "calcium",
        "3011904": "phosphate",
        "3000067": "pth",
        "3035995": "alkaline_phosphatase",
        "3024561": "albumin",
        "3016293": "bicarbonate",
        "3020149": "vitamin_d_25oh",
    }
    people = set(table(mimic, "patients")["patient_id"])
    sent = {
        (
            row["person_id"],
            row["measurement_date"],
            lab[row["measurement_concept_id"]],
            float(row["value_as_number"]),
            row["unit_source_value"],
        )
        for row in cells("measurement.csv.gz")
        if row["person_id"] in people and row["measurement_concept_id"] in lab
    }
    labs = table(mimic, "labs")
    days = labs["sample_date"].astype(str).str[:10]
    columns = (labs["patient_id"], days, labs["analyte"], labs["value"], labs["unit"])
    assert set(zip(*columns, strict=True)) == sent
    assert len(labs) == len(sent) == found["used"]


def test_mimic_units_with_their_factors(mimic):
    frame = rows_of(mimic)
    units = frame[frame["measure"] == "unit_conversion"]
    factor = {(t, u): x for t, u, x in zip(units["term"], units["level"], units["x"], strict=True)}
    assert factor["calcium", "mg/dL"] == pytest.approx(1 / 4.0078)
    assert factor["phosphate", "mg/dL"] == pytest.approx(1 / 3.0974)
    assert factor["pth", "pg/mL"] == pytest.approx(1 / 9.425)
    assert factor["alkaline_phosphatase", "IU/L"] == 1
    assert len(factor) == 7


def test_mimic_a_code_has_the_system_that_the_other_release_of_the_same_people_names(mimic):
    """The MEDS release names the vocabulary of each person's codes: an independent witness."""
    named = {
        (row["person_id"], row["code"]): {"ICD9CM": "icd9cm", "ICD10CM": "icd10cm"}[
            row["vocabulary_id"]
        ]
        for row in cells("extra/icd_codes_from_meds.csv.gz")
        if row["kind"] == "diagnosis"
    }
    found = table(mimic, "diagnoses")
    ours = [
        (system, named[person, code])
        for person, code, system in zip(
            found["patient_id"], found["code"], found["system"], strict=True
        )
        if (person, code) in named
    ]
    assert len(ours) > 100
    assert all(system == theirs for system, theirs in ours)
    assert found["system"].str.startswith("icd").sum() >= len(ours)


def test_mimic_blocks_of_concept_ids_are_of_one_vocabulary():
    """All 100 people: no code's concept lies in a block of another vocabulary."""
    named = {
        (row["person_id"], row["code"]): row["vocabulary_id"]
        for row in cells("extra/icd_codes_from_meds.csv.gz")
    }
    blocks = [
        (int(b.first_concept_id), int(b.last_concept_id), b.vocabulary) for b in vocabulary_blocks()
    ]
    inside = 0
    for file, kind in (
        ("condition_occurrence.csv.gz", "condition"),
        ("procedure_occurrence.csv.gz", "procedure"),
    ):
        for row in cells(file):
            key = (row["person_id"], row[f"{kind}_source_value"].strip())
            concept = int(row[f"{kind}_source_concept_id"] or 0)
            for low, high, vocabulary in blocks:
                if key in named and low <= concept <= high:
                    inside += 1
                    assert named[key] == vocabulary
    assert inside > 4000


def test_mimic_asks_nothing_of_the_calendar(mimic):
    assert source("mimic_iv_demo_omop").calendar is False
    frame = rows_of(mimic)
    assert frame[frame["measure"].isin(["prevalence_point", "prevalence_period"])].empty
    assert frame[frame["measure"] == "completeness"].empty


def test_mimic_is_open_about_what_it_cannot_answer(mimic):
    """Four people: no ratio has a number, and each says why."""
    ratios = rows_of(mimic)
    ratios = ratios[ratios["measure"] == "hazard_ratio"]
    assert len(ratios) > 0
    assert (ratios["status"] == "not_estimable").all()
    assert ratios["estimate"].isna().all() and (ratios["reason"].fillna("") != "").all()


def test_synthea_nobody_has_kidney_failure_and_every_record_says_so(synthea):
    frame = rows_of(synthea)
    assert outcomes(frame, "patients") == {
        "total": 28,
        "used": 0,
        "rejected": 0,
        "no_kidney_failure": 28,
    }
    assert outcomes(frame, "labs")["person_not_on_dialysis"] == 10_040
    assert outcomes(frame, "diagnoses")["total"] == 470 + 8_099
    flow = frame[(frame["measure"] == "attrition") & (frame["level"] == "remaining")]
    assert flow["numerator"].tolist() == [0.0] * len(flow)


def test_mimic_as_typed_parquet_gives_the_same_tables(mimic, tmp_path):
    """As a database exports it: integers, dates and doubles, where the pack has text."""
    extract = tmp_path / "extract"
    extract.mkdir()
    with duckdb.connect() as connection:
        for form in source("mimic_iv_demo_omop").files:
            stem = form.file or form.name
            for path in sorted(MIMIC.glob(f"{stem}.csv*")):
                connection.execute(
                    f"COPY (SELECT * FROM read_csv('{path}', sample_size=-1)) "
                    f"TO '{extract / stem}.parquet' (FORMAT parquet)"
                )
    ingest.run(read_study(PROTOCOLS / "mimic_iv_demo_omop.toml"), extract, tmp_path / "ingest")
    for name in store.read_json(tmp_path / "ingest" / "facts.json")["tables"]:
        ours, theirs = (table(f, name).drop(columns=["_file", "_row"]) for f in (mimic, tmp_path))
        order = list(ours.columns)
        pd.testing.assert_frame_equal(
            ours.sort_values(order, ignore_index=True), theirs.sort_values(order, ignore_index=True)
        )
