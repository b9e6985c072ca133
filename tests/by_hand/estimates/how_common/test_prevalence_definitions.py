"""Who counts in each definition of the claim, person by person. Data start on 1 January 2005."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from small_bucket import study
from small_cohort import cohort

from analysis.estimates.how_common.case_tiers import CRITERIA, TIERS, case_definition_rows
from analysis.estimates.how_common.centre_funnel import COLUMNS, centre_frame
from analysis.estimates.how_common.denominators import (
    denominator_rows,
    in_period,
    on_date,
    registry,
)
from analysis.estimates.how_common.prevalence import prevalence
from analysis.estimates.how_common.prevalence_definitions import NO_RESOLUTION, PrevalenceCounter
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.study import Study
from data_schema.measures import declared
from data_schema.results import Estimate

# day 500 of the data is 16 May 2006
WHEN, LATER = date(2006, 5, 16), date(2006, 8, 24)
DEFINITIONS = [
    "ever_living/dialysis",
    "point/dialysis",
    "ever_living/krt",
    "period_ever/dialysis",
    "period_active/dialysis",
    "lifetime/dialysis",
]


def asked(**outcome: Any):
    return study(
        outcome={"resolution": True, **outcome},
        prevalence={
            "point_dates": [WHEN],
            "period_start": WHEN,
            "period_end": LATER,
            "by": ["age_band"],
            "definitions": DEFINITIONS,
            "standard": "esp2013",
            "washout_days": 0,
        },
    )


PEOPLE: list[dict[str, Any]] = [
    {"onset": 300.0, "resolution": np.inf},  # 0: active on day 500
    {"onset": 300.0, "resolution": 450.0},  # 1: resolved before
    {"onset": np.inf, "gone": 1000.0},  # 2: living with a graft since day 400
    {"onset": 350.0, "gone": 1000.0},  # 3: graft from 200 to 480, then dialysis again
    {"onset": np.inf, "gone": 500.0, "leave": 500.0},  # 4: dies that day
    {"origin": 450.0, "registered": 0.0},  # 5: day 50 of dialysis: before the protocol's entry
    {"covered_from": 600.0},  # 6: observable from day 600
    {"onset": 510.0, "resolution": np.inf},  # 7: ten days later
    {"left_out_at": "minimum_age"},  # 8
]
SPELLS = [
    (2, 0.0, 400.0, "HD"),
    (2, 400.0, np.inf, "TX"),
    (3, 0.0, 200.0, "PD"),
    (3, 200.0, 480.0, "TX"),
    (3, 480.0, np.inf, "HD"),
]


@pytest.fixture
def nine() -> Cohort:
    return cohort(PEOPLE, asked(), SPELLS)


def counted(cohort: Cohort, *arguments: Any, **named: Any) -> tuple[list[int], int]:
    found = PrevalenceCounter(registry(cohort), "definite+probable").point(*arguments, **named)
    return found.rows.tolist(), found.cases


def test_everybody_leaves_at_one_step_or_counts(nine: Cohort) -> None:
    left = on_date(registry(nine), WHEN).left_at.tolist()
    assert left == [
        "",
        "",
        "graft",
        "",
        "not_in_registry",
        "first_days",
        "not_observable",
        "",
        "minimum_age",
    ]


def test_ever_active_and_all_kidney_replacement(nine: Cohort) -> None:
    assert counted(nine, WHEN) == ([0, 1, 3, 7], 3)
    assert counted(nine, WHEN, active=True) == ([0, 1, 3, 7], 2)
    assert counted(nine, WHEN, "krt") == ([0, 1, 2, 3, 7], 3)


def test_a_washout_leaves_out_who_was_not_long_observed() -> None:
    protocol = study(prevalence={"washout_days": 450})
    people = [{"registered": 0.0}, {"registered": 100.0}]
    found = on_date(registry(cohort(people, protocol)), WHEN)
    assert found.left_at.tolist() == ["", "washout"]


def test_the_steps_add_up_to_the_extract(nine: Cohort) -> None:
    rows = denominator_rows(on_date(registry(nine), WHEN), "x", "dialysis")
    excluded = sum(row.numerator for row in rows if row.level == "excluded")
    last = max((row for row in rows if row.level == "remaining"), key=lambda row: row.x)
    assert rows[0].numerator == 9 == excluded + last.numerator
    assert last.numerator == 4


def test_a_period_counts_dialysis_days_only(nine: Cohort) -> None:
    found = in_period(registry(nine), date(2006, 2, 5), LATER)  # days 400 to 600
    assert np.flatnonzero(found.inside).tolist() == [0, 1, 3, 4, 5, 6, 7]
    assert found.day[3] == 480  # back on dialysis
    assert found.day[5] == 90  # its own entry
    assert found.until[4] == 500  # the day of death counts for an onset
    assert found.day[6] == 600


def test_person_days_of_the_period_are_conserved(nine: Cohort) -> None:
    rows = [r for r in prevalence(nine) if r.measure == "period_years"]
    whole = next(row.person_years for row in rows if row.level == "")
    assert sum(row.person_years for row in rows if row.level) == pytest.approx(whole)
    # 0, 1, 2, 3, 7: days 500 to 600; 5 from its day 90, day 540 of the data; 6 to the end
    assert whole * 365.25 == pytest.approx(5 * 101 + 61 + 101)
    graft = next(row for row in rows if row.level == "graft, observable")
    assert graft.person_years * 365.25 == pytest.approx(101)
    dark = next(row for row in rows if row.level == "dialysis, not observable")
    assert dark.person_years * 365.25 == pytest.approx(100)


def band_tests(rows: list[Estimate], definition: str) -> list[Estimate]:
    return [r for r in rows if r.measure == "band_test" and r.specification == definition]


def test_every_definition_has_four_tests_on_its_own_counts(nine: Cohort) -> None:
    rows = prevalence(nine)
    known = {row.id for row in rows}
    for definition in DEFINITIONS[:-1]:
        found = band_tests(rows, definition)
        assert len(found) == 4
        assert {row.reference for row in found} <= known
    ids = [row.id for row in rows]
    assert len(ids) == len(set(ids))


def test_what_rests_on_counts_names_the_row_that_shows_them(nine: Cohort) -> None:
    rows = prevalence(nine)
    known = {row.id for row in rows}
    derived = [row for row in rows if declared()[row.measure].kind == "derived"]
    own = [row for row in derived if row.specification != "lifetime/dialysis"]
    assert len(own) > 20
    for row in own:
        assert row.denominator is not None
        assert all(
            name in known or name.startswith("how_soon") for name in row.reference.split("; ")
        )


def test_nobody_is_called_active_where_nobody_looks_again() -> None:
    for protocol, tables in ((asked(resolution=False), None), (asked(), ("diagnoses",))):
        found = cohort(PEOPLE, protocol, SPELLS, **({"tables": tables} if tables else {}))
        rows = prevalence(found)
        (said,) = [r for r in rows if r.measure == "statement" and r.term == "point/dialysis"]
        assert (said.status, said.reason) == ("not_available", NO_RESOLUTION)
        assert not band_tests(rows, "point/dialysis")


def test_without_error_rates_the_true_prevalence_is_said_not_to_be_identified(nine: Cohort) -> None:
    rows = prevalence(nine)
    assert any("not identified" in r.reason for r in rows if r.measure == "statement")
    curve = [r for r in rows if r.measure == "false_share" and r.model == "specificity"]
    assert [r.estimate for r in curve] == sorted((r.estimate for r in curve), reverse=True)


def test_an_adjudicated_sample_corrects() -> None:
    """Of four counted three are cases: 0 and 1 adjudicated, 1 wrongly recorded; 7 was missed."""
    people = [{"adjudicated": np.inf, "adjudicated_case": False, **row} for row in PEOPLE]
    people[0] |= {"adjudicated": 400.0, "adjudicated_case": True}
    people[1] |= {"adjudicated": 400.0}
    people[7] |= {"adjudicated": 400.0, "adjudicated_case": True}
    rows = prevalence(cohort(people, asked(), SPELLS))
    rates = {r.level: (r.numerator, r.denominator) for r in rows if r.measure == "error_rate"}
    assert rates == {"ppv": (1, 2), "missed": (1, 1)}
    corrected = {r.model: r.estimate for r in rows if r.measure == "corrected_prevalence"}
    assert corrected["ppv"] == pytest.approx(0.75 / 2)
    assert corrected["begg_greenes"] == pytest.approx(0.75 / 2 + 0.25)


def test_centres_go_to_the_restricted_file_and_nowhere_else() -> None:
    people = [{**row, "centre_id": f"C{k % 2}"} for k, row in enumerate(PEOPLE)]
    found = cohort(people, asked(), SPELLS)
    frame = centre_frame(found)
    assert tuple(frame.columns) == COLUMNS
    assert frame[["centre_id", "people", "cases"]].to_numpy().tolist() == [
        ["C0", 1, 1],
        ["C1", 3, 2],
    ]
    text = " ".join(str(row) for row in prevalence(found))
    assert "C0" not in text
    assert "C1" not in text


def test_age_bands_are_parts_of_two_wide_groups_and_each_is_standardised(nine: Cohort) -> None:
    rows = [row for row in prevalence(nine) if row.term == WHEN.isoformat()]
    by = {row.strata: row for row in rows if row.strata.startswith("age_") and row.outcome}
    wide = [row for name, row in by.items() if name.startswith("age_group=")]
    bands = [row for name, row in by.items() if name.startswith("age_band=")]
    [whole] = {row.sums_to for row in wide}
    assert whole in {row.id for row in rows}
    assert {row.sums_to for row in bands} <= {row.id for row in wide}
    for group in wide:
        inside = [row for row in bands if row.sums_to == group.id]
        assert sum(row.denominator or 0 for row in inside) == group.denominator
        assert sum(row.numerator or 0 for row in inside) == group.numerator
    told = [row for row in rows if row.measure == "standardised_prevalence"]
    assert [row.level for row in told] == ["age_band", "age_group"]
    for row in told:
        named = [name for name in row.reference.split("; ") if "age_" in name]
        assert named == [one.id for key, one in by.items() if key.startswith(row.level)]


def test_a_criterion_of_pth_is_not_asked_where_it_was_not_collected(monkeypatch) -> None:
    found = {f"{tier}_found": np.inf for tier in TIERS} | {f"{tier}_labs": "" for tier in TIERS}
    case = {**found, "onset": 300.0, "definite_found": 300.0, "definite_labs": "pth"}
    people = cohort([case, *({**found, "onset": np.inf} for _ in range(4))], asked())
    counter = PrevalenceCounter(registry(people), "definite+probable")
    rows = {(row.specification, row.outcome): row for row in case_definition_rows(counter, WHEN)}
    assert [rows[name, "definite"].numerator for name in CRITERIA] == [1, 1, 1, 0]
    monkeypatch.setattr(Study, "not_collected", lambda _, analyte: f"no {analyte} in 2006")
    for row in case_definition_rows(counter, WHEN):
        if row.specification == "lab_off":
            assert row == rows["lab_off", row.outcome]
            continue
        assert (row.status, row.estimate, row.numerator) == ("not_available", None, None)
        assert row.reason == "Parathyroid hormone: no pth in 2006."
