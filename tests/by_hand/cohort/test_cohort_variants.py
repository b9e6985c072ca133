"""Follow-up under other choices: each changes what it names, and the primary stays the primary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from small_bucket import bucket, on, study
from small_cohort import cohort, with_table

from analysis.cohort.case_definition.cases import find_cases
from analysis.cohort.follow_up.time_at_risk import follow
from analysis.cohort.follow_up.variants import variant_people, variants
from analysis.cohort.people import age_at_first_dialysis, people_frame
from analysis.estimates.how_soon.incidence import incidence_rates
from analysis.estimates.how_soon.sensitivity_grid import sensitivity_grid
from analysis.estimates.inputs.cohort_tables import Cohort

GRID = {
    "entry_after_days": (0, 30, 90, 200),
    "ignore_late_entry": True,
    "transplant": ("competing", "censoring", "state"),
    "tiers": (("definite",), ("definite", "probable"), ("definite", "probable", "possible")),
    "dating": ("first_code", "first_assessment"),
}
ASKED = study(sensitivity=GRID)


def code(day: int, p: int, setting: str = "inpatient") -> dict:
    system = {"system": "icd10cm", "code": "L942"}
    return {"p": p, "date": on(day), "setting": setting, **system}


def assessment(day: int, p: int) -> dict:
    return {"p": p, "date": on(day), "method": "radiograph", "calcification": "yes"}


def five_people():
    """0: seen on film on 400, coded on 350 and 500; 1: two outpatient codes; 2: coded after a
    graft; 3: enters the registry on day 300, dies on 700; 4: coded on day 50."""
    return bucket(
        [{}, {}, {}, {"registry_entry_date": on(300), "death_date": on(700)}, {}],
        diagnoses=[
            code(350, 0, "outpatient"),
            code(500, 0, "outpatient"),
            code(600, 1, "outpatient"),
            code(640, 1, "outpatient"),
            code(900, 2),
            code(50, 4),
        ],
        assessments=[assessment(400, 0)],
        modality_spells=[{"p": 2, "start_date": on(800), "modality": "TX"}],
    )


def table(protocol=ASKED) -> dict[str, pd.DataFrame]:
    rows = five_people()
    found = variant_people(rows, protocol, find_cases(rows, protocol), age_at_first_dialysis(rows))
    return dict(found)


def one(name: str, person: int) -> tuple:
    rows = table()[name]
    found = rows[rows["person"] == person]
    return tuple(found.iloc[0][["start", "stop", "state"]]) if len(found) else ()


def test_every_choice_that_differs_is_a_variant_and_no_other() -> None:
    assert [variant.name for variant in variants(ASKED)] == [
        "entry_after=0",
        "entry_after=30",
        "entry_after=200",
        "late_entry=ignored",
        "transplant=censoring",
        "transplant=state",
        "tiers=definite",
        "tiers=definite+probable+possible",
        "dating=first_code",
        "dating=first_assessment",
    ]
    assert variants(study()) == []
    assert table(study()) == {}


def test_the_primary_choices_as_a_variant_are_the_cohort() -> None:
    """The protocol whose primary is another one has today's primary among its variants."""
    rows = five_people()
    other = study(sensitivity=GRID, population={"entry_after_days": 200})
    cases = find_cases(rows, study())
    people = people_frame(rows, study(), cases, follow(rows, study(), cases))
    people = people[people["in_cohort"]]
    again = table(other)["entry_after=90"]
    names = {"person": "person", "start": "entry", "stop": "exit", "state": "state"}
    for name, whole in names.items():
        np.testing.assert_array_equal(again[name], people[whole])


@pytest.mark.parametrize(
    "variant, person, expected",
    [
        ("entry_after=0", 4, (0, 50, 1)),  # prevalent by day 90, incident from day 0
        ("entry_after=200", 4, ()),
        ("entry_after=200", 0, (200, 400, 1)),
        ("late_entry=ignored", 3, (90, 700, 2)),
        ("entry_after=200", 3, (300, 700, 2)),
        ("transplant=censoring", 2, (90, 800, 0)),
        ("transplant=state", 2, (90, 900, 1)),
        ("tiers=definite", 0, (90, 400, 1)),
        ("dating=first_code", 0, (90, 350, 1)),
        ("dating=first_code", 1, (90, 600, 1)),
        ("dating=first_assessment", 0, (90, 400, 1)),
        ("dating=first_assessment", 1, (90, 640, 1)),
    ],
)
def test_entry_exit_and_state(variant: str, person: int, expected: tuple) -> None:
    assert one(variant, person) == expected


def test_a_tier_that_is_not_asked_for_is_no_event() -> None:
    end = (date(2019, 12, 31) - date(2010, 1, 1)).days
    assert one("tiers=definite", 1) == (90, end, 0)


def with_variants(whole: Cohort, frames: dict[str, pd.DataFrame]) -> Cohort:
    for name, frame in frames.items():
        whole = with_table(whole, f"variants/{name}", frame)
    return replace(whole, facts=whole.facts | {"variants": list(frames)})


def given():
    """Twelve people; the variant lacks one of them and one event."""
    people = [{"exit": 400.0 + 60 * k, "state": (0, 1, 2)[k % 3]} for k in range(12)]
    whole = cohort(people, ASKED)
    kept = whole.at_risk_periods().iloc[:11]
    changed = kept.assign(state=kept["state"].where(kept["stop"] != 460, 0))
    return whole, changed


def test_rows_are_those_of_a_cohort_of_the_variants_people() -> None:
    whole, changed = given()
    rows = sensitivity_grid(with_variants(whole, {"tiers=definite": changed}))
    assert {row.specification for row in rows} == {"tiers=definite"}
    assert {row.outcome for row in rows} == {"onset"}
    rate = next(row for row in rows if row.measure == "incidence_rate")
    assert rate.numerator == 3
    assert rate.person_years == pytest.approx((changed["stop"] - 90).sum() / 365.25)
    alone = with_table(whole, "at_risk_periods", changed)
    assert rate == replace(incidence_rates(alone)[0], specification="tiers=definite")
    curve = [row for row in rows if row.measure == "cumulative_incidence"]
    assert {row.time for row in curve} <= {365.25 * year for year in (1, 3, 5, 10)}
    assert curve


def test_transplantation_as_censoring_takes_it_out_of_the_competitors() -> None:
    whole, _ = given()
    rows = sensitivity_grid(
        with_variants(
            whole,
            {
                "tiers=definite": whole.at_risk_periods(),
                "transplant=censoring": whole.at_risk_periods(),
            },
        )
    )
    # Nobody is transplanted here: the same curve under both names.
    same = [row for row in rows if row.specification == "tiers=definite"]
    other = [row for row in rows if row.specification == "transplant=censoring"]
    assert [row.estimate for row in same] == [row.estimate for row in other]


def test_nothing_asked_nothing_said() -> None:
    assert sensitivity_grid(cohort([{}], study())) == []
