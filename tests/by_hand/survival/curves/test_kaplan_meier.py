"""The product limit on a few patients, with fractions worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.nelson_aalen import nelson_aalen
from analysis.survival.curves.product_limit import kaplan_meier

EXACT = {"rtol": 1e-12, "atol": 1e-15}


def same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, **EXACT)


def test_events_come_before_censorings_at_a_tie():
    curve = kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1])
    same(curve.n_risk, [4, 3, 1])
    same(curve.n_event, [1, 1, 1])
    same(curve.n_censor, [0, 1, 0])
    same(curve.estimate, [3 / 4, 1 / 2, 0])


def test_greenwood():
    curve = kaplan_meier([1, 2, 2, 3], [1, 1, 0, 0])
    same(curve.std_error[:2], [3 / 4 * np.sqrt(1 / 12), 1 / 2 * np.sqrt(1 / 12 + 1 / 6)])


def test_who_enters_at_a_time_is_not_at_risk_at_it():
    curve = kaplan_meier([2, 3, 4, 5], [1, 1, 1, 0], start=[0, 0, 2, 3])
    same(curve.times, [2, 3, 4, 5])
    same(curve.n_risk, [2, 2, 2, 1])
    same(curve.n_enter, [2, 1, 1, 0])
    same(curve.estimate, [1 / 2, 1 / 4, 1 / 8, 1 / 8])


def test_log_log_limits():
    curve = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0])
    se = np.sqrt(1 / 4 / 3) * 3 / 4
    power = np.exp(1.959963984540054 * se / (0.75 * -np.log(0.75)))
    same(curve.lower[0], 0.75**power)
    same(curve.upper[0], 0.75 ** (1 / power))


@pytest.mark.parametrize("conf", ["log", "plain"])
def test_other_limits(conf):
    curve = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0], conf=conf)
    half = 1.959963984540054 * np.sqrt(1 / 12) * 3 / 4
    low = 0.75 - half if conf == "plain" else 0.75 * np.exp(-half / 0.75)
    same(curve.lower[0], low)
    same(curve.upper[0], 1.0)


def test_limits_are_missing_where_the_curve_is_at_its_ends():
    curve = kaplan_meier([1, 2], [0, 1])
    assert np.isnan(curve.lower).all() and np.isnan(curve.upper).all()
    same(curve.std_error, [0, 0])


def test_rows_of_a_person_that_touch_are_one_stay():
    whole = kaplan_meier([5, 4, 6], [1, 0, 1])
    cut = kaplan_meier(
        [2, 5, 4, 3, 6], [0, 1, 0, 0, 1], start=[0, 2, 0, 0, 3], id=["a", "a", "b", "c", "c"]
    )
    for name in ("times", "n_risk", "n_event", "n_enter", "n_censor", "estimate", "std_error"):
        same(getattr(cut, name), getattr(whole, name))


def test_a_gap_is_a_leaving_and_an_entry():
    curve = kaplan_meier([2, 6, 5], [0, 1, 1], start=[0, 3, 0], id=[1, 1, 2])
    same(curve.times, [2, 5, 6])
    same(curve.n_censor, [1, 0, 0])
    same(curve.n_enter, [2, 1, 0])
    same(curve.n_risk, [2, 2, 1])
    assert curve.status == "ok"


def test_once_all_at_risk_have_failed_the_curve_stays_at_zero():
    curve = kaplan_meier([1, 2, 5, 6], [1, 1, 1, 0], start=[0, 0, 3, 3])
    same(curve.estimate, [1 / 2, 0, 0, 0])
    assert curve.status == "risk_set_emptied"
    assert "stays at its end" in curve.reason


def test_over_a_gap_with_nobody_at_risk_the_curve_is_level():
    curve = kaplan_meier([1, 2, 5, 6], [1, 0, 1, 0], start=[0, 0, 3, 3])
    same(curve.estimate, [1 / 2, 1 / 2, 1 / 4, 1 / 4])
    assert curve.status == "risk_set_emptied"
    assert "goes on" in curve.reason


def test_no_gap_if_someone_enters_as_the_last_one_leaves():
    assert kaplan_meier([1, 2, 5, 6], [1, 0, 1, 0], start=[0, 0, 2, 2]).status == "ok"


def test_no_event_and_no_row_have_a_status():
    level = kaplan_meier([1, 2], [0, 0])
    assert level.status == "no_event"
    same(level.estimate, [1, 1])
    assert kaplan_meier([], []).status == "not_estimable"


def test_read_at_any_time():
    curve = kaplan_meier([2, 3, 4, 5], [1, 1, 1, 0], start=[0, 0, 2.5, 3])
    read = curve.at([0, 1, 2, 2.5, 2.6, 3, 3.5, 5, 9])
    same(read.estimate, [1, 1, 1 / 2, 1 / 2, 1 / 2, 1 / 4, 1 / 4, 1 / 8, 1 / 8])
    same(read.n_risk, [2, 2, 2, 1, 2, 2, 2, 1, 0])


def test_a_weight_of_two_is_a_doubled_row():
    rng = np.random.default_rng(41)
    start = rng.integers(0, 5, 60).astype(float)
    stop = start + rng.integers(1, 6, 60)
    event, weights = rng.integers(0, 2, 60), rng.integers(1, 4, 60)
    weighted = kaplan_meier(stop, event, start=start, weights=weights)
    copies = np.repeat(np.arange(60), weights)
    doubled = kaplan_meier(stop[copies], event[copies], start=start[copies])
    for name in ("n_risk", "n_event", "n_enter", "n_censor", "estimate", "std_error"):
        same(getattr(weighted, name), getattr(doubled, name))


def test_row_order_and_unit_of_time_do_not_matter():
    rng = np.random.default_rng(42)
    start = rng.integers(0, 5, 80).astype(float)
    stop = start + rng.integers(1, 6, 80)
    event, weights = rng.integers(0, 2, 80), rng.random(80) + 0.5
    first = kaplan_meier(stop, event, start=start, weights=weights)
    turn = rng.permutation(80)
    second = kaplan_meier(
        stop[turn] / 365.25, event[turn], start=start[turn] / 365.25, weights=weights[turn]
    )
    np.testing.assert_allclose(second.estimate, first.estimate, rtol=1e-12)
    np.testing.assert_allclose(second.std_error, first.std_error, rtol=1e-12)


def test_three_at_risk_before_a_million_late_entrants():
    n = 1_000_000
    rng = np.random.default_rng(43)
    stop = np.concatenate([[1.0, 2.0, 9.0], np.full(n, 9.0)])
    start = np.concatenate([[0.0, 0.0, 0.0], np.full(n, 5.0)])
    event = np.zeros(n + 3, dtype=int)
    event[:2] = 1
    weights = np.exp(rng.uniform(-7.5, 7.5, n + 3))
    curve = kaplan_meier(stop, event, start=start, weights=weights)
    a, b, c = weights[:3]
    same(curve.estimate[:2], [(b + c) / (a + b + c), (b + c) / (a + b + c) * c / (b + c)])


def test_nelson_aalen():
    curve = nelson_aalen([2, 3, 4, 5], [1, 1, 1, 0], start=[0, 0, 2, 3])
    same(curve.estimate, [1 / 2, 1, 3 / 2, 3 / 2])
    same(curve.std_error**2, [1 / 4, 1 / 2, 3 / 4, 3 / 4])
    factor = np.exp(1.959963984540054 * np.sqrt(1 / 4) / (1 / 2))
    same([curve.lower[0], curve.upper[0]], [1 / 2 / factor, 1 / 2 * factor])
    assert nelson_aalen([1], [1], conf="plain").lower[0] == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stop": [1, np.nan, 3]}, r"stop\[1\] is not finite"),
        ({"stop": [1, np.inf, 3]}, r"stop\[1\] is not finite"),
        ({"stop": [1, 2, -3]}, r"stop\[2\] is negative"),
        ({"event": [0, 2, 1]}, r"event\[1\] is not 0 or 1"),
        ({"event": [0, 1]}, "event has 2 rows, expected 3"),
        ({"start": [0, 2, 0]}, r"stop\[1\] is not after start"),
        ({"start": [0, -1, 0]}, r"start\[1\] is negative"),
        ({"weights": [1, 1, 0]}, r"weights\[2\] is not positive"),
        ({"id": [1, 1, 2], "start": [0, 0, 0]}, r"start\[1\] overlaps"),
        ({"id": [1, 1, 2], "start": [0, 1, 0]}, r"id\[0\] has an event and a later row"),
        ({"conf": "arcsine"}, "conf must be one of log-log, log, plain"),
    ],
)
def test_illegal_arguments_are_named(changes, message):
    arguments = {"stop": [1.0, 2.0, 3.0], "event": [1, 0, 1], **changes}
    with pytest.raises(ValueError, match=message):
        kaplan_meier(arguments.pop("stop"), arguments.pop("event"), **arguments)
