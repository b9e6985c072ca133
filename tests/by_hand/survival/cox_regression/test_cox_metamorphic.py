"""What must not change a Cox model, and what must."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from analysis.survival.cox_regression.model import cox
from analysis.survival.numerics import chunks as lanes
from analysis.survival.risk_set_sums import risk_sets

SAME = 1e-10  # standard errors


def registry(n: int = 600, seed: int = 5) -> dict:
    """Whole days, late entry, ties, three strata, several rows of some people."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 30, n).astype(float)
    X = np.column_stack([rng.normal(size=(n, 2)), rng.integers(0, 2, n)])
    return {
        "X": X,
        "start": start,
        "stop": start + rng.integers(2, 40, n),
        "event": (rng.random(n) < 0.15 * np.exp(0.4 * X[:, 0])).astype(int),
        "strata": rng.integers(0, 3, n),
        "weights": rng.integers(1, 9, n) / 4,
        "id": np.arange(n),
    }


def assert_same_fit(first, second):
    apart = np.abs(first.coefficients - second.coefficients) / first.std_error
    assert apart.max() <= SAME
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-9)
    np.testing.assert_allclose(first.robust_covariance, second.robust_covariance, rtol=1e-8)
    np.testing.assert_allclose(first.log_likelihood, second.log_likelihood, rtol=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("penalty", [None, "firth"])
class TestNothingChanges:
    def test_with_the_order_of_rows(self, ties, penalty):
        data = registry()
        order = np.random.default_rng(1).permutation(len(data["stop"]))
        shuffled = {name: values[order] for name, values in data.items()}
        options = {"ties": ties, "penalty": penalty}
        assert_same_fit(cox(**data, **options), cox(**shuffled, **options))

    def test_with_an_interval_split_within_a_person(self, ties, penalty):
        data = registry()
        middle = np.floor((data["start"] + data["stop"]) / 2)
        late = {**data, "start": middle}
        early = {**data, "stop": middle, "event": np.zeros_like(data["event"])}
        inside = (middle > data["start"]) & (middle < data["stop"])
        split = {
            name: np.concatenate([early[name][inside], late[name][inside], values[~inside]])
            for name, values in data.items()
        }
        options = {"ties": ties, "penalty": penalty}
        assert_same_fit(cox(**data, **options), cox(**split, **options))

    def test_with_the_names_of_strata_and_people(self, ties, penalty):
        data = registry()
        renamed = {
            **data,
            "strata": np.array(["c", "a", "b"])[data["strata"]],
            "id": np.array([f"p{i:04d}" for i in data["id"][::-1]]),
        }
        options = {"ties": ties, "penalty": penalty}
        assert_same_fit(cox(**data, **options), cox(**renamed, **options))

    def test_with_a_stratum_where_nothing_happens(self, ties, penalty):
        data = registry()
        idle = {name: values[:50] for name, values in data.items()}
        idle = {**idle, "event": np.zeros(50, int), "strata": np.full(50, 9)}
        idle["id"] = idle["id"] + 10_000
        more = {name: np.concatenate([values, idle[name]]) for name, values in data.items()}
        options = {"ties": ties, "penalty": penalty}
        assert_same_fit(cox(**data, **options), cox(**more, **options))

    def test_with_the_origin_of_a_covariate_and_the_unit_of_time(self, ties, penalty):
        data = registry()
        moved = {
            **data,
            "X": data["X"] + [100.0, -7.0, 3.0],
            "start": data["start"] / 365.25,
            "stop": data["stop"] / 365.25,
        }
        options = {"ties": ties, "penalty": penalty}
        first, second = cox(**data, **options), cox(**moved, **options)
        apart = np.abs(first.coefficients - second.coefficients) / first.std_error
        assert apart.max() <= SAME


def test_strata_of_disjoint_times_are_no_strata():
    data = registry()
    del data["strata"]
    period = np.arange(len(data["stop"])) % 2
    data["start"] = data["start"] + 1000 * period
    data["stop"] = data["stop"] + 1000 * period
    assert_same_fit(cox(**data), cox(**data, strata=period))


def doubled(data: dict) -> dict:
    return {name: np.concatenate([values, values]) for name, values in data.items()}


def test_weight_two_is_a_doubled_row_for_breslow_and_not_for_efron():
    data = registry()
    del data["id"]
    data["weights"] = np.ones(len(data["stop"]))
    twice = {**data, "weights": 2 * data["weights"]}
    weighted, repeated = cox(**twice, ties="breslow"), cox(**doubled(data), ties="breslow")
    apart = np.abs(weighted.coefficients - repeated.coefficients) / weighted.std_error
    assert apart.max() <= SAME
    np.testing.assert_allclose(weighted.covariance, repeated.covariance, rtol=1e-10)
    weighted, repeated = cox(**twice), cox(**doubled(data))
    apart = np.abs(weighted.coefficients - repeated.coefficients) / weighted.std_error
    assert apart.max() > 1e-4


@pytest.mark.parametrize("penalty", [None, "firth"])
def test_the_number_of_threads_changes_no_bit(monkeypatch, penalty):
    data = registry(80_000)
    several = cox(**data, penalty=penalty)
    assert several.fitted.data.sets.n_lanes > 1
    monkeypatch.setattr(lanes, "_pool", ThreadPoolExecutor(max_workers=1))
    alone = cox(**data, penalty=penalty)
    assert np.array_equal(several.coefficients, alone.coefficients)
    assert np.array_equal(several.covariance, alone.covariance)
    assert np.array_equal(several.robust_covariance, alone.robust_covariance)
    assert several.log_likelihood == alone.log_likelihood


def fitted_in_a_child(_: int) -> np.ndarray:
    return cox(**registry(80_000)).coefficients


def test_a_forked_process_has_threads_of_its_own():
    here = cox(**registry(80_000)).coefficients
    with multiprocessing.get_context("fork").Pool(1) as pool:
        there = pool.map_async(fitted_in_a_child, [0]).get(timeout=60)[0]
    assert np.array_equal(here, there)


def million_late_entrants() -> dict:
    """Three at risk until day 100; then a million enter, with risk scores over fifteen logs."""
    rng = np.random.default_rng(11)
    n = 1_000_000
    x = np.column_stack([rng.uniform(-7.5, 7.5, n), rng.normal(size=n)])
    start = rng.integers(100, 130, n).astype(float)
    stop = start + rng.integers(1, 300, n)
    event = (rng.random(n) < 2e-6 * np.exp(x[:, 0])).astype(int)
    x[:3] = [[-7.4, 0.3], [-7.1, -0.4], [-7.3, 0.1]]
    start[:3], stop[:3], event[:3] = 0, [20, 50, 80], 1
    return {"X": x, "start": start, "stop": stop, "event": event}


def test_a_million_late_entrants_leave_the_three_early_risk_sets_exact():
    data = million_late_entrants()
    fit = cox(**data)
    assert fit.status == "ok"
    early = (np.arange(len(data["stop"])) < 3).astype(int)
    apart = cox(**data, strata=early)
    assert np.abs((fit.coefficients - apart.coefficients) / fit.std_error).max() <= SAME
    np.testing.assert_allclose(fit.covariance, apart.covariance, rtol=1e-9)
    np.testing.assert_allclose(fit.log_likelihood, apart.log_likelihood, rtol=1e-13)


def test_early_risk_sets_that_entered_minus_left_would_lose():
    data = million_late_entrants()
    inside = cox(**data).fitted.data
    risk = np.exp(inside.X[:, 0])
    total = risk_sets.row_sums(inside.sets, inside.rows, risk)
    three = np.argsort(inside.sets.order)[:3]
    expected = [risk[three].sum(), risk[three[1:]].sum(), risk[three[2]]]
    np.testing.assert_allclose(total[:3, 0], expected, rtol=1e-15)
    # the shortcut from the late end: those who leave later, less those who enter later
    n_times = len(inside.sets.times)
    leave = np.bincount(inside.sets.last, risk, n_times)[::-1].cumsum()[::-1]
    enter = np.bincount(inside.sets.first, risk, n_times + 1)[::-1].cumsum()[::-1][1:]
    assert np.max(np.abs((leave - enter)[:3] / expected - 1)) > 1e-6
