"""A day that a source's SELECT cannot read is rejected; it never becomes an open end."""

from __future__ import annotations

from pathlib import Path

import pytest
from written_extract import ingested, used

from analysis import store

RIO = "center,age,begin,end,event,time,disease\n7,50,3,9,1,6,renal\n8,61,4,{end},1,9,hypert\n"
FOUR_D = (
    "id,sex,age,medication,status,time,treated\n"
    "1,Female,60,Placebo,2,1.5,0\n2,Male,61,Placebo,2,1.5 y,0\n"
)
PEOPLE = (
    "USRDS_ID,BORN,DIED,FIRST_SE,FIRSTDIAL,INCYEAR,SEX,DISGRPC\n"
    "11,01JAN1950,,01JUN2012,01JUN2012,2012,1,1\n"
)
HISTORY = "USRDS_ID,BEGDATE,ENDDATE,RXGROUP\n11,01JUN2012,,1\n"
PAYERS = "USRDS_ID,PAYER,BEGDATE,ENDDATE\n11,MPAB,{first}\n11,MPAB,{second}\n11,MPAB,{third}\n"
WHOLE = {
    "first": "01JUN2012,31DEC2012",
    "second": "01JAN2013,30JUN2013",
    "third": "01FEB2014,31DEC2014",
}
COVERED = [("2012-06-01", "2013-07-01"), ("2014-02-01", "2015-01-01")]


def rejects(stage: Path) -> set[tuple[str, int, str, str]]:
    frame = store.read_frame(stage / "rejects.parquet")
    return set(frame.itertuples(index=False, name=None))


@pytest.mark.parametrize("end", ["soon", "20O1"])
def test_an_end_of_follow_up_in_rio(tmp_path: Path, end: str) -> None:
    """As no end at all its person would live on."""
    stage = ingested("rio_dialysis", tmp_path, rio_dialysis=RIO.format(end=end))
    assert used(stage, "patients", "patient_id") == [("2",)]
    assert rejects(stage) == {("rio_dialysis.csv", 3, "death_date", "not_a_date")}


def test_a_time_of_death_in_four_d(tmp_path: Path) -> None:
    stage = ingested("four_d", tmp_path, four_d=FOUR_D)
    assert used(stage, "patients", "patient_id") == [("1",)]
    assert ("four_d.csv", 3, "death_date", "not_a_date") in rejects(stage)


def payers(folder: Path, **stays: str) -> Path:
    text = PAYERS.format(**WHOLE | stays)
    return ingested("usrds", folder, patients=PEOPLE, rxhist60=HISTORY, payhist=text)


def covered(stage: Path) -> list[tuple]:
    return [
        stay
        for *stay_, domain in used(stage, "coverage", "start_date", "end_date", "domain")
        if domain == "diagnoses"
        for stay in (tuple(stay_),)
    ]


def test_payer_spells_that_are_whole(tmp_path: Path) -> None:
    assert covered(payers(tmp_path)) == COVERED


@pytest.mark.parametrize("day", ["2013-06-31", "30JUN213", "unknown"])
def test_an_end_of_a_payer_spell(tmp_path: Path, day: str) -> None:
    """It ends nothing, opens nothing, and takes no other spell with it."""
    stage = payers(tmp_path, second=f"01JAN2013,{day}")
    assert covered(stage) == [("2012-06-01", "2013-01-01"), COVERED[1]]
    found = rejects(stage)
    assert {(file, row, column) for file, row, column, _ in found} == {
        ("payhist.csv", 3, "end_date")
    }


@pytest.mark.parametrize("day", ["2012-02-30", "01JUN12", "unknown"])
def test_a_beginning_of_a_payer_spell(tmp_path: Path, day: str) -> None:
    stage = payers(tmp_path, first=f"{day},31DEC2014")
    assert covered(stage) == [("2013-01-01", "2013-07-01"), COVERED[1]]
    assert {row for _, row, _, _ in rejects(stage)} == {2}


def test_a_payer_spell_without_an_end_is_open(tmp_path: Path) -> None:
    assert covered(payers(tmp_path, third="01FEB2014,")) == [COVERED[0], ("2014-02-01", None)]


@pytest.mark.parametrize("column", ["BORN", "DIED", "FIRST_SE"])
def test_a_year_of_two_digits_is_no_year(tmp_path: Path, column: str) -> None:
    """SAS writes 01JUN12 where a program says DATE7.; that is no day of the year 12."""
    head, line = PEOPLE.splitlines()
    cells = dict(zip(head.split(","), line.split(","), strict=True))
    second = cells | {"USRDS_ID": "12", column: "01JUN12"}
    text = "\n".join([head, line, ",".join(second.values())]) + "\n"
    stage = ingested("usrds", tmp_path, patients=text, rxhist60=HISTORY)
    assert used(stage, "patients", "patient_id") == [("11",)]
    assert {(row, rule) for _, row, _, rule in rejects(stage)} == {(3, "not_a_date")}
