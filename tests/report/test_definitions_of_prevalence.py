"""One verdict for each definition of prevalence: from released p-values, never hidden ones."""

from __future__ import annotations

from dataclasses import replace

import made_up_studies
import pytest

from analysis.estimates.estimate_rows.counted_people import proportion_row
from analysis.estimates.estimate_rows.proportion_intervals import clopper_pearson
from analysis.estimates.how_common.published_range import band_posterior, band_verdict
from data_schema.results import Released
from reports.blocks import Answer, Drawing, Listing, Table
from reports.metadata import Metadata
from reports.parts import case_definition, prevalence, verdict
from reports.rows import Rows
from reports.text import prevalence_definitions as definitions

POPULATIONS = {"dialysis": "on dialysis", "krt": "all kidney replacement"}
BLANK = {"estimate": None, "lower": None, "upper": None, "numerator": None, "denominator": None}
CLAIM = Released("how_common", "published", term="claim", lower=0.005, upper=0.03)


def rows_of(definition: str, cases: int, people: int, term: str = "2018-12-31") -> list[Released]:
    """Rows of one definition, as the estimates make them."""
    kind, _, population = definition.partition("/")
    base = Released(
        "how_common",
        "prevalence_point",
        POPULATIONS[population],
        "definite+probable",
        "clopper_pearson",
        term,
        level="active" if kind == "point" else "",
    )
    base = proportion_row(base, cases, people)
    limits = clopper_pearson(cases, people)
    centres = replace(base, model="korn_graubard", lower=limits.lower, upper=limits.upper)
    found = band_verdict(cases, people, 0.005, 0.03)
    keys = {"reference": base.id, "specification": definition, "denominator": float(people)}
    test = replace(base, measure="band_test", model="korn_graubard", unit="p-value", **BLANK)
    test = replace(test, **keys)
    values = {
        ("above", 0.005): found.tests.above_floor,
        ("below", 0.005): found.tests.below_floor,
        ("above", 0.03): found.tests.above_ceiling,
        ("below", 0.03): found.tests.below_ceiling,
    }
    tests = [replace(test, level=side, x=x, estimate=p) for (side, x), p in values.items()]
    chance = band_posterior(cases, people, 0.005, 0.03).inside
    posterior = replace(test, measure="band_posterior", model="jeffreys", level="inside", x=None)
    return [base, centres, *tests, replace(posterior, estimate=chance, unit="probability")]


def metadata(*asked: str) -> Metadata:
    study = made_up_studies.study_of(made_up_studies.STUDIES["calcinosis"][0])
    shown = {"definitions": list(asked), "priors": [{"name": "jeffreys", "says": "Jeffreys"}]}
    return Metadata({**study, "protocol": {**study["protocol"], "prevalence": shown}})


def hidden(row: Released) -> Released:
    return replace(row, **BLANK, status="suppressed", reason="Hidden by the release policy: few.")


@pytest.mark.parametrize(
    ("cases", "found", "words"),
    [
        (300, "inside", "put it inside the range: they exclude 0.5% or less and 3% or more."),
        (50, "below", "put it below the range: they exclude 0.5% or more."),
        (900, "above", "put it above the range: they exclude 3% or less."),
        (102, "undecided", "are undecided: they do not exclude 0.5% or less and exclude 3%"),
        (595, "undecided", "they exclude 0.5% or less and do not exclude 3% or more."),
    ],
)
def test_the_verdict_and_its_words(cases: int, found: str, words: str) -> None:
    rows = Rows((CLAIM, *rows_of("ever_living/dialysis", cases, 20_000)))
    (one,) = definitions.in_protocol(rows, metadata("ever_living/dialysis"))
    assert definitions.verdict(one, CLAIM) == found
    assert words in definitions.verdict_sentence(one, CLAIM)
    place = "undecided against" if found == "undecided" else found
    assert definitions.headline(one, CLAIM).endswith(f", {place} the claimed 0.5 to 3%")


def test_the_probability_of_the_range_is_said_once_where_the_priors_agree() -> None:
    (one,) = definitions.in_protocol(
        Rows((CLAIM, *rows_of("ever_living/dialysis", 300, 20_000))),
        metadata("ever_living/dialysis"),
    )
    chance = one.posterior["jeffreys"]
    assert definitions.probability_sentence(one).endswith("is >99% (Jeffreys prior).")
    both = replace(one, posterior={"jeffreys": chance, "sceptical": chance})
    assert definitions.probability_sentence(both).endswith("is >99% under every prior.")
    other = replace(one, posterior={"jeffreys": chance, "sceptical": replace(chance, estimate=0.6)})
    assert "(Jeffreys prior) and 60% (sceptical prior)" in definitions.probability_sentence(other)


def test_a_hidden_definition_has_no_verdict() -> None:
    shown = rows_of("ever_living/dialysis", 7, 2_000)
    rows = Rows((CLAIM, *(hidden(row) for row in shown)))
    (one,) = definitions.in_protocol(rows, metadata("ever_living/dialysis"))
    assert definitions.verdict(one, CLAIM) == ""
    said = " ".join(definitions.without_verdict(rows, metadata("ever_living/dialysis"), CLAIM))
    assert "hidden by the release policy" in said
    assert not any(word in said for word in ("inside", "above", "below", "undecided"))


def test_the_first_screen_says_that_the_primary_definition_is_hidden() -> None:
    asked = ("ever_living/dialysis", "ever_living/krt")
    first = [hidden(row) for row in rows_of(asked[0], 7, 2_000)]
    rows = Rows((CLAIM, *first, *rows_of(asked[1], 40, 2_600)))
    blocks = verdict.part(rows, metadata(*asked)).blocks
    answer = next(b for b in blocks if isinstance(b, Answer) and b.question == "How common?")
    assert answer.sentences[0].startswith("The protocol's primary definition (ever diagnosed")
    assert answer.sentences[0].endswith("is hidden by the release policy.")
    assert "40 of 2,600 people treated were known cases" in answer.sentences[1]
    figure = next(b for b in blocks if isinstance(b, Drawing) and b.name == "prevalence")
    assert "all KRT" in figure.alt


def test_a_definition_that_cannot_be_estimated_says_why_in_its_place() -> None:
    stated = Released(
        "how_common",
        "statement",
        term="point/dialysis",
        status="not_available",
        reason="Nobody looks again.",
    )
    asked = ("ever_living/dialysis", "point/dialysis")
    rows = Rows((CLAIM, *rows_of(asked[0], 300, 20_000), stated))
    blocks = prevalence.part(rows, metadata(*asked)).blocks
    listing = next(b for b in blocks if isinstance(b, Listing))
    assert listing.title == "Definitions without a verdict"
    assert [("Nobody looks again." in item) for item in listing.items] == [True]
    table = next(b for b in blocks if isinstance(b, Table) and b.name == "prevalence_definitions")
    assert [row.cells[3] for row in table.rows] == ["inside"]
    assert table.rows[0].cells[-1] == ">99"
    tests = next(
        b for b in blocks if isinstance(b, Table) and b.name == "prevalence_definition_tests"
    )
    assert not tests.in_page
    assert tests.rows[0].cells[1:] == ("<0.0001", "1", "1", "<0.0001")


def test_definitions_and_sites_stand_side_by_side() -> None:
    base = rows_of("ever_living/dialysis", 300, 20_000)[0]
    known = [
        replace(base, specification=name, outcome=outcome)
        for name in ("lab_off", "lab_unknown")
        for outcome in ("definite", "definite+probable")
    ]
    site = proportion_row(replace(base, measure="site", level="hand"), 30, 290)
    part = case_definition.part(Rows((*known, site)), metadata())
    tables = {b.name: b for b in part.blocks if isinstance(b, Table)}
    shown = [row.cells[0] for row in tables["definitions"].rows]
    assert shown[:3] == ["No laboratory criterion", "Definite", "Definite or probable"]
    assert tables["sites"].rows[0].cells[:3] == ("Small joints of the hand", "30", "290")
