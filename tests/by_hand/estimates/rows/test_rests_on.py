"""What a row rests on: taken from its counts where these are plain, else required."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from analysis.store import StoreError, estimates_frame, frame_estimates, released_frame
from data_schema.measures import Measure, declare, declared, together
from data_schema.results import RELEASED_COLUMNS, Estimate, Released, released

MINE = declare(Measure("risk_ratio", "who", "ratio", "ratio", "Risk ratio", display="forest"))
RATIO = {"outcome": "onset", "model": "mine", "estimate": 2.0}


def test_a_number_without_the_events_behind_it_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="hazard_ratio: a number without the events and people"):
        Estimate("who", "hazard_ratio", **RATIO)
    with pytest.raises(ValueError, match="hazard_ratio: a number without the events behind"):
        Estimate("who", "hazard_ratio", **RATIO, people=90.0)
    with pytest.raises(ValueError, match="median: a number without the people"):
        Estimate("describe", "median", estimate=60.0)
    assert Estimate("who", "hazard_ratio", **RATIO, events=12.0, people=90.0).events == 12


def test_a_row_without_a_number_needs_nothing_and_gets_it_with_the_number() -> None:
    empty = Estimate("who", "hazard_ratio", outcome="onset")
    with pytest.raises(ValueError, match="hazard_ratio"):
        replace(empty, estimate=2.0)
    assert replace(empty, status="not_estimable", reason="No events.").events is None


@pytest.mark.parametrize(
    ("measure", "counts", "events", "people"),
    [
        ("prevalence_point", {"numerator": 3.0, "denominator": 40.0}, 3.0, 40.0),
        ("survival", {"numerator": 3.0, "denominator": 5.0}, 3.0, 5.0),
        ("survival", {"numerator": 3.0, "denominator": 5.0, "people": 40.0}, 3.0, 40.0),
        ("incidence_rate", {"numerator": 3.0, "people": 40.0}, 3.0, 40.0),
        ("person_years", {"numerator": 40.0}, None, 40.0),
        ("median", {"denominator": 40.0}, None, 40.0),
        ("exits", {"numerator": 40.0}, None, 40.0),
        ("rows", {"numerator": 40.0, "unit": "records"}, None, None),
        ("published", {}, None, None),
    ],
)
def test_what_the_counts_make_plain(measure, counts, events, people) -> None:
    row = Estimate("how_soon", measure, estimate=1.0, **counts)
    assert (row.events, row.people) == (events, people)


def test_new_counts_are_what_a_changed_row_rests_on() -> None:
    row = Estimate("how_common", "site", estimate=0.25, numerator=5.0, denominator=20.0)
    assert replace(row, numerator=6.0, estimate=0.3).events == 6.0


def test_a_measure_that_is_not_declared_has_no_rows() -> None:
    with pytest.raises(ValueError, match="odds_of_names: not a declared measure"):
        Estimate("who", "odds_of_names")
    row = Estimate("who", "risk_ratio", **RATIO, events=12.0, people=90.0)
    assert (row.declaration, row.kind) == (MINE, "ratio")
    with pytest.raises(ValueError, match="risk_ratio: a number without"):
        Estimate("who", "risk_ratio", **RATIO)


def test_what_leaves_says_nothing_of_what_it_rests_on() -> None:
    row = Estimate("who", "risk_ratio", **RATIO, numerator=12.0, events=12.0, people=90.0)
    out = released(row)
    assert (out.estimate, out.numerator, out.events, out.people) == (2.0, 12.0, None, None)
    assert replace(out, numerator=None).estimate == 2.0
    assert isinstance(out, Released) and not set(RELEASED_COLUMNS) & {"events", "people"}
    assert list(released_frame([out]).columns) == list(RELEASED_COLUMNS)


def test_rows_of_a_model_s_measure_travel_with_its_declaration() -> None:
    row = Estimate("who", "risk_ratio", **RATIO, events=12.0, people=90.0)
    frame = estimates_frame([row])
    measures = together(declared().values(), [MINE])
    assert frame_estimates(frame, measures) == [row]
    assert frame_estimates(frame, measures)[0].declaration == MINE
    with pytest.raises(StoreError, match=r"measures\.json: measure risk_ratio: is not declared"):
        frame_estimates(frame)


def test_a_row_survives_the_way_to_another_process() -> None:
    row = Estimate("who", "risk_ratio", **RATIO, events=12.0, people=90.0)
    again = pickle.loads(pickle.dumps(row))
    assert (again, again.declaration) == (row, MINE)


def test_a_built_in_measure_is_not_declared_anew() -> None:
    with pytest.raises(ValueError, match="hazard_ratio: is built in"):
        declare(replace(MINE, name="hazard_ratio"))
    assert declare(declared()["hazard_ratio"]) == declared()["hazard_ratio"]
