"""A weight of two is a doubled row; units and origin of covariates and weights do not matter."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival import (
    aalen_johansen,
    coefficient_curve,
    cox,
    fine_gray,
    kaplan_meier,
    martingale_residuals,
    predicted_curve,
    proportional_hazards_test,
    scaled_schoenfeld_residuals,
)

N = 120


def rows(seed: int = 4) -> dict[str, np.ndarray]:
    """Whole days, late entry, ties, two covariates."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(size=N), rng.integers(0, 2, N)])
    start = rng.integers(0, 5, N).astype(float)
    stop = start + np.ceil(rng.exponential(20 * np.exp(-0.5 * X[:, 0])))
    cause = rng.choice(3, N, p=[0.3, 0.5, 0.2])
    return {"X": X, "start": start, "stop": stop, "cause": cause, "event": (cause == 1).astype(int)}


def doubled(weights: np.ndarray) -> np.ndarray:
    """Rows as often as their weights."""
    return np.repeat(np.arange(N), weights)


def cox_outputs(d: dict, rows_of: np.ndarray, **more) -> dict[str, np.ndarray]:
    """Everything of a Breslow fit; residuals of the first of equal rows."""
    fit = cox(d["X"], d["stop"], d["event"], start=d["start"], ties="breslow", **more)
    first = np.unique(rows_of, return_index=True)[1]
    events = scaled_schoenfeld_residuals(fit)
    once = np.unique(rows_of[events.row], return_index=True)[1]
    curve = coefficient_curve(fit, 0, transform="identity", df=3)
    test = proportional_hazards_test(fit, transform="identity")
    predicted = predicted_curve(fit, d["X"].mean(axis=0) * 0 + [0.3, 1.0])
    return {
        "coefficients": fit.coefficients,
        "covariance": fit.covariance,
        "score_test": np.array([fit.score_test.statistic]),
        "likelihood_ratio": np.array([fit.likelihood_ratio_test.statistic]),
        "martingale": martingale_residuals(fit)[first],
        "schoenfeld": events.values[once],
        "curve": curve.estimate,
        "curve_error": curve.std_error,
        "proportional_hazards": np.array([t.statistic for t in test.tests]),
        "cumulative_hazard": predicted.cumulative_hazard,
        "hazard_error": predicted.std_error,
    }


def taken(d: dict, index: np.ndarray) -> dict:
    return {name: values[index] for name, values in d.items()}


def assert_same(first: dict, second: dict, rtol: float = 1e-8) -> None:
    for name, values in first.items():
        np.testing.assert_allclose(second[name], values, rtol=rtol, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_weight_of_two_is_a_doubled_row_in_every_output_of_cox(mixed):
    d, weights = rows(), np.full(N, 2)
    if mixed:
        weights[::3] = 1
    copies = doubled(weights)
    weighted = cox_outputs(d, np.arange(N), weights=weights.astype(float))
    assert_same(cox_outputs(taken(d, copies), copies), weighted)


def test_a_weight_of_two_is_a_doubled_row_in_curves():
    d, weights = rows(), np.random.default_rng(1).integers(1, 4, N)
    more = taken(d, doubled(weights))
    for curve, what in ((kaplan_meier, "event"), (aalen_johansen, "cause")):
        one = curve(d["stop"], d[what], start=d["start"], weights=weights.astype(float))
        two = curve(more["stop"], more[what], start=more["start"])
        np.testing.assert_allclose(one.estimate, two.estimate, rtol=1e-10)
        np.testing.assert_allclose(one.std_error, two.std_error, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_coefficients_do_not_depend_on_the_unit_of_the_weights(scale):
    d, weights = rows(), np.random.default_rng(2).integers(1, 9, N) / 4
    given = {"start": d["start"], "ties": "breslow"}
    one = cox(d["X"], d["stop"], d["event"], weights=weights, **given)
    other = cox(d["X"], d["stop"], d["event"], weights=scale * weights, **given)
    np.testing.assert_allclose(other.coefficients, one.coefficients, rtol=1e-9)
    np.testing.assert_allclose(other.covariance * scale, one.covariance, rtol=1e-8)
    spread = scaled_schoenfeld_residuals(one).values, scaled_schoenfeld_residuals(other).values
    np.testing.assert_allclose(spread[1], spread[0], rtol=1e-7)


def test_unit_and_origin_of_covariates_do_not_matter():
    d = rows()
    unit, origin = np.array([10.0, 0.01]), np.array([2013.0, -70.0])
    moved = {**d, "X": origin + unit * d["X"]}
    at, times = d["X"][:5], [5.0, 20.0, 60.0]
    here, there = (fine_gray(e["X"], e["stop"], e["cause"], start=e["start"]) for e in (d, moved))
    assert here.status == there.status == "ok"
    np.testing.assert_allclose(there.coefficients * unit, here.coefficients, rtol=1e-7)
    incidence = here.incidence(at, times)
    np.testing.assert_allclose(there.incidence(origin + unit * at, times), incidence, rtol=1e-7)
    here, there = (cox(e["X"], e["stop"], e["event"], start=e["start"]) for e in (d, moved))
    np.testing.assert_allclose(there.coefficients * unit, here.coefficients, rtol=1e-7)
    first, second = predicted_curve(here, at[0]), predicted_curve(there, origin + unit * at[0])
    np.testing.assert_allclose(second.cumulative_hazard, first.cumulative_hazard, rtol=1e-7)
    np.testing.assert_allclose(second.std_error, first.std_error, rtol=1e-6)


def test_the_incidence_of_a_calendar_year_is_a_number():
    """A narrow window far from zero with a strong trend: the baseline at year 0 overflows."""
    rng = np.random.default_rng(3)
    year = rng.integers(2011, 2016, 300).astype(float)
    stop = np.ceil(rng.exponential(np.exp(-(year - 2013) * 0.9) * 200))
    cause = rng.choice([0, 1, 2], 300, p=[0.3, 0.6, 0.1])
    here, there = (fine_gray(x[:, None], stop, cause) for x in (year - 2013, year))
    at = np.array([[-2.0], [0.0], [2.0]])
    expected = here.incidence(at, [50, 400])
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(there.incidence(at + 2013, [50, 400]), expected, rtol=1e-7)


def test_offsets_too_far_apart_are_not_called_collinear():
    d = rows()
    offset = np.where(np.arange(N) % 2 == 0, 0.0, 690.0)
    fit = cox(d["X"], d["stop"], d["event"], start=d["start"], offset=offset)
    assert (fit.status, fit.reason) == ("not_estimable", "a risk-set sum is zero or infinite")
