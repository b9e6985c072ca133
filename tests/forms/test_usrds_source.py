"""The traps of the USRDS standard analysis files, by hand."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from written_extract import counted, ingested, used

from analysis import store
from analysis.study import PROTOCOLS, ProtocolError, Study, read_study
from data_schema.codelists import codelist
from data_schema.declarations import select_statements
from data_schema.refusal import Refusal


def sas(day: str) -> str:
    return str((date.fromisoformat(day) - date(1960, 1, 1)).days)


PATIENTS = (
    "USRDS_ID,BORN,DIED,FIRST_SE,FIRSTDIAL,INCYEAR,SEX,RACE,DISGRPC,PDIS,CDTYPE\n"
    f"11,{sas('1950-05-06')},{sas('2015-03-04')},{sas('2012-06-01')},{sas('2012-06-01')},2012,2,1,1,,\n"
    f"12,{sas('1940-02-29')},,{sas('2011-01-01')},{sas('2011-01-01')},2012,1,2,5,7101Z,I\n"
    f"13,{sas('1970-01-01')},,{sas('2013-01-01')},,2013,1,4,8,,\n"
)
HISTORY = "USRDS_ID,BEGDATE,ENDDATE,RXGROUP\n" + "".join(
    f"{person},{sas(begin)},{sas(end) if end else ''},{group}\n"
    for person, begin, end, group in (
        ("11", "2012-06-01", "2013-01-31", "N"),
        ("11", "2013-02-01", "2014-06-30", "7"),
        ("11", "2014-07-01", "2014-07-31", "A"),
        ("11", "2014-08-01", "2015-03-03", "B"),
        ("11", "2015-03-04", "2015-03-04", "D"),
        ("12", "2011-01-01", "2012-12-31", "3"),
        ("12", "2013-01-01", "2013-12-31", "T"),
        ("12", "2014-01-01", "", "X"),
    )
)
TRANSPLANTS = (
    "USRDS_ID,TDATE,FAILDATE,DTYPE\n"
    f"12,{sas('2013-01-01')},{sas('2014-01-01')},C\n12,{sas('2016-05-05')},,L\n"
)
PAYERS = (
    "USRDS_ID,PAYER,BEGDATE,ENDDATE\n"
    f"11,WAIT,{sas('2012-06-01')},{sas('2012-08-31')}\n"
    f"11,MPAB,{sas('2012-10-01')},{sas('2012-12-31')}\n"
    f"11,MPAB,{sas('2012-09-01')},{sas('2012-09-30')}\n"
    '11,"MEDICARE FFS PRIMARY PAY, FOR BOTH PART A AND PART B",'
    f"{sas('2013-01-01')},{sas('2013-12-31')}\n"
    f"11,HMO,{sas('2014-01-01')},{sas('2014-01-31')}\n"
    f"11,MPAB,{sas('2014-02-01')},\n"
)
MONTHS = (
    "USRDS_ID,REPORT_MONTH_YEAR,ALBUMIN,CALCIUM_UNCORRECTED,CALCIUM_CORRECTED,PHOSPHORUS,"
    "SERUM_PTH_HD,SERUM_PTH_COLL_DATE_HD,SERUM_PTH_PD,SERUM_PTH_COLL_DATE_PD,PTH,PTH_COLL_DATE,"
    "PTH_UPPER_LIMIT\n"
    f"11,022013,3.8,9.1,9.3,5.5,410,{sas('2013-02-11')},,,,,\n"
    "11,032013,,,,,,,,,,,\n"
    f"11,042013,,,,4.9,,,388,{sas('2013-04-30')},,,\n"
    f"12,122012,,8.8,,,,,,,515,{sas('2012-12-07')},65\n"
)
FORMS = (
    "USRDS_ID,ALBUM,ALBUMDT,MESEQ\n"
    f"11,2.9,{sas('2012-05-20')},1\n11,3.1,{sas('2012-06-05')},2\n12,,,1\n"
)
CLAIMS = {
    "ip_dxp__ip_dxp_2013": "usrds_id,cdtype,code,clm_from\n"
    "11,I,7093,05MAR2013\n11,E,E8359,05MAR2013\n11,P,0681,06MAR2013\n11,R,0821,05MAR2013\n",
    "OP_DXP_2014": "USRDS_ID,CDTYPE,CODE,CLM_FROM\n11,D,E8359,07Apr2014\n",
    "hs_dxp__hs_dxp_2014": "USRDS_ID,CDTYPE,CODE,CLM_FROM\n11,D,L942,08APR2014\n",
    "ps_dx_2014": "USRDS_ID,CDTYPE,DIAG,CLM_FROM\n11,D,L942,31FEB2014\n11,D,,01FEB2014\n",
    "PS_LINE2014A": "USRDS_ID,HCPCS,LINEFROM\n"
    "11,60500,09APR2014\n11,J0636,09APR2014\n11,,09APR2014\n",
    "hosp_2010on": "USRDS_ID,CLM_FROM,HSDIAG1,HSDIAG_CDTYPE1,HSDIAG2,HSDIAG_CDTYPE2,HSSURG1,"
    f"HSSURG_CDTYPE1,PRIMDIAG\n12,{sas('2012-02-02')},5856,I,N186,D,0689,P,5856\n",
    "hosp_to2009": "USRDS_ID,CLM_FROM,HSDIAG1,HSDIAG2,HSSURG1,PRIMDIAG\n"
    f"12,{sas('2009-02-02')},27549,,,1\n",
}
FILES = {
    "patients": PATIENTS,
    "rxhist60": HISTORY,
    "tx": TRANSPLANTS,
    "payhist": PAYERS,
    "crownweb_clinical": MONTHS,
    "medevid": FORMS,
    **CLAIMS,
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory) -> Path:
    return ingested("usrds", tmp_path_factory.mktemp("usrds"), **FILES)


def test_dates_count_from_1960_and_time_zero_is_first_service(stage) -> None:
    columns = ("patient_id", "sex", "birth_date", "first_dialysis_date", "death_date")
    assert used(stage, "patients", *columns) == [
        ("11", "female", "1950-05-06", "2012-06-01", "2015-03-04"),
        ("12", "male", "1940-02-29", "2011-01-01", None),
    ]
    assert used(stage, "patients", "primary_renal_disease") == [("diabetes",), ("renal_other",)]
    assert counted(stage, "rows")["never_dialysed"] == 1


def test_spells_end_after_their_last_day_and_a_graft_without_a_spell_is_one(stage) -> None:
    assert used(stage, "modality_spells", "patient_id", "start_date", "end_date", "modality") == [
        ("11", "2012-06-01", "2013-02-01", "HD"),
        ("11", "2013-02-01", "2014-07-01", "PD"),
        ("11", "2014-08-01", "2015-03-04", "stopped"),
        ("12", "2011-01-01", "2013-01-01", "HHD"),
        ("12", "2013-01-01", "2014-01-01", "TX"),
        ("12", "2014-01-01", None, "lost"),
        ("12", "2016-05-05", None, "TX"),
    ]
    scopes = counted(stage, "rows")
    assert scopes["death_is_in_patients"] == scopes["uncertain_treatment"] == 1
    assert scopes["in_treatment_history"] == 1


def test_payer_spells_without_a_gap_are_one_and_a_health_plan_hides_people(stage) -> None:
    rows = used(stage, "coverage", "domain", "start_date", "end_date")
    assert rows == [
        (domain, *stay)
        for domain in ("diagnoses", "procedures")
        for stay in (("2012-09-01", "2014-01-01"), ("2014-02-01", None))
    ]


def test_a_value_of_a_month_acts_from_its_end_and_the_last_2728_counts(stage) -> None:
    columns = ("patient_id", "sample_date", "analyte", "value", "timing", "assay_upper_limit")
    assert used(stage, "labs", *columns) == [
        ("11", "2012-06-05", "albumin", 3.1, "pre", None),
        ("11", "2013-02-11", "pth", 410.0, "not_applicable", None),
        ("11", "2013-02-28", "albumin", 3.8, "pre", None),
        ("11", "2013-02-28", "calcium", 9.1, "pre", None),
        ("11", "2013-02-28", "calcium_corrected", 9.3, "pre", None),
        ("11", "2013-02-28", "phosphate", 5.5, "pre", None),
        ("11", "2013-04-30", "phosphate", 4.9, "pre", None),
        ("11", "2013-04-30", "pth", 388.0, "not_applicable", None),
        ("12", "2012-12-07", "pth", 515.0, "not_applicable", 65.0),
        ("12", "2012-12-31", "calcium", 8.8, "pre", None),
    ]
    scopes = counted(stage, "rows")
    assert (scopes["second_2728"], scopes["no_result"]) == (1, 2)
    flags = counted(stage, "flagged_rows", "level")
    assert flags["several_2728"] == 1
    assert flags["assay_unknown"] == 2  # of three values of the hormone one has its assay's limit


def test_the_setting_of_a_claim_is_its_file_and_its_system_its_type(stage) -> None:
    assert used(stage, "diagnoses", "patient_id", "date", "system", "code", "setting") == [
        ("11", "2013-03-05", "icd9cm", "7093", "inpatient"),
        ("11", "2013-03-05", "icd9cm_external", "E8359", "inpatient"),
        ("11", "2014-04-07", "icd10cm", "E8359", "outpatient"),
        ("11", "2014-04-08", "icd10cm", "L942", "unknown"),
        ("12", "2009-02-02", "icd9cm", "27549", "inpatient"),
        ("12", "2011-01-01", "usrds_pdis", "7101Z", "registry"),
        ("12", "2012-02-02", "icd10cm", "N186", "inpatient"),
        ("12", "2012-02-02", "icd9cm", "5856", "inpatient"),
    ]
    assert counted(stage, "rejected_rows", "level")["not_a_date"] == 1


def test_operations_are_found_in_every_kind_of_claim(stage) -> None:
    assert used(stage, "procedures", "patient_id", "date", "system", "code") == [
        ("11", "2013-03-06", "icd9proc", "0681"),
        ("11", "2014-04-09", "cpt", "60500"),
        ("11", "2014-04-09", "hcpcs", "J0636"),
        ("12", "2012-02-02", "icd9proc", "0689"),
    ]


def refused(folder: Path, **files: str) -> str:
    with pytest.raises(Refusal) as error:
        ingested("usrds", folder, **{**FILES, **files})
    assert not list((folder / "ingest").iterdir())
    return str(error.value)


def test_dates_of_another_epoch_stop_the_run(tmp_path) -> None:
    moved = PATIENTS
    for day in ("2012-06-01", "2011-01-01", "2013-01-01"):
        moved = moved.replace(sas(day), str(int(sas(day)) - 3653))
    assert refused(tmp_path, patients=moved).startswith("patients.csv, row 2: date_epoch: ")


def test_the_release_of_2015_counts_from_1970_and_numbers_race_in_its_own_way(tmp_path) -> None:
    def moved(text: str) -> str:
        """Every number of days of these files, counted from 1970."""
        cells = (line.split(",") for line in text.splitlines())
        is_day = re.compile(r"^-?\d{4,5}$")
        return "\n".join(
            ",".join(
                str(int(cell) - 3653) if is_day.match(cell) and column not in ("INCYEAR",) else cell
                for cell, column in zip(line, text.splitlines()[0].split(","), strict=True)
            )
            for line in cells
        )

    old = moved(PATIENTS).replace(",2,1,1,,", ",2,4,1,,")
    files = {"patients": old, "rxhist60": moved(HISTORY)}
    stage = ingested("usrds_2015", tmp_path / "old", protocol="usrds", **files)
    columns = ("patient_id", "birth_date", "first_dialysis_date", "death_date")
    assert used(stage, "patients", *columns) == [
        ("11", "1950-05-06", "2012-06-01", "2015-03-04"),
        ("12", "1940-02-29", "2011-01-01", None),
    ]
    with pytest.raises(Refusal, match="patients.csv, row 2: date_epoch"):
        ingested("usrds_2015", tmp_path / "new", protocol="usrds", **FILES)
    newer = old.replace(",2,4,1,,", ",2,1,1,,").replace(",1,2,5,", ",1,1,5,")
    with pytest.raises(Refusal, match="race_renumbered: RACE is 1 for most people"):
        ingested("usrds_2015", tmp_path / "r", protocol="usrds", **{**files, "patients": newer})


def test_the_numbering_of_race_of_an_older_release_stops_the_run(tmp_path) -> None:
    old = PATIENTS.replace(",2,1,1,,", ",2,4,1,,").replace(",1,2,5,", ",1,4,5,")
    assert "race_renumbered: RACE is 4 for most people" in refused(tmp_path, patients=old)


@pytest.mark.parametrize("month", ["201304", "132013", "APR213"])
def test_months_in_two_orders_or_none_stop_the_run(tmp_path, month) -> None:
    two = MONTHS.replace("042013", month)
    assert "month_order" in refused(tmp_path, crownweb_clinical=two)


def test_months_may_be_written_year_first(tmp_path) -> None:
    turned = MONTHS
    for month in ("022013", "032013", "042013", "122012"):
        turned = turned.replace(f",{month},", f",{month[2:]}{month[:2]},")
    stage = ingested("usrds", tmp_path, **{**FILES, "crownweb_clinical": turned})
    days = {row[0] for row in used(stage, "labs", "sample_date")}
    assert {"2013-02-28", "2013-04-30", "2012-12-31"} <= days


def test_an_incident_year_that_is_not_that_of_first_service_is_counted(stage) -> None:
    assert counted(stage, "flagged_rows", "level")["incident_year"] == 1


def asking(start: str, end: str, labs: tuple[str, ...]) -> Study:
    raw = read_study(PROTOCOLS / "usrds.toml").model_dump()
    raw["population"] |= {"data_start": start, "data_end": end}
    raw["exposures"]["labs"], raw["models"] = labs, ()
    return Study.model_validate(raw)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2012-06-01", "2014-05-01"), ("2010-01-01", "2024-01-01"), ("2022-06-30", "2023-01-01")],
)
def test_a_question_about_the_hormone_over_the_gap_is_refused(start, end) -> None:
    with pytest.raises(ValueError, match="exposures.labs: pth: USRDS did not collect"):
        asking(start, end, ("pth", "phosphate"))
    assert asking(start, end, ("phosphate",)).exposures.labs == ("phosphate",)


def test_a_question_about_the_hormone_beside_the_gap_is_not(tmp_path) -> None:
    for start, end in (("2012-06-01", "2014-04-30"), ("2022-07-01", "2023-06-30")):
        assert asking(start, end, ("pth",)).exposures.labs == ("pth",)
    protocol = (PROTOCOLS / "usrds.toml").read_text("utf-8")
    copy = tmp_path / "usrds.toml"
    copy.write_text(protocol.replace('labs = ["calcium', 'labs = ["pth", "calcium'), "utf-8")
    (tmp_path / "registry.toml").write_bytes((PROTOCOLS / "registry.toml").read_bytes())
    with pytest.raises(ProtocolError, match=r"usrds.toml: .*2022"):
        read_study(copy)


def test_a_sas_file_is_read_like_the_csv_of_it(stage, tmp_path) -> None:
    """Dates that SAS formats come as dates, those without a format as days since 1960."""
    lines = [line.split(",") for line in PATIENTS.splitlines()]
    frame = pd.DataFrame(lines[1:], columns=lines[0])
    days = pd.to_numeric(frame["FIRST_SE"])
    formatted = [date(1960, 1, 1) + timedelta(days=int(day)) for day in days]
    numbers = {name: pd.to_numeric(frame[name]) for name in ("FIRSTDIAL", "BORN", "DIED")}
    extract = tmp_path / "extract"
    extract.mkdir()
    pyreadstat.write_xport(
        frame.assign(FIRST_SE=formatted, **numbers), str(extract / "patients.xpt"), table_name="P"
    )
    rest = {name: text for name, text in FILES.items() if name != "patients"}
    other = ingested("usrds", tmp_path, **rest)
    columns = ("patient_id", "birth_date", "first_dialysis_date", "death_date", "sex")
    assert used(other, "patients", *columns) == used(stage, "patients", *columns)
    assert counted(other, "flagged_rows", "level")["incident_year"] == 1


def test_a_year_twice_or_in_two_formats_is_refused(tmp_path) -> None:
    claim = FILES["OP_DXP_2014"]
    assert "more than once" in refused(tmp_path / "a", op_dxp_2014=claim)
    extract = tmp_path / "b" / "extract"
    extract.mkdir(parents=True)
    (extract / "op_dxp_2015.parquet").write_bytes(b"PAR1")
    assert "several formats" in refused(tmp_path / "b")


def test_years_may_differ_in_the_columns_that_the_source_can_do_without(tmp_path) -> None:
    """Another order and fewer columns in one year: read, and said; a needed one: refused."""
    older = "CLM_FROM,CODE,USRDS_ID,CDTYPE,OWN\n07APR2013,L942,11,D,x\n"
    newer = "USRDS_ID,CDTYPE,CODE,CLM_FROM,CLM_THRU\n11,D,E8359,07APR2014,08APR2014\n"
    rest = {name: text for name, text in FILES.items() if name != "OP_DXP_2014"}
    stage = ingested("usrds", tmp_path / "a", **rest, op_dxp_2013=older, op_dxp_2014=newer)
    rows = used(stage, "diagnoses", "date", "code", "setting", "_file", "_row")
    assert [row for row in rows if row[2] == "outpatient"] == [
        ("2013-04-07", "L942", "outpatient", "op_dxp_2013.csv", 2),
        ("2014-04-07", "E8359", "outpatient", "op_dxp_2014.csv", 2),
    ]
    frame = store.read_frame(stage / "quality.parquet")
    said = frame[frame["measure"] == "statement"]
    assert said["reason"].tolist() == [
        "op_dxp_2013.csv has no column clm_thru, which other years of the file have: read as empty."
    ]
    lacks = newer.replace("CODE", "KODE")
    with pytest.raises(Refusal, match=r"^op_dxp_2014.csv, row 1: the header lacks CODE$"):
        ingested("usrds", tmp_path / "b", **rest, op_dxp_2013=older, op_dxp_2014=lacks)


def test_an_identifier_in_a_later_year_is_found(tmp_path) -> None:
    rest = {name: text for name, text in FILES.items() if name != "OP_DXP_2014"}
    plain = "USRDS_ID,CDTYPE,CODE,CLM_FROM\n11,D,L942,07APR2013\n"
    named = "USRDS_ID,CDTYPE,CODE,CLM_FROM,OWN\n11,D,L942,07APR2014,someone@example.org\n"
    with pytest.raises(Refusal, match="^op_dxp_2014.csv, column own: looks like an e-mail"):
        ingested("usrds", tmp_path, **rest, op_dxp_2013=plain, op_dxp_2014=named)


def test_the_causes_that_are_diagnoses_are_those_of_the_list() -> None:
    wanted = {row.code for row in codelist("diagnoses") if row.system == "usrds_pdis"}
    listed = select_statements("usrds")["diagnoses"].split("NOT IN (")[-1].split(")")[0]
    assert {code.strip().strip("'") for code in listed.split(",")} == wanted


def test_a_payer_line_of_two_domains_is_one_record(stage) -> None:
    frame = store.read_frame(stage / "quality.parquet")
    rows = frame[
        (frame["measure"] == "rows") & (frame["strata"] == "file=payhist.csv;table=coverage")
    ]
    counts = rows.groupby("level")["numerator"].sum()
    assert counts["total"] == counts.drop("total").sum() == len(PAYERS.splitlines()) - 1
    assert counts["used"] * 2 == len(used(stage, "coverage", "domain"))
