"""OMOP tables of seven people, whose timelines are worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis import ingest, store
from analysis.study import PROTOCOLS, read_study
from data_schema.refusal import Refusal


# Concepts: 1 N18.6, 2 haemodialysis, 3 peritoneal dialysis, 4 dialysis, kind unsaid, 5 transplant,
# 6 E83.59 of ICD-10-CM, 7 E835.9 of ICD-9-CM (a water transport accident), 8 a dialysis machine,
# 9 a survey, 10 Z99.2, 11 a visit to a dialysis facility
def header(names: str) -> str:
    return names + "\n"


CONCEPT = """concept_id,vocabulary_id,concept_code
1,ICD10CM,N18.6
2,CPT4,90935
3,CPT4,90945
4,SNOMED,265764009
5,CPT4,50360
6,ICD10CM,E83.59
7,ICD9CM,E835.9
8,HCPCS,E1590
9,LOINC,67875-5
10,ICD10CM,Z99.2
11,CMS Place of Service,65
"""
PERSON = "person_id,gender_concept_id,year_of_birth,month_of_birth,day_of_birth,care_site_id\n" + (
    "".join(f"{n},{8532 if n % 2 else 8507},1950,,,\n" for n in range(1, 9))
)
PERIOD = "person_id,observation_period_start_date,observation_period_end_date\n" + "".join(
    f"{n},2013-06-01,2018-12-31\n" for n in range(1, 9)
)
DEATH = "person_id,death_date\n6,2018-12-31\n"
# 1: end-stage disease coded in 2015; 3 the same, never dialysed; 7 a transplant, never dialysed
CONDITIONS = (
    header(
        "person_id,condition_concept_id,condition_start_date,condition_source_value,"
        "condition_source_concept_id,visit_occurrence_id"
    )
    + """1,0,2015-01-01,N186,1,
3,0,2015-01-01,N186,1,
1,0,2016-01-01,E8359,6,21
1,0,2016-02-01,E8359,7,
1,0,2016-03-01,E8359,0,
5,0,2016-01-01,E8359,6,
"""
)
# 1: acute dialysis a year before, chronic 61 days before the code; then PD, unsaid, a transplant
# 2: dialysed once; 4: dialysed twice, 100 days apart, no code; 8: twice, 200 days apart
PROCEDURES = (
    header(
        "person_id,procedure_concept_id,procedure_date,procedure_source_value,"
        "procedure_source_concept_id"
    )
    + """1,0,2014-01-01,90935,2
1,0,2014-11-01,90935,2
1,0,2015-03-01,90945,3
1,0,2015-06-01,90945,3
1,4,2015-07-01,,0
1,0,2016-06-01,50360,5
2,0,2015-01-01,90935,2
4,0,2015-01-01,90935,2
4,0,2015-04-11,90935,2
7,0,2015-01-01,50360,5
8,0,2015-01-01,90935,2
8,0,2015-07-20,90935,2
"""
)
# 6: a machine at home a day after the first visit to the facility
DEVICES = """person_id,device_concept_id,device_exposure_start_date,device_source_concept_id
6,0,2015-01-02,8
"""
VISITS = (
    header(
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,"
        "visit_source_concept_id,care_site_id"
    )
    + """21,1,9201,2016-01-01,,77
22,6,11,2015-01-01,,
"""
)
OBSERVATIONS = (
    header(
        "person_id,observation_concept_id,observation_date,observation_source_value,"
        "observation_source_concept_id"
    )
    + """1,0,2016-01-05,Z992,10
1,9,2016-01-05,67875-5,9
"""
)
MEASUREMENTS = (
    header(
        "person_id,measurement_concept_id,measurement_date,operator_concept_id,value_as_number,"
        "value_source_value,unit_concept_id,unit_source_value,range_high,visit_occurrence_id"
    )
    + """1,3000067,2015-02-01,,300,300,8845,pg/mL,65,21
1,3000067,2015-02-02,4172704,2500,>2500,8845,,65,
1,3000067,2015-02-03,,,<4,8845,pg/mL,65,
1,3006906,2015-02-01,,9.0,,8840,mmol/L,,
1,3006906,2015-02-02,,9.0,,0,mg/dL,,
1,3000963,2015-02-01,,11,,8713,g/dL,,
5,3006906,2015-02-01,,9.0,,8840,mg/dL,,
"""
)
FILES = {
    "CONCEPT": CONCEPT,
    "person": PERSON,
    "observation_period": PERIOD,
    "death": DEATH,
    "condition_occurrence": CONDITIONS,
    "procedure_occurrence": PROCEDURES,
    "device_exposure": DEVICES,
    "visit_occurrence": VISITS,
    "observation": OBSERVATIONS,
    "measurement": MEASUREMENTS,
}


def read(folder: Path, files: dict[str, str]) -> Path:
    extract = folder / "extract"
    extract.mkdir(parents=True)
    for name, text in files.items():
        (extract / f"{name}.csv").write_text(text)
    ingest.run(read_study(PROTOCOLS / "omop.toml"), extract, folder / "ingest")
    return folder / "ingest"


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read(tmp_path_factory.mktemp("omop"), FILES)


def table(folder: Path, name: str) -> pd.DataFrame:
    parts = [store.read_frame(path) for path in sorted((folder / name).glob("*.parquet"))]
    return pd.concat(parts, ignore_index=True).sort_values("_row", ignore_index=True)


def scopes(folder: Path, table_name: str) -> dict[str, int]:
    """Out-of-scope rule -> records, of one table."""
    frame = store.read_frame(folder / "quality.parquet")
    of_table = frame["strata"].fillna("").str.endswith(f"table={table_name}")
    found = frame[(frame["measure"] == "rows") & of_table & (frame["level"] == "out_of_scope")]
    return found.groupby("term")["numerator"].sum().astype(int).to_dict()


def people_with(folder: Path, by: str) -> dict[str, int]:
    frame = store.read_frame(folder / "quality.parquet")
    found = frame[(frame["measure"] == "distribution") & (frame["strata"] == f"by={by}")]
    return {k: int(n) for k, n in zip(found["level"], found["numerator"], strict=True) if n}


def test_time_zero_is_the_first_dialysis_not_more_than_90_days_before_it_is_chronic(ingested):
    people = table(ingested, "patients").set_index("patient_id")
    first = people["first_dialysis_date"].astype(str).to_dict()
    assert first == {"1": "2014-11-01", "4": "2015-01-01", "6": "2015-01-01"}


def test_who_cannot_be_followed_is_counted_by_why(ingested):
    assert scopes(ingested, "patients") == {
        "no_kidney_failure": 1,  # 5
        "dialysis_not_chronic": 2,  # 2 and 8
        "no_treatment_timeline": 2,  # 3 and 7
    }


def test_people_with_evidence_are_counted_by_route_and_by_what_it_says(ingested):
    assert people_with(ingested, "route") == {
        "condition": 2,
        "observation": 1,
        "procedure": 5,
        "device": 1,
        "visit": 1,
    }
    assert people_with(ingested, "meaning") == {
        "eskd": 2,
        "dialysis": 2,
        "dialysis_hd": 5,
        "dialysis_pd": 1,
        "dialysis_session": 1,
        "transplant": 2,
    }


def test_a_spell_begins_where_the_kind_changes_and_an_unsaid_kind_goes_on(ingested):
    spells = table(ingested, "modality_spells")
    spells = spells.sort_values(["patient_id", "start_date"])
    found = list(
        zip(
            spells["patient_id"],
            spells["start_date"].astype(str),
            spells["modality"],
            strict=True,
        )
    )
    assert found == [
        ("1", "2014-11-01", "HD"),
        ("1", "2015-03-01", "PD"),
        ("1", "2016-06-01", "TX"),
        ("4", "2015-01-01", "HD"),
        (
            "6",
            "2015-01-01",
            "HD",
        ),  # the visit does not say the kind; the machine of the next day does
    ]


def test_a_code_has_the_system_of_its_concept_and_without_one_it_is_not_used(ingested):
    found = table(ingested, "diagnoses")
    pairs = set(zip(found["system"], found["code"], strict=True))
    assert pairs == {
        ("icd10cm", "N186"),
        ("icd10cm", "E8359"),
        ("icd9cm", "E8359"),
        ("icd10cm", "Z992"),
    }
    assert scopes(ingested, "diagnoses") == {
        "code_without_system": 1,
        "not_a_diagnosis": 1,
        "person_not_on_dialysis": 2,
    }
    assert found.loc[found["_row"] == 4, "setting"].tolist() == ["inpatient"]


def test_values_units_and_bounds(ingested):
    found = table(ingested, "labs")
    cells = found[["analyte", "comparator", "value", "unit", "assay_upper_limit", "centre_id"]]
    rows = [tuple(None if pd.isna(c) else c for c in row) for row in cells.to_numpy(object)]
    assert rows == [
        ("pth", "", 300.0, "pg/mL", 65.0, "77"),
        ("pth", ">", 2500.0, "pg/mL", 65.0, None),
        ("pth", "<", 4.0, "pg/mL", 65.0, None),
        ("calcium", "", 9.0, "mg/dL", None, None),
    ]
    assert scopes(ingested, "labs") == {
        "unit_contradicted": 1,
        "not_an_analyte": 1,
        "person_not_on_dialysis": 1,
    }


def test_observation_that_ends_with_death_is_not_a_loss_of_contact(ingested):
    people = table(ingested, "patients").set_index("patient_id")
    assert pd.isna(people.loc["6", "last_contact_date"])
    assert str(people.loc["1", "last_contact_date"])[:10] == "2018-12-31"
    assert table(ingested, "coverage")["domain"].unique().tolist() == ["all"]


def test_tables_that_are_absent_hold_no_evidence_and_change_nothing_else(tmp_path):
    absent = ("device_exposure", "visit_occurrence", "observation", "measurement")
    folder = read(tmp_path, {k: v for k, v in FILES.items() if k not in absent})
    assert set(table(folder, "patients")["patient_id"]) == {"1", "4"}
    assert "labs" not in store.read_json(folder / "facts.json")["tables"]
    assert people_with(folder, "route") == {"condition": 2, "procedure": 5}


def test_ids_are_text_and_never_rounded(tmp_path):
    """Two ids that are one number in floating point."""
    ids = {"1,": "-4783904755296699562,", "4,": "-4783904755296699563,"}
    renamed = {}
    for name, text in FILES.items():
        head, *lines = text.splitlines()
        key = head.split(",").index("person_id") if "person_id" in head else None
        cells = [line.split(",") for line in lines]
        for row in cells:
            if key is not None and f"{row[key]}," in ids:
                row[key] = ids[f"{row[key]},"].rstrip(",")
        renamed[name] = "\n".join([head, *(",".join(row) for row in cells)]) + "\n"
    people = table(read(tmp_path, renamed), "patients")
    assert {i.rstrip(",") for i in ids.values()} < set(people["patient_id"])


def test_a_database_without_person_is_refused_by_name(tmp_path):
    with pytest.raises(Refusal, match="person: not in the extract"):
        read(tmp_path, {k: v for k, v in FILES.items() if k != "person"})


def test_an_end_that_is_no_day_is_rejected_and_never_open(tmp_path):
    """Of a drug, and of a period of observation that is not the person's last."""
    drugs = header(
        "person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,"
        "drug_source_concept_id"
    )
    drugs += "1,12,2015-01-01,2015-02-30,0\n1,12,2015-03-01,2015-03-31,0\n"
    head, *lines = PERIOD.splitlines()
    end = head.split(",").index("observation_period_end_date")
    cells = next(line for line in lines if line.split(",")[0] == "1").split(",")
    cells[end] = "12/31/2014"
    files = FILES | {
        "CONCEPT": CONCEPT + "12,RxNorm,1873983\n",
        "drug_exposure": drugs,
        "observation_period": PERIOD + ",".join(cells) + "\n",
    }
    folder = read(tmp_path, files)
    rejects = store.read_frame(folder / "rejects.parquet")
    found = set(zip(rejects["file"], rejects["row"], rejects["column"], strict=True))
    assert ("drug_exposure.csv", 2, "end_date") in found
    assert ("observation_period.csv", len(lines) + 2, "end_date") in found
    assert list(table(folder, "drugs")["_row"]) == [3]


def test_evidence_without_a_day_is_rejected(tmp_path):
    folder = read(
        tmp_path, FILES | {"procedure_occurrence": PROCEDURES + "1,0,2015-13-01,90935,2\n"}
    )
    rejects = store.read_frame(folder / "rejects.parquet")
    found = set(zip(rejects["file"], rejects["row"], rejects["column"], strict=True))
    assert ("procedure_occurrence.csv", len(PROCEDURES.splitlines()) + 1, "start_date") in found
