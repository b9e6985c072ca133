"""People are known while other files are still being opened; their faults are told first."""

from __future__ import annotations

from pathlib import Path

import pytest
from native_files import LABS, PATIENTS, STUDY, used

from analysis import ingest
from analysis.ingest.first_pass import opening
from analysis.ingest.first_pass import stage_extract as first_pass
from analysis.ingest.first_pass.stage_extract import PEOPLE, _people_stand_first
from analysis.ingest.sql.run_selects import files_read
from data_schema.declarations import select_statements, source
from data_schema.refusal import Refusal

TWICE = PATIENTS + "03,2011-05-05,\n"
LAB = "01,2011-02-01,pth,20.5,pmol/L,C1\n"
MAILED = LABS + LAB + "02,2011-02-01,pth,20.5,someone@example.org,C1\n"


class Asked:
    """As much of a job as the question needs."""

    def __init__(self, name: str) -> None:
        self.form = source(name)
        self.found = {file.name: None for file in self.form.files}
        self.selects = {
            table: (sql, sorted(files_read(sql, self.form)))
            for table, sql in select_statements(name).items()
        }


def refused(folder: Path, threads: int, **files: str) -> str:
    extract = folder / "extract"
    extract.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (extract / f"{name}.csv").write_text(text)
    with pytest.raises(Refusal) as told:
        ingest.run(STUDY, extract, folder / "ingest", threads)
    assert not list((folder / "ingest").iterdir())
    return str(told.value)


@pytest.mark.parametrize("threads", [1, 2])
def test_of_two_faults_that_of_people_is_told(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_pass, "SMALL", 1)  # opened side by side however small
    both = refused(tmp_path / "both", threads, patients=TWICE, labs=MAILED)
    assert both == refused(tmp_path / "one", threads, patients=TWICE, labs=LABS + LAB)
    other = refused(tmp_path / "other", threads, patients=PATIENTS, labs=MAILED)
    assert both.startswith("patients.csv")
    assert other.startswith("labs.csv")


def test_other_files_are_opened_after_people_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one process, where the order can be seen."""
    seen: list[str] = []
    run, store_people = opening.open_file, first_pass.store_people

    def opened(task):
        seen.append(task.found.declared.name)
        return run(task)

    def stored(*arguments):
        seen.append("people")
        return store_people(*arguments)

    monkeypatch.setattr(first_pass, "open_file", opened)
    monkeypatch.setattr(first_pass, "store_people", stored)
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS)
    (extract / "labs.csv").write_text(LABS + LAB)
    ingest.run(STUDY, extract, tmp_path / "ingest", 1)
    assert seen.index("patients") < seen.index("people") < seen.index("labs")
    assert len(used(tmp_path / "ingest", "labs")) == 1


@pytest.mark.parametrize(("name", "expected"), [("native", True), ("omop", False)])
def test_people_of_steps_wait_for_all_files(name: str, expected: bool) -> None:
    asked = Asked(name)
    assert _people_stand_first(asked, asked.selects) is expected  # type: ignore[arg-type]


def test_people_of_a_file_that_is_opened_later_wait_for_it() -> None:
    asked = Asked("native")
    sql, _ = asked.selects[PEOPLE]
    assert not _people_stand_first(asked, {PEOPLE: (sql, ["labs"])})  # type: ignore[arg-type]
    assert not _people_stand_first(asked, {})  # type: ignore[arg-type]
