"""Cumulative incidence on a few patients, with fractions worked out on paper."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.product_limit import kaplan_meier


def same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def registry(seed: int, n: int = 60):
    """Late entry, ties between causes, part weights, people with touching rows and with gaps."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 6, n).astype(float)
    middle = start + rng.integers(1, 4, n)
    again = middle + rng.integers(0, 2, n)
    stop = again + rng.integers(1, 6, n)
    person = np.concatenate([np.arange(n), np.arange(n)])
    cause = np.concatenate([np.zeros(n, int), rng.integers(0, 3, n)])
    weight = np.tile(rng.uniform(0.3, 3, n), 2)
    return (
        np.concatenate([middle, stop]),
        cause,
        {"start": np.concatenate([start, again]), "id": person, "weights": weight},
    )


def test_causes_tied_at_one_time_are_simultaneous():
    curve = aalen_johansen([1, 2, 2, 3, 4], [2, 1, 2, 0, 1])
    same(curve.causes, [1, 2])
    same(curve.n_event, [[0, 1], [1, 1], [0, 0], [1, 0]])
    same(curve.estimate, [[0, 1 / 5], [1 / 5, 2 / 5], [1 / 5, 2 / 5], [3 / 5, 2 / 5]])


def test_variance_of_two_steps():
    # F1 = 1/4 + 3/4 * 1/3, F2 = 0: with one cause Greenwood's formula for 1 - F.
    curve = aalen_johansen([1, 2, 3, 3], [1, 1, 0, 0], causes=[1, 2])
    same(curve.std_error[:, 0] ** 2, [3 / 64, 1 / 16, 1 / 16])
    same(curve.std_error[:, 1], [0, 0, 0])
    # Two causes, one step: multinomial.
    pair = aalen_johansen([1, 1, 2, 2], [1, 2, 0, 0])
    same(pair.std_error[0] ** 2, [3 / 64, 3 / 64])
    # F2 = S(1) d/n after cause 1: var = (3/4)² (1/3)(2/3)/3 + (1/3)² 3/64.
    after = aalen_johansen([1, 2, 3, 3], [1, 2, 0, 0])
    same(after.std_error[1, 1] ** 2, 9 / 16 * 2 / 27 + 1 / 9 * 3 / 64)


def test_jackknife_of_one_cause_is_the_influence_written_out():
    # n = 3 from 0, one more from 1; S = 2/3 * 2/3. d log S / dw: -1/3; 1/6 - 1/3; twice 1/6 + 1/6;
    # the late entrant only 1/6.
    curve = aalen_johansen([1, 2, 3, 3], [1, 1, 0, 0], start=[0, 0, 0, 1], variance="jackknife")
    influence = np.array([-1 / 3, 1 / 6 - 1 / 3, 1 / 6 + 1 / 6, 1 / 6])
    same(curve.std_error[1, 0], 4 / 9 * np.sqrt((influence**2).sum()))


@pytest.mark.parametrize("seed", [51, 52, 53])
def test_jackknife_is_the_derivative_by_a_persons_weight(seed):
    stop, cause, rest = registry(seed)
    curve = aalen_johansen(stop, cause, variance="jackknife", **rest)
    squares = np.zeros_like(curve.estimate)
    step = 1e-5
    for person in range(60):
        side = []
        for sign in (1, -1):
            factor = np.where(rest["id"] == person, 1 + sign * step, 1.0)
            moved = {**rest, "weights": rest["weights"] * factor}
            side.append(aalen_johansen(stop, cause, **moved).estimate)
        squares += ((side[0] - side[1]) / (2 * step)) ** 2
    np.testing.assert_allclose(curve.std_error**2, squares, rtol=1e-7, atol=1e-12)


def test_jackknife_keeps_its_digits_after_a_small_early_risk_set():
    rng = np.random.default_rng(54)
    n = 200_000
    start = np.concatenate([[0, 0, 0], rng.integers(5, 300, n)]).astype(float)
    stop = np.concatenate([[2, 3, 500], start[3:] + rng.integers(1, 400, n)]).astype(float)
    cause = np.concatenate([[1, 2, 0], rng.integers(0, 3, n)])
    curve = aalen_johansen(stop, cause, start=start, variance="jackknife")
    # Straight from the definition, person by person, at the last time.
    failed = curve.n_event.sum(axis=1)
    free = np.append(1.0, 1 - curve.estimate.sum(axis=1))[:-1]
    step = free * curve.n_event[:, 0] / curve.n_risk
    final, influence = curve.estimate[-1, 0], 0.0
    first = np.searchsorted(curve.times, start, side="right")
    last = np.searchsorted(curve.times, stop, side="right") - 1
    rise = failed / (curve.n_risk * (curve.n_risk - failed).clip(1))
    to_go = final - curve.estimate[:, 0]
    gain = np.append(0.0, np.cumsum(rise * to_go - step / curve.n_risk))
    influence = gain[last + 1] - gain[first]
    own = free[last] / curve.n_risk[last] * (cause == 1)
    lost = (cause > 0) * to_go[last] / (curve.n_risk[last] - failed[last]).clip(1)
    theirs = np.sqrt(((influence + own - lost) ** 2).sum())
    np.testing.assert_allclose(curve.std_error[-1, 0], theirs, rtol=1e-9)


def test_the_incidences_and_the_event_free_add_up_to_one():
    stop, cause, rest = registry(55)
    free = kaplan_meier(stop, cause > 0, **rest)
    curve = aalen_johansen(stop, cause, **rest)
    same(curve.estimate.sum(axis=1) + free.estimate, np.ones(len(free.times)))


def test_one_cause_has_the_limits_of_the_product_limit():
    stop, cause, rest = registry(56)
    free = kaplan_meier(stop, cause > 0, **rest)
    curve = aalen_johansen(stop, np.minimum(cause, 1), **rest)
    np.testing.assert_allclose(curve.std_error[:, 0], free.std_error, rtol=1e-11)
    np.testing.assert_allclose(curve.lower[:, 0], 1 - free.upper, rtol=1e-9)


def test_relabelling_causes_moves_columns():
    stop, cause, rest = registry(57)
    curve = aalen_johansen(stop, cause, **rest)
    other = aalen_johansen(stop, np.array([0, 9, 4])[cause], **rest)
    same(other.causes, [4, 9])
    same(other.estimate, curve.estimate[:, ::-1])
    named = aalen_johansen(stop, cause, causes=[2, 3, 1], **rest)
    same(named.estimate[:, [2, 0]], curve.estimate)
    same(named.estimate[:, 1], 0)


@pytest.mark.parametrize("variance", ["greenwood", "jackknife"])
def test_splitting_rows_and_their_order_do_not_matter(variance):
    stop, cause, rest = registry(58)
    curve = aalen_johansen(stop, cause, variance=variance, **rest)
    cut = rest["start"] + 0.5
    turn = np.random.default_rng(58).permutation(2 * len(stop))
    split = aalen_johansen(
        np.concatenate([cut, stop])[turn],
        np.concatenate([np.zeros_like(cause), cause])[turn],
        start=np.concatenate([rest["start"], cut])[turn],
        id=np.tile(rest["id"], 2)[turn],
        weights=np.tile(rest["weights"], 2)[turn],
        variance=variance,
    )
    same(split.times, curve.times)
    for name in ("n_risk", "n_event", "n_enter", "n_censor", "estimate", "std_error"):
        ours, theirs = getattr(split, name), getattr(curve, name)
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


def test_a_weight_of_two_is_a_doubled_person_for_greenwood():
    stop, cause, rest = registry(59)
    weights = np.round(rest["weights"]) + 1
    weighted = aalen_johansen(stop, cause, **{**rest, "weights": weights})
    copies = np.repeat(np.arange(len(stop)), weights.astype(int))
    number = np.concatenate([np.arange(int(w)) for w in weights])
    doubled = aalen_johansen(
        stop[copies],
        cause[copies],
        start=rest["start"][copies],
        id=rest["id"][copies] * 100 + number,
    )
    for name in ("n_risk", "n_event", "n_enter", "n_censor", "estimate", "std_error"):
        same(getattr(weighted, name), getattr(doubled, name))


def test_no_event_has_a_status_and_named_causes_keep_their_columns():
    curve = aalen_johansen([1, 2], [0, 0], causes=[1, 2])
    assert curve.status == "no_event"
    same(curve.estimate, np.zeros((2, 2)))
    assert aalen_johansen([1, 2], [0, 0]).estimate.shape == (2, 0)
    assert aalen_johansen([], []).status == "not_estimable"


def test_read_at_any_time():
    read = aalen_johansen([1, 2, 2, 3, 4], [2, 1, 2, 0, 1]).at([0.5, 2, 10])
    same(read.estimate, [[0, 0], [1 / 5, 2 / 5], [3 / 5, 2 / 5]])
    same(read.n_risk, [5, 4, 0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cause": [0, -1, 1]}, r"cause\[1\] is not a non-negative whole number"),
        ({"cause": [0, 1, 0.5]}, r"cause\[2\] is not a non-negative whole number"),
        ({"cause": [0, 1, 10**9]}, r"cause\[2\] is above 65535"),
        ({"causes": [1]}, r"cause\[2\] is not among causes"),
        ({"causes": [1, 1]}, "causes must be distinct"),
        ({"variance": "aalen"}, "variance must be one of greenwood, jackknife"),
    ],
)
def test_illegal_arguments_are_named(changes, message):
    arguments = {"cause": [0, 1, 2], **changes}
    with pytest.raises(ValueError, match=message):
        aalen_johansen([1.0, 2.0, 3.0], arguments.pop("cause"), **arguments)
