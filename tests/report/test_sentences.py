"""Sentences and figures carry the numbers of rows, and only those."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import made_up_studies
import pytest
from made_up_studies import STUDIES
from page_parser import PageReader

import reports
from analysis import store
from analysis.cohort.laboratory.corrected_calcium import FORMULA
from data_schema.results import Released
from reports.blocks import Answer, Drawing, KeyNumbers, Listing, Paragraph
from reports.metadata import Metadata
from reports.parts import all_parts
from reports.rows import Rows
from reports.text import second_engine
from reports.wording import numbers

NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?")
# 95: the level of every interval. 1,000: rates are per 1,000 person-years.
FIXED = {"95", "1,000"} | set(NUMBER.findall(FORMULA))  # a formula is no figure of the study


def parts_of(name: str, rows: list[Released] | None = None):
    protocol, build = STUDIES[name]
    study = made_up_studies.study_of(protocol)
    return all_parts(Rows(tuple(build() if rows is None else rows)), Metadata(study)), study


def said(parts) -> Iterator[str]:
    """Every sentence, list item, key number and alternative text of a page."""
    for part in parts:
        for block in part.blocks:
            if isinstance(block, Paragraph):
                yield block.text
            elif isinstance(block, Listing):
                yield from (block.title, *block.items)
            elif isinstance(block, Answer):
                yield from (block.headline, *block.sentences, *block.items)
            elif isinstance(block, KeyNumbers):
                yield from (value for _, value in block.pairs)
            elif isinstance(block, Drawing):
                yield from (block.alt, block.caption)


def forms(row: Released) -> Iterator[str]:
    """The ways in which one row may be written."""
    yield numbers.estimate(row)
    yield numbers.bounds(row)
    yield from (numbers.count(v) for v in (row.numerator, row.denominator, row.person_years) if v)
    if row.time is not None:
        yield f"{row.time:g}"
        yield f"{row.time / 365.25:.1f}"
        yield f"{round(row.time / 365.25 * 12)}"
    if row.x is not None:
        yield f"{row.x:.0f}"
    yield from (row.term, row.level, row.reason, row.strata)


def allowed(rows: list[Released], study: dict) -> set[str]:
    texts = [text for row in rows for text in forms(row)]
    texts.append(json.dumps(study))
    rejected = [r.numerator or 0 for r in rows if r.measure == "rows" and r.level == "rejected"]
    totals = [r.numerator or 0 for r in rows if r.measure == "rows" and r.level == "total"]
    texts += [numbers.count(sum(rejected)), numbers.count(sum(totals))]
    hidden = sum(row.status == "suppressed" for row in rows)
    low = study["protocol"]["release"]["min_count"] - 1
    return FIXED | {n for text in texts for n in NUMBER.findall(text)} | {f"{hidden:,}", f"{low}"}


@pytest.mark.parametrize("name", STUDIES)
def test_every_number_in_a_sentence_comes_from_a_row_or_the_protocol(name: str) -> None:
    rows = STUDIES[name][1]()
    parts, study = parts_of(name, rows)
    known = allowed(rows, study)
    for text in said(parts):
        for number in NUMBER.findall(text):
            assert number in known, (number, text)


def test_a_number_is_the_same_everywhere_since_it_is_the_same_row(tmp_path: Path) -> None:
    rows = [
        replace(row, estimate=0.0217, lower=0.0188, upper=0.0249)
        if row.measure == "prevalence_point" and row.term == "2018-12-31" and not row.strata
        else row
        for row in made_up_studies.calcinosis()
    ]
    disclosed = made_up_studies.write("calcinosis", tmp_path / "disclose", rows)
    reports.run(disclosed, tmp_path / "staging")
    text = PageReader((tmp_path / "staging" / "report.html").read_text("utf-8")).text
    assert text.count("2.17%") >= 4  # headline, sentence, definition of prevalence, figure
    assert "1.88 to 2.49" in text
    assert "1.52%" not in text


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.001, 0.004, "lies below"),
        (0.031, 0.05, "lies above"),
        (0.006, 0.02, "lies within"),
        (0.001, 0.05, "is wider than"),
        (0.001, 0.02, "reaches across the lower end"),
        (0.006, 0.05, "reaches across the upper end"),
    ],
)
def test_the_verdict_on_the_claim_is_where_the_interval_lies(low, high, words) -> None:
    rows = [
        replace(row, lower=low, upper=high, estimate=(low + high) / 2)
        if row.measure == "prevalence_point"
        else row
        for row in made_up_studies.calcinosis()
    ]
    parts, _ = parts_of("calcinosis", rows)
    common = next(b for b in parts[0].blocks if isinstance(b, Answer))
    assert any(words in sentence for sentence in common.sentences)


def test_claims_and_case_stand_only_beside_calcinosis() -> None:
    claims = [row for row in made_up_studies.calcinosis() if row.measure == "published"]
    for name in ("death_only", "competing"):
        parts, _ = parts_of(name, [*STUDIES[name][1](), *claims])
        text = " ".join(said(parts))
        assert "claimed" not in text
        assert "published case" not in text


@pytest.mark.parametrize("name", ["death_only", "competing"])
def test_another_outcome_is_called_by_its_own_name(name: str) -> None:
    parts, study = parts_of(name)
    text = " ".join(said(parts))
    assert "metastatic" not in text
    assert study["protocol"]["outcome"]["label"] in text


@pytest.mark.parametrize("name", STUDIES)
def test_no_sentence_speaks_of_significance(name: str) -> None:
    parts, _ = parts_of(name)
    text = " ".join(said(parts)).lower()
    assert "significan" not in text
    assert "p-value" not in text
    assert "*" not in text


def test_a_hidden_number_is_marked_and_explained(staged) -> None:
    page = PageReader((staged("hidden") / "report.html").read_text("utf-8"))
    assert numbers.HIDDEN in page.text
    assert "Hidden by the release policy: counts from 1 to 10" in page.text
    assert not {"18,200", "61,200", "300"} & set(NUMBER.findall(page.text))


def test_a_failure_shows_its_reason(staged) -> None:
    page = PageReader((staged("zero_cases") / "report.html").read_text("utf-8"))
    assert "there is no event, so no ratio can be estimated." in page.text
    assert "Nobody with active disease had a parathyroidectomy." in page.text
    assert not re.search(r"\b(nan|inf|None)\b", page.text)


@pytest.mark.parametrize("name", STUDIES)
def test_a_simulated_study_says_so_at_once_and_no_other_does(staged, name: str) -> None:
    page = PageReader((staged(name) / "report.html").read_text("utf-8"))
    assert ("Real data." in page.text) == (STUDIES[name][0] != "simulated")
    assert "anywhere else it is a draft" in page.text
    banners = [found for _, found in page.tags if found.get("class") == "banner"]
    assert bool(banners) == (STUDIES[name][0] == "simulated")


def test_a_part_without_rows_says_why_in_the_words_of_the_protocol(staged) -> None:
    page = PageReader((staged("death_only") / "report.html").read_text("utf-8"))
    assert "so its prevalence cannot be estimated." in page.text
    assert "so nothing can be said of parathyroidectomy." in page.text
    figures = {file.stem for file in (staged("death_only") / "figures").iterdir()}
    assert figures == {"design", "flow", "survival", "survival_calendar", "hazard_ratios_death"}


def test_labels_with_html_in_them_come_out_as_text(tmp_path: Path) -> None:
    bad = "<script>alert('x')</script><b>$\\alpha$ & \"q\"</b>"
    study = made_up_studies.study_of("simulated")
    for part in ("title", "question"):
        study["protocol"][part] = bad
    study["protocol"]["outcome"]["label"] = bad
    study["protocol"]["models"][0]["terms"][0]["label"] = bad
    study["source"]["attribution"] = study["command"] = bad
    study["codelists"][0]["label"] = bad
    rows = [
        replace(row, reason=bad) if row.measure in ("attrition", "rejected_rows") else row
        for row in made_up_studies.calcinosis()
    ]
    rows.append(Released("describe", "distribution", term=bad, level=bad, estimate=0.5))
    rows.append(Released("quality", "statement", status="refused", reason=bad))
    disclosed = made_up_studies.write("calcinosis", tmp_path / "disclose", rows, **study)
    reports.run(disclosed, tmp_path / "staging")
    page = PageReader((tmp_path / "staging" / "report.html").read_text("utf-8"))
    assert page.faults == []
    assert not {"script", "b"} & {tag for tag, _ in page.tags}
    assert "<script>alert" in page.text
    for file in (tmp_path / "staging" / "figures").iterdir():
        assert "<script" not in file.read_text("utf-8")


def test_a_cell_that_a_spreadsheet_would_run_is_quoted(tmp_path: Path) -> None:
    rows = made_up_studies.calcinosis()
    rows.append(
        Released("describe", "distribution", term="sex", level="=1+1", estimate=0.5, numerator=9.0)
    )
    disclosed = made_up_studies.write("calcinosis", tmp_path / "disclose", rows)
    reports.run(disclosed, tmp_path / "staging")
    text = (tmp_path / "staging" / "tables" / "table_1.csv").read_text("utf-8")
    assert "'=1+1" in text
    assert not re.search(r"(^|,)=", text, flags=re.MULTILINE)
    assert store.verify_manifest(tmp_path / "staging")


def test_the_second_engine_is_told_with_what_it_could_not_do() -> None:
    row = Released(
        "how_soon", "second_engine", "cohort", "onset", model="aalen_johansen",
        term="cumulative_incidence", level="gates", x=1e-10, estimate=1e-12, unit="difference",
    )  # fmt: skip
    failed = replace(
        row, outcome="death", estimate=None, status="not_estimable", reason="lifelines stopped (E)."
    )
    shown = replace(row, model="weibull", term="right_censored", level="shown", estimate=2.5e-3)
    metadata = Metadata(made_up_studies.study_of(STUDIES["calcinosis"][0]) | {"versions": {}})
    assert second_engine.sentences(Rows(()), metadata) == []
    assert second_engine.sentences(Rows((row, failed, shown)), metadata) == [
        "A second engine, lifelines, made 1 curve again from the time at risk: values and counts "
        "differ by at most 10⁻¹².",
        "Beyond 10⁻¹⁰ nothing would have been released.",
        "A right-censored Weibull, fitted by both, differs in its cumulative hazard by a factor "
        "within 0.0025 of one; that is shown and stops nothing.",
        "Not compared, the cumulative incidence of death: lifelines stopped (E).",
    ]
