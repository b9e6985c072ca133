"""Two vintages of one extract: what was added, what is gone, what was changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from native_files import ingested

from analysis.ingest.review.vintages import COLUMNS, OUTCOMES, compare, main

OLD_PATIENTS = """patient_id,first_dialysis_date,death_date,centre_id
A,2010-01-04,,c1
B,2010-02-04,,c1
C,2011-01-04,,c2
"""
NEW_PATIENTS = """patient_id,first_dialysis_date,death_date,centre_id
A,2010-01-04,,c1
B,2010-02-04,2012-06-01,c1
D,2012-01-04,,c2
"""
HEAD = "patient_id,sample_date,analyte,value,unit,centre_id\n"
OLD_LABS = HEAD + "A,2010-03-01,phosphate,1.5,mmol/L,c1\nA,2010-04-01,phosphate,1.6,mmol/L,c1\n"
NEW_LABS = HEAD + "A,2010-03-01,phosphate,1.7,mmol/L,c1\nA,2011-04-01,phosphate,1.6,mmol/L,c1\n"
PROCEDURES = "patient_id,date,system,code\nA,2010-05-01,icd9proc,0689\n"


@pytest.fixture
def vintages(tmp_path: Path) -> tuple[Path, Path]:
    old = ingested(tmp_path / "old", patients=OLD_PATIENTS, labs=OLD_LABS, procedures=PROCEDURES)
    new = ingested(tmp_path / "new", patients=NEW_PATIENTS, labs=NEW_LABS)
    return old, new


def outcomes(rows, table: str) -> dict[tuple[str, int], tuple[int, ...]]:
    part = rows[rows["table"] == table]
    return {
        (row["centre_id"], row["year"]): tuple(row[outcome] for outcome in OUTCOMES)
        for row in part.to_dict("records")
    }


def test_every_record_has_one_fate(vintages) -> None:
    rows = compare(*vintages)
    assert tuple(rows.columns) == COLUMNS
    assert outcomes(rows, "patients") == {
        ("c1", 2010): (1, 0, 0, 1),  # A the same, B has died since
        ("c2", 2011): (0, 0, 1, 0),  # C is gone
        ("c2", 2012): (0, 1, 0, 0),  # D is new
    }
    assert outcomes(rows, "labs") == {("c1", 2010): (0, 0, 1, 1), ("c1", 2011): (0, 1, 0, 0)}
    assert outcomes(rows, "procedures") == {("c1", 2010): (0, 0, 1, 0)}


def test_a_vintage_against_itself_is_the_same(vintages) -> None:
    old, _ = vintages
    rows = compare(old, old)
    assert rows[["added", "gone", "changed"]].to_numpy().sum() == 0
    assert rows["same"].sum() == 3 + 2 + 1


def test_people_before_a_person_change_nothing_of_the_person_s_records(tmp_path: Path) -> None:
    """A number within a vintage is no fact of a record: who is first in the order counts not."""
    labs = HEAD + "B,2010-03-01,phosphate,1.5,mmol/L,c1\nC,2011-04-01,phosphate,1.6,mmol/L,c2\n"
    coverage = "patient_id,domain,start_date,end_date\nB,all,2010-02-04,\nC,all,2011-01-04,\n"
    people = OLD_PATIENTS.splitlines(keepends=True)
    folders = [
        ingested(tmp_path / name, patients="".join(rows), labs=labs, coverage=coverage)
        for name, rows in (("old", people), ("new", [people[0], *people[:1:-1]]))
    ]
    rows = compare(*folders)
    changed = rows.groupby("table")[list(OUTCOMES)].sum()
    assert changed.loc["patients"].to_dict() == {"same": 2, "added": 0, "gone": 1, "changed": 0}
    for name in ("labs", "coverage"):
        assert changed.loc[name].to_dict() == {"same": 2, "added": 0, "gone": 0, "changed": 0}


def test_the_screen_names_no_person_and_no_centre(vintages, tmp_path, capsys) -> None:
    assert main([*map(str, vintages), str(tmp_path / "out")]) == 0
    seen = capsys.readouterr().out.splitlines()
    assert seen[0].split() == list(OUTCOMES)
    assert seen[1].split() == ["patients", "1", "1", "1", "1"]
    assert not any("c1" in line or "c2" in line for line in seen)
    assert (tmp_path / "out" / "vintages.csv").read_text().startswith(",".join(COLUMNS))


def test_an_unfinished_folder_is_refused(vintages, tmp_path, capsys) -> None:
    (vintages[1] / "manifest.json").unlink()
    assert main([*map(str, vintages), str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("diff: ingest: not finished")
    assert not (tmp_path / "out").exists()
