"""Whatever is released is shown: by a part, or in the supplement of its question."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import made_up_studies
import pytest
from page_parser import PageReader
from test_selection import METADATA, OWN, beside, other_choice

from data_schema.measures import Measure, declare
from data_schema.results import Released
from reports import run
from reports.blocks import Drawing, Table
from reports.metadata import Metadata
from reports.page import page
from reports.parts import all_parts
from reports.rows import Rows, has_number
from reports.shown import recorded, show
from reports.wording import numbers

RISK = declare(
    Measure("folded_ratio", "who", "ratio", "ratio", "Risk ratios", "Adjusted.", display="forest")
)
LINE = declare(
    Measure("state_share", "what_then", "curve", "probability", "Active", display="curve")
)
SILENT = declare(Measure("seed", "how_soon", "value", "", "Seeds", rests_on="none", display="none"))
RATIO = {"model": "mine", "outcome": "onset"}
NEW = [
    *(
        Released("who", "folded_ratio", **RATIO, term=term, estimate=value, lower=low, upper=high)
        for term, value, low, high in (("log2_pth", 1.447, 1.16, 1.88), ("age", 1.1, 0.9, 1.4))
    ),
    Released(
        "who", "folded_ratio", **RATIO, term="calcium", status="not_estimable", reason="No fit."
    ),
    *(
        Released("what_then", "state_share", model="mine", time=365.25 * k, estimate=0.9 - 0.07 * k)
        for k in range(5)
    ),
    Released("how_soon", "seed", estimate=41.25),
]
ACTIVE = [row for row in NEW if row.measure == LINE.name]
GONE = {"estimate": None, "lower": None, "upper": None, "status": "suppressed"}


def parts_of(rows: list[Released], metadata: Metadata = METADATA):
    return all_parts(Rows(tuple(rows)), metadata)


@pytest.mark.parametrize("name", made_up_studies.STUDIES)
@pytest.mark.parametrize("more", [[], [*NEW]], ids=["own", "new"])
def test_each_released_row_is_shown_or_declared_not_to_be(name, more) -> None:
    protocol, build = made_up_studies.STUDIES[name]
    rows = [*build(), *more]
    with recorded() as shown:
        parts_of(rows, Metadata(made_up_studies.study_of(protocol)))
    left = [row for row in rows if row.id not in shown and row.status != "suppressed"]
    assert [row for row in left if row.declaration.display != "none"] == []


def test_a_row_that_is_only_looked_at_is_not_shown() -> None:
    one, other = OWN[:2]
    with recorded() as shown:
        assert has_number(one) and Rows(OWN).where(question="flow")
        numbers.estimate(other)
    assert shown == {other.id}
    show(one)
    assert shown == {other.id}


def test_without_the_supplement_rows_would_be_missing() -> None:
    rows = [*OWN, *beside(), other_choice(), *NEW]
    with recorded() as shown:
        parts = parts_of(rows)
    supplements = [block for part in parts for block in part.supplement]
    assert {row.id for row in NEW if row.measure != "seed"} <= shown
    assert any(isinstance(block, Drawing) for block in supplements)
    assert any(isinstance(block, Table) for block in supplements)


def test_a_new_measure_appears_by_its_declaration_alone() -> None:
    parts = {part.id: part for part in parts_of([*OWN, *NEW])}
    forest, failed = (b for b in parts["risk_factors"].supplement if "folded_ratio" in b.name)
    assert (
        forest.caption
        == "Risk ratios (Mine, Detected metastatic calcinosis cutis), with 95% intervals. Adjusted."
    )
    assert "Mine" in forest.alt and "1.45 (1.16 to 1.88)" in forest.alt
    assert failed.rows[0].cells[0] == "Mine"
    assert any("No fit." in note for note in failed.notes)
    (curve,) = (b for b in parts["parathyroidectomy"].supplement if "state_share" in b.name)
    assert isinstance(curve, Drawing) and "62.0% at 4 years" in curve.alt
    text = page(tuple(parts.values()), METADATA)
    assert PageReader(text).faults == []
    assert "41.25" not in text and "Seeds" not in text


def test_the_supplement_is_folded_and_numbered_after_all_else() -> None:
    before, after = (page(parts_of(rows), METADATA) for rows in ([*OWN], [*OWN, *NEW]))
    bare = [
        re.sub(r'<details class="supplement".*?\n</details>\n(?=</section>)', "", text, flags=re.S)
        for text in (before, after)
    ]
    assert bare[0] == bare[1]
    assert "supplement" in after and "Also released: " in after


def test_more_lines_than_can_be_named_are_a_table() -> None:
    many = [replace(row, term=f"term_{k}") for k in range(9) for row in ACTIVE]
    parts = {part.id: part for part in parts_of([*OWN, *many])}
    (block,) = (b for b in parts["parathyroidectomy"].supplement if "state_share" in b.name)
    assert isinstance(block, Table) and len(block.rows) == 45


def test_hidden_rows_are_counted() -> None:
    hidden = [replace(row, **GONE) for row in NEW[:2]]
    parts = {part.id: part for part in parts_of([*OWN, *hidden])}
    (block,) = (b for b in parts["risk_factors"].supplement if "folded_ratio" in b.name)
    assert "2 more are hidden by the release policy." in block.notes


def test_the_files_of_a_supplement_are_written(tmp_path) -> None:
    folder = made_up_studies.write("calcinosis", tmp_path / "disclose", [*OWN, other_choice()])
    run(folder, tmp_path / "staging")
    table = (tmp_path / "staging" / "tables" / "describe_median.csv").read_text("utf-8")
    assert "My check" in next(csv.reader([table.splitlines()[1]]))
