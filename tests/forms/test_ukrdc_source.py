"""The traps of the UK Renal Data Collection, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from written_extract import counted, ingested, used

from data_schema.codelists import codelist
from data_schema.declarations import analytes, select_statements

RECORDS = """pid,ukrdcid,sendingfacility,repositorycreationdate
51,1,RX001,2010-02-01 00:00:00
61,1,RX002,2015-01-01 00:00:00
52,2,RX001,2012-06-01 00:00:00
53,3,RX001,2012-06-01 00:00:00
54,4,RX001,2012-06-01 00:00:00
"""
PATIENTS = """pid,birthtime,deathtime,gender
51,1950-05-06 00:00:00,,2
61,1950-05-06 00:00:00,2018-03-04 00:00:00,9
52,1960-01-31 00:00:00,,1
53,1970-01-01 00:00:00,,1
54,1980-01-01 00:00:00,,9
"""
TREATMENTS = """\
id,pid,fromtime,totime,admitreasoncode,dischargereasoncode,healthcarefacilitycode,qbl05
1,51,2009-11-01,2009-12-20,81,84,RX001,HOSP
2,51,2010-01-10,2011-03-01,10,,RX001,
3,51,2011-03-01,2014-05-05,1,38,RX001,HOME
4,61,2014-05-05,2017-07-07,3,91,RX002,HOSP
5,61,2011-03-01,2014-05-05,1,38,RX001,HOME
6,51,2013-01-01,,31,,RX001,
7,52,2012-06-02,2013-02-03,202,90,RX001,
8,52,2014-01-01,2014-09-09,9,95,RX001,
9,53,2012-06-02,,93,,RX001,
10,54,2012-06-02,,81,,RX001,
"""
CAUSES = """pid,diagnosiscode,diagnosiscodestd,identificationtime
51,84,EDTA,2009-10-10
52,81,EDTA,2009-10-10
53,1486,EDTA2,2009-10-10
54,12,EDTA,2009-10-10
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Path:
    return ingested(
        "ukrdc",
        tmp_path_factory.mktemp("ukrdc"),
        patientrecord=RECORDS,
        patient=PATIENTS,
        treatment=TREATMENTS,
        renaldiagnosis=CAUSES,
        transplant="id,pid,proceduretypecode,proceduretypecodestd,proceduretime,tra64\n"
        "1,52,,,2013-05-05 10:00:00,2014-01-01 00:00:00\n",
        laborder="id,pid,specimencollectedtime,receivinglocationcode\n"
        "o1,51,2012-02-02 08:30:00,RX001\no2,61,2012-02-02 08:30:00,RX001\no3,52,,RX001\n",
        resultitem="id,orderid,serviceidcode,serviceidcodestd,resultvalue,resultvalueunits,"
        "referencerange,observationtime,prepost,status\n"
        "1,o1,2731-8,LOINC,<0.3,pg/mL,15 - 65,2012-02-03 00:00:00,NA,F\n"
        "2,o1,14879-1,LOINC,1.92,mmol/L,,,PRE,P\n"
        "3,o1,14879-1,LOINC,9.92,mmol/L,,,PRE,D\n"
        "4,o1,QHB01,UKRR,112,g/L,,,NA,F\n"
        "5,o2,14879-1,LOINC,1.92,mmol/L,,,PRE,F\n"
        "6,o3,2000-8,LOINC,Haemolysed,mmol/L,,2012-07-01 00:00:00,UNK,F\n"
        "7,o3,54347-0,LOINC,38,g/L,,2012-07-01 00:00:00,POST,F\n",
        diagnosis="id,pid,diagnosiscode,diagnosiscodestd,identificationtime,verificationstatus\n"
        "1,51,L94.2,ICD10,2012-03-03 00:00:00,confirmed\n"
        "2,61,L94.2,ICD10,2012-04-04 00:00:00,entered-in-error\n"
        "3,52,1111111,SNOMED,2012-08-08 00:00:00,provisional\n",
    )


def test_one_person_of_several_records_starts_at_the_first_chronic_dialysis(stage) -> None:
    columns = ("patient_id", "sex", "first_dialysis_date", "registry_entry_date", "death_date")
    assert used(stage, "patients", *columns) == [
        ("1", "female", "2010-01-10", "2010-02-01", "2018-03-04"),
        ("2", "male", "2012-06-02", "2012-06-01", None),
    ]
    scopes = counted(stage, "rows")
    assert scopes["other_record_of_person"] == 1
    assert scopes["never_on_dialysis"] == 2


def test_the_cause_is_read_with_its_standard_and_the_last_contact_is_the_loss(stage) -> None:
    columns = ("patient_id", "primary_renal_disease", "centre_id", "last_contact_date")
    assert used(stage, "patients", *columns) == [
        ("1", "other", "RX001", None),
        ("2", "diabetes", "RX001", "2014-09-09"),
    ]


def test_a_transfer_ends_no_follow_up_and_a_state_begins_when_treatment_ends(stage) -> None:
    spells = used(stage, "modality_spells", "patient_id", "start_date", "end_date", "modality")
    assert spells == [
        ("1", "2010-01-10", "2011-03-01", "PD"),
        ("1", "2011-03-01", "2014-05-05", "HHD"),
        ("1", "2014-05-05", "2017-07-07", "HD"),
        ("1", "2017-07-07", None, "stopped"),
        ("2", "2012-06-02", "2013-02-03", "PD"),
        ("2", "2013-02-03", None, "recovered"),
        ("2", "2013-05-05", "2014-01-01", "TX"),
        ("2", "2014-01-01", "2014-09-09", "HD"),
        ("2", "2014-09-09", None, "lost"),
    ]
    scopes = counted(stage, "rows")
    assert (scopes["acute"], scopes["not_a_modality"], scopes["conservative"]) == (2, 1, 1)


def test_results_are_text_with_bounds_and_flags_and_deleted_ones_do_not_count(stage) -> None:
    columns = ("patient_id", "sample_date", "analyte", "value", "comparator", "timing")
    assert used(stage, "labs", *columns) == [
        ("1", "2012-02-02", "phosphate", 1.92, "", "pre"),
        ("1", "2012-02-02", "pth", 0.3, "<", "not_applicable"),
        ("2", "2012-07-01", "albumin", 38.0, "", "post"),
    ]
    assert used(stage, "labs", "analyte", "assay_upper_limit")[2] == ("pth", 65.0)
    scopes = counted(stage, "rows")
    assert (scopes["deleted_result"], scopes["other_test"]) == (1, 1)
    rejected = counted(stage, "rejected_rows", "level")
    assert rejected["not_a_number_or_bound"] == 1
    assert rejected["duplicate_row"] == 2  # a result and a spell that two units sent


def test_diagnoses_keep_their_status_and_causes_on_a_list_are_diagnoses(stage) -> None:
    assert used(stage, "diagnoses", "patient_id", "date", "system", "code", "status") == [
        ("1", "2009-10-10", "edta_prd", "84", "confirmed"),
        ("1", "2012-03-03", "icd10", "L942", "confirmed"),
        ("1", "2012-04-04", "icd10", "L942", "entered_in_error"),
        ("2", "2012-08-08", "snomed", "1111111", "unconfirmed"),
    ]


def test_a_transplantation_without_a_code_is_still_one(stage) -> None:
    rows = used(stage, "procedures", "patient_id", "date", "system", "code")
    assert rows == [("2", "2013-05-05", "ukrdc", "TRANSPLANT")]


def test_the_codes_of_the_selects_are_those_of_the_lists() -> None:
    """Causes that are diagnoses: the lists of edta_prd but for uncertain cause."""
    select = select_statements("ukrdc")
    wanted = {
        row.code
        for row in codelist("diagnoses")
        if row.system == "edta_prd" and row.group != "prd_unknown"
    }
    listed = select["diagnoses"].split("NOT IN (")[-1].split(")")[0]
    assert {code.strip().strip("'") for code in listed.split(",")} == wanted
    for name, analyte in analytes().items():
        for codes in analyte.loinc.values():
            assert all(f"('{code}', '{name}')" in select["labs"] for code in codes)
