"""The page as a document: whole, closed, readable aloud, asking nobody for anything."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from made_up_studies import STUDIES, write
from page_parser import PageReader

import reports
from analysis import store
from reports.parts.checklists import TITLES

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    *("verdict", "design", "flow", "data_quality", "table_1", "case_definition", "prevalence"),
    *("follow_up", "incidence", "risk_factors", "parathyroidectomy", "robustness"),
    *("disclosure", "truth", "checklists", "reproduce"),
)
EVERY = pytest.mark.parametrize("name", STUDIES)


def page_of(folder: Path) -> PageReader:
    return PageReader((folder / "report.html").read_text("utf-8"))


@EVERY
def test_the_page_is_well_formed_and_its_ids_are_unique(staged, name: str) -> None:
    page = page_of(staged(name))
    assert page.faults == []
    assert len(page.ids) == len(set(page.ids))


@EVERY
def test_all_parts_are_present_in_their_order(staged, name: str) -> None:
    page = page_of(staged(name))
    sections = [found["id"] for tag, found in page.tags if tag == "section"]
    simulated = STUDIES[name][0] == "simulated"
    assert sections == [part for part in PARTS if simulated or part != "truth"]


@EVERY
def test_every_part_holds_something(staged, name: str) -> None:
    text = (staged(name) / "report.html").read_text("utf-8")
    for section in re.findall(r"<section.*?</section>", text, flags=re.DOTALL):
        after_heading = section.split("</h2>", 1)[1]
        assert re.sub(r"<[^>]*>|\s", "", after_heading) != ""


@EVERY
def test_nothing_outside_the_page_is_asked_for(staged, name: str) -> None:
    folder = staged(name)
    assert page_of(folder).fetches == []
    text = (folder / "report.html").read_text("utf-8")
    assert "http" not in text.lower()
    assert "@import" not in text
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", text))


@EVERY
def test_every_figure_says_in_words_what_it_shows(staged, name: str) -> None:
    folder = staged(name)
    files = sorted((folder / "figures").glob("*.svg"))
    assert files
    for file in files:
        root = ElementTree.fromstring(file.read_text("utf-8"))
        title = root.find("{http://www.w3.org/2000/svg}title")
        assert root.get("role") == "img"
        assert title is not None
        assert root.get("aria-labelledby") == title.get("id")
        assert len(title.text or "") > 30


@EVERY
def test_every_table_is_a_file_with_as_many_cells(staged, name: str) -> None:
    folder = staged(name)
    page = page_of(folder)
    shown = {one for one in page.ids if one.startswith("table-")}
    files = sorted((folder / "tables").glob("*.csv"))
    in_file_alone = {"table-code_lists", "table-assumptions"}
    assert shown == {f"table-{file.stem}" for file in files} - in_file_alone
    for file in files:
        with file.open(encoding="utf-8", newline="") as stream:
            widths = {len(line) for line in csv.reader(stream)}
        assert len(widths) == 1


@EVERY
def test_links_of_the_page_lead_somewhere(staged, name: str) -> None:
    page = page_of(staged(name))
    targets = {found["href"] for tag, found in page.tags if tag == "a"}
    assert {target.removeprefix("#") for target in targets} <= set(page.ids)


def test_the_checklist_names_parts_that_exist() -> None:
    assert set(TITLES) <= set(PARTS)


def test_the_same_rows_give_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    disclosed = write("calcinosis", tmp_path / "disclose")
    code = "import sys, reports; from pathlib import Path; reports.run(*map(Path, sys.argv[1:]))"
    manifests = []
    for seed in ("1", "2"):
        staging = tmp_path / f"staging{seed}"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC+{seed}"}
        command = [sys.executable, "-c", code, str(disclosed), str(staging)]
        subprocess.run(command, check=True, cwd=ROOT, env=environment)
        manifests.append((staging / "manifest.json").read_bytes())
    assert manifests[0] == manifests[1]


def test_released_rows_that_were_changed_afterwards_are_refused(tmp_path: Path) -> None:
    disclosed = write("competing", tmp_path / "disclose")
    with (disclosed / "released.parquet").open("ab") as file:
        file.write(b"x")
    with pytest.raises(store.StoreError, match=r"released\.parquet"):
        reports.run(disclosed, tmp_path / "staging")
    assert not (tmp_path / "staging").exists()


def test_estimates_leave_as_they_were_released(staged) -> None:
    folder = staged("calcinosis")
    released = folder.parent / "disclose" / "estimates.csv"
    assert (folder / "estimates.csv").read_bytes() == released.read_bytes()
