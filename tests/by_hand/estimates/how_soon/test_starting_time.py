"""From which day a curve may start, by hand."""

from __future__ import annotations

import numpy as np

from analysis.estimates.how_soon.starting_time import from_day, starting_day

# One enters on day 0 and has the event on day 10; three enter on day 20 and leave on 30, 40, 50.
START = np.array([0.0, 0, 20, 20, 20])
STOP = np.array([10.0, 60, 30, 40, 50])
EVENT = np.array([1, 0, 1, 1, 1])


def test_the_last_thin_event_before_most_are_at_risk_is_where_it_starts() -> None:
    # At risk: 2 on day 10, 4 on day 30, 3 on day 40, 2 on day 50.
    assert starting_day(START, STOP, EVENT, 3).day == 10
    assert starting_day(START, STOP, EVENT, 3).most_at_risk == 4


def test_thin_risk_sets_at_the_end_do_not_move_it() -> None:
    assert starting_day(START, STOP, EVENT, 2).day == 0
    assert starting_day(START, STOP, EVENT, 4).day == 10


def test_where_too_few_are_ever_at_risk_it_says_so() -> None:
    found = starting_day(START, STOP, EVENT, 5)
    assert (found.day, found.reached) == (0, False)


def test_without_late_entry_it_is_the_first_entry() -> None:
    found = starting_day(np.full(3, 90.0), np.array([91.0, 92, 93]), np.ones(3), 3)
    assert (found.day, found.reached) == (90, True)
    assert starting_day(np.zeros(0), np.zeros(0), np.zeros(0), 3).day == 0


def test_those_followed_later_enter_no_earlier_than_the_day() -> None:
    start, stop, state, kept = from_day(30.0, START, STOP, EVENT)
    assert start.tolist() == [30, 30, 30]
    assert stop.tolist() == [60, 40, 50]
    assert state.tolist() == [0, 1, 1]
    assert kept.tolist() == [False, True, False, True, True]
