"""The review page: swapped centres with evidence, completeness by centre and year, a funnel."""

from __future__ import annotations

import stat
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from native_files import LABS, STUDY, ingested

from analysis import store
from analysis.ingest.review import blocks as review_blocks
from analysis.ingest.review import page as review
from analysis.ingest.review.centre_completeness import completeness_by_centre

PATIENTS = (
    "patient_id,first_dialysis_date,death_date,centre_id\n"
    "a,2010-03-01,2012-02-02,C1\nb,2011-05-05,,C1\nc,2010-01-01,,\n"
)
RESULTS = (
    LABS + "a,2010-05-01,pth,30,pmol/L,C1\na,2010-06-01,pth,31,pmol/L,C1\n"
    "a,2011-06-01,calcium,2.3,mmol/L,C1\nb,2011-06-02,pth,33,pmol/L,C1\nc,2012-06-02,pth,9,pmol/L,\n"
)


def verdicts() -> pd.DataFrame:
    rows = [
        ("C7", 8048 + q, "swapped" if 2 <= q < 5 else "declared", 1 / 9.425, "pg/mL", 7.0, 66)
        for q in range(6)
    ]
    rows.append(("C8", 8050, "ambiguous", np.nan, "", 6.5, 12))
    names = ["centre_id", "quarter", "verdict", "factor", "resolved", "level", "n"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(analyte="pth", unit="pmol/L", evidence=9.0, expected=5.0)


class Page(HTMLParser):
    """The text of a page; whether every element is closed; what it fetches."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs) -> None:
        self.fetched += [v for k, v in attrs if k in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, _tag: str, attrs) -> None:
        self.fetched += [v for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def made(folder: Path, with_verdicts: bool = True) -> tuple[Path, list[str]]:
    stage = ingested(folder, patients=PATIENTS, labs=RESULTS)
    if with_verdicts:
        store.write_frame(stage / "unit_verdicts.parquet", verdicts())
        store.write_manifest(stage)
    said: list[str] = []
    return review.run(STUDY, stage, folder / "restricted", 1, said.append), said


def test_a_run_of_quarters_is_one_line_with_its_evidence() -> None:
    found = review.unit_runs(verdicts())
    assert found[["centre_id", "verdict", "from", "to", "n"]].to_numpy().tolist() == [
        ["C7", "swapped", "2012 Q3", "2013 Q1", 66],
        ["C8", "ambiguous", "2012 Q3", "2012 Q3", 12],
    ]
    assert found["level"].tolist() == pytest.approx([128.0, 90.51], abs=0.01)
    assert found["registry"].tolist() == [32.0, 32.0]
    assert review.unit_runs(verdicts().assign(verdict="declared")).empty
    assert review.unit_runs(pd.DataFrame()).empty


def test_completeness_by_centre_and_year(tmp_path: Path) -> None:
    """a is observed 2010 to 2012, b from 2011, c (no centre) from 2010."""
    stage = ingested(tmp_path, patients=PATIENTS, labs=RESULTS)
    start, end = STUDY.population.data_start, STUDY.population.data_end
    facts = store.read_json(stage / "facts.json")
    found = completeness_by_centre(stage, facts, start, end).set_index(
        ["analyte", "centre_id", "year"]
    )
    assert found.loc[("pth", "C1", 2010)].tolist() == [1, 1]
    assert found.loc[("pth", "C1", 2011)].tolist() == [1, 2]
    assert found.loc[("calcium", "C1", 2011)].tolist() == [1, 2]
    assert found.loc[("pth", "C1", 2012)].tolist() == [0, 2]
    assert found.loc[("pth", "(no centre)", 2012)].tolist() == [1, 1]


def test_the_page_is_whole_private_and_says_what_was_done(tmp_path: Path) -> None:
    path, said = made(tmp_path)
    assert path == tmp_path / "restricted" / "review.html"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    page = Page(path.read_text("utf-8"))
    text = " ".join(page.text)
    assert page.open == [] and page.fetched == []
    for words in ("C7", "converted as pg/mL", "2012 Q3", "refused", "Parathyroid hormone", "C1"):
        assert words in text
    assert any(
        "units: centres that declare a unit their values are not in" in line for line in said
    )
    assert not any("C7" in line for line in said)


def test_files_that_were_passed_over_are_named(tmp_path: Path) -> None:
    stage = ingested(tmp_path / "a", patients=PATIENTS, labs=RESULTS)
    extract = tmp_path / "extract"
    extract.mkdir()
    (extract / "patients.csv").write_text(PATIENTS, "utf-8")
    (extract / "lab<1>.csv").write_text(RESULTS, "utf-8")
    path = review.run(STUDY, stage, tmp_path / "restricted", extract=extract)
    assert "Not read: lab<1>.csv." in Page(path.read_text("utf-8")).text
    assert any(
        "Not in the extract: modality_spells, labs" in t for t in Page(path.read_text()).text
    )


def test_without_findings_it_says_so(tmp_path: Path) -> None:
    path, _ = made(tmp_path, with_verdicts=False)
    assert "No centre" in path.read_text("utf-8")


def test_texts_are_escaped() -> None:
    shown = review_blocks.table(pd.DataFrame({"a": ["<b>&"], "n": [1234.0]}), ["x<", "n"])
    assert "&lt;b&gt;&amp;" in shown and "x&lt;" in shown and "1,234" in shown
    assert review_blocks.text(float("nan")) == "–"
    assert review_blocks.table(pd.DataFrame(), []) == ""


def test_a_centre_outside_the_wider_limits_is_red() -> None:
    centres = pd.DataFrame(
        {
            "centre_id": ["in", "out"],
            "people": [100.0, 200.0],
            "cases": [2.0, 30.0],
            "prevalence": [0.02, 0.15],
            **{c: [0.0, 0.005] for c in ("low_95", "low_998")},
            **{c: [0.05, 0.04] for c in ("high_95", "high_998")},
        }
    )
    shown = review_blocks.funnel(centres)
    dots = [part for part in shown.split("<circle")[1:]]
    assert "#1f6feb" in dots[0] and "#c62828" in dots[1]
    Page(f"<div>{shown}</div>")
    assert review_blocks.funnel(centres.iloc[:0]) == ""
