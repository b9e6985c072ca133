"""The sensitivity grid as a reader meets it: in words, in order, with hidden numbers hidden."""

from dataclasses import replace

import made_up_studies
import pytest

from data_schema.results import Released
from reports.figures import specification_curve
from reports.metadata import Metadata
from reports.parts import robustness
from reports.rows import Rows
from reports.tables import sensitivity, specification_grid
from reports.text import specifications

METADATA = Metadata(made_up_studies.study_of("simulated"))
RATE = Released(
    "how_soon",
    "incidence_rate",
    "cohort",
    "onset",
    model="poisson_exact",
    estimate=4.8,
    lower=3.4,
    upper=6.5,
    numerator=40.0,
    person_years=8333.0,
    unit="per 1,000 person-years",
)
EARLY = replace(RATE, specification="entry_after=30", estimate=4.1, lower=2.9, upper=5.6)
TIERS = replace(RATE, specification="tiers=definite+probable+possible", estimate=5.9, upper=7.8)
HIDDEN = replace(
    RATE, specification="transplant=state", status="suppressed", estimate=None, numerator=None
)
CURVE = Released(
    "how_soon", "cumulative_incidence", "cohort", "onset", model="aalen_johansen", time=1826.25
)
AT_FIVE = replace(CURVE, estimate=0.0098, lower=0.0063, upper=0.0155, unit="probability")
ALL = Rows((RATE, EARLY, HIDDEN, TIERS, AT_FIVE, replace(AT_FIVE, specification="entry_after=30")))


@pytest.mark.parametrize(
    "key, words",
    [
        ("primary", "Primary choices"),
        ("entry_after=0", "Followed from first dialysis"),
        ("entry_after=60", "Followed from day 60"),
        ("tiers=definite", "Definite cases only"),
        ("tiers=definite+probable+possible", "Definite, probable and possible cases"),
        ("dating=first_code", "Onset dated by the first code"),
        ("multiple_imputation", "Missing covariates imputed"),
    ],
)
def test_choices_are_said_in_words(key, words):
    assert specifications.in_words(key) == words


def test_the_table_has_the_primary_choice_first_and_every_other_one():
    lines = [row.cells for row in specification_grid.table(ALL, METADATA).rows]
    assert [line[0] for line in lines] == [
        "Primary choices",
        "Followed from day 30",
        "Followed on after transplantation",
        "Definite, probable and possible cases",
    ]
    assert lines[0][1:4] == ("40", "4.8", "3.4 to 6.5")
    assert lines[1][4] == "0.98%"
    assert lines[2][1:3] == ("[c]", "[c]")


def test_the_sentence_gives_the_range_and_the_choice_that_moves_it_furthest():
    range_, furthest = specifications.sentences(ALL)
    assert "from 4.1 to 5.9 per 1,000 person-years (primary: 4.8" in range_
    assert "“Definite, probable and possible cases”: 5.9" in furthest


def test_the_figure_is_in_order_of_size_without_what_is_hidden():
    alt = specification_curve.draw(ALL, METADATA).alt
    assert alt.index("day 30: 4.1") < alt.index("Primary choices: 4.8") < alt.index("possible")
    assert "transplantation" not in alt


def test_grid_rows_are_not_told_twice():
    ratio = Released("who", "hazard_ratio", outcome="onset", model="m", term="t", estimate=1.3)
    other = replace(ratio, specification="multiple_imputation", estimate=1.2)
    shown = sensitivity.table(Rows((*ALL.all, ratio, other)), METADATA)
    assert [row.cells[0] for row in shown.rows] == ["Missing covariates imputed"]


def test_without_a_grid_the_part_says_so():
    part = robustness.part(Rows((RATE, AT_FIVE)), METADATA)
    assert [block.kind for block in part.blocks] == ["absence"]
    assert specifications.sentences(Rows((RATE,))) == []
    assert specification_curve.draw(Rows((RATE, HIDDEN)), METADATA) is None
