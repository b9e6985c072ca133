"""Parametric onset times: closed forms, what must not matter, and what is refused."""

import numpy as np
import pytest
from scipy import optimize

from analysis.survival.interval_censored.mixed_censoring import onset_times
from analysis.survival.interval_censored.parametric_fit import parametric_curves
from analysis.survival.interval_censored.parametric_likelihood import mixed_likelihood
from analysis.survival.interval_censored.piecewise_exponential import (
    PiecewiseHazard,
    piecewise_exponential,
)
from analysis.survival.interval_censored.royston_parmar import royston_parmar
from analysis.survival.interval_censored.weibull import weibull

INF = np.inf
entry = np.array([0, 0, 20, 35, 0, 10, 0, 50, 5, 0, 30, 0], dtype=float)
lower = np.array([30, 12, 20, 60, 0, 44, 70, 90, 33, 8, 55, 100], dtype=float)
upper = np.array([30, 25, 41, 60, 17, 80, INF, INF, 33, 19, INF, 100], dtype=float)
X = np.array([0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0], dtype=float)[:, None]
MODELS = {
    "weibull": weibull,
    "royston_parmar": lambda *a, **k: royston_parmar(*a, knots=[10, 30, 100], **k),
    "piecewise_exponential": lambda *a, **k: piecewise_exponential(*a, cuts=[32.0], **k),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def test_rate_is_onsets_over_time_at_risk_in_each_piece():
    """Exact times 2, 5, 7 and one censored at 8, the last two seen from 3; pieces cut at 4."""
    fit = piecewise_exponential([2, 5, 7, 8], [2, 5, 7, INF], entry=[0, 0, 3, 3], cuts=[4])
    at_risk = np.array([2 + 4 + 1 + 1, 1 + 3 + 4])
    np.testing.assert_allclose(np.exp(fit.coefficients), [1, 2] / at_risk, rtol=1e-12)
    np.testing.assert_allclose(fit.std_error, [1, np.sqrt(1 / 2)], rtol=1e-9)
    log_likelihood = np.log(1 / 8) + 2 * np.log(2 / 8) - 3
    assert fit.log_likelihood == pytest.approx(log_likelihood, rel=1e-13)
    assert fit.names == ("log_hazard_(0,4]", "log_hazard_(4,inf]")


def test_one_look_after_late_entry():
    """Of 10 free at day 20, 4 had onset by day 70: rate −log(0.6) / 50, se of log by delta."""
    fit = piecewise_exponential([20] * 4 + [70] * 6, [70] * 4 + [INF] * 6, entry=[20] * 10, cuts=[])
    total = -np.log(0.6)
    assert np.exp(fit.coefficients[0]) == pytest.approx(total / 50, rel=1e-12)
    assert fit.std_error[0] == pytest.approx(np.sqrt(0.4 / 0.6 / 10) / total, rel=1e-9)
    survival = parametric_curves(fit, [50.0]).survival
    assert survival.estimate[0] == pytest.approx(0.6, rel=1e-12)
    assert survival.std_error[0] == pytest.approx(np.sqrt(0.4 * 0.6 / 10), rel=1e-9)


def test_two_looks_determine_the_weibull():
    """Of 10, 3 by day 10 and 4 more by day 40: S = 0.7 and 0.3, shape from their ratio."""
    fit = weibull([0] * 3 + [10] * 4 + [40] * 3, [10] * 3 + [40] * 4 + [INF] * 3)
    first, second = -np.log([0.7, 0.3])
    shape = np.log(second / first) / np.log(4)
    intercept = np.log(first) - shape * np.log(10)
    np.testing.assert_allclose(fit.coefficients, [intercept, shape], rtol=1e-11)
    survival = parametric_curves(fit, [10.0, 40.0]).survival
    np.testing.assert_allclose(survival.estimate, [0.7, 0.3], rtol=1e-12)
    np.testing.assert_allclose(survival.std_error, np.sqrt(0.021), rtol=1e-9)


def test_three_looks_determine_a_spline_of_one_bend():
    fit = royston_parmar(
        [0] * 2 + [10] * 3 + [30] * 3 + [90] * 2,
        [10] * 2 + [30] * 3 + [90] * 3 + [INF] * 2,
        knots=[10, 30, 90],
    )
    survival = parametric_curves(fit, [10.0, 30.0, 90.0]).survival
    np.testing.assert_allclose(survival.estimate, [0.8, 0.5, 0.2], rtol=1e-11)


@every_model
def test_score_and_information_are_derivatives_of_the_likelihood(model):
    hazard = model(lower, upper, entry=entry, X=X).hazard
    weights = np.arange(1.0, len(lower) + 1)
    onset = onset_times(lower, upper, entry=entry, weights=weights)
    likelihood = mixed_likelihood(onset, hazard, X)
    at = np.full(len(hazard.names) + 1, 0.1)
    at[0], at[1] = -4.0, -3.5 if isinstance(hazard, PiecewiseHazard) else 1.2
    here = likelihood.evaluate(at)
    slope = optimize.approx_fprime(at, lambda b: likelihood.evaluate(b).log_likelihood, 1e-7)
    np.testing.assert_allclose(here.score, slope, rtol=2e-5, atol=2e-4)
    bend = optimize.approx_fprime(at, lambda b: likelihood.evaluate(b).score, 1e-7)
    np.testing.assert_allclose(here.information, -bend, rtol=2e-5, atol=2e-3)


@every_model
def test_row_order_and_entry_at_zero_do_not_matter(model):
    fit = model(lower, upper, entry=entry, X=X)
    order = np.random.default_rng(7).permutation(len(lower))
    shuffled = model(lower[order], upper[order], entry=entry[order], X=X[order])
    np.testing.assert_allclose(shuffled.coefficients, fit.coefficients, rtol=1e-10)
    from_zero = model(lower, upper, entry=np.zeros_like(entry))
    assert (from_zero.coefficients == model(lower, upper).coefficients).all()


@every_model
def test_weight_two_is_a_doubled_row(model):
    weights = np.where(np.arange(len(lower)) < 5, 2.0, 1.0)
    rows = np.repeat(np.arange(len(lower)), weights.astype(int))
    fit = model(lower, upper, entry=entry, weights=weights)
    doubled = model(lower[rows], upper[rows], entry=entry[rows])
    np.testing.assert_allclose(doubled.coefficients, fit.coefficients, rtol=1e-10)
    np.testing.assert_allclose(doubled.covariance, fit.covariance, rtol=1e-9)


@every_model
def test_a_person_seen_in_two_parts_is_one_person(model):
    """Free of onset to day 15, then followed from there: the likelihood factors."""
    fit = model(lower, upper, entry=entry, X=X)
    cut = (entry < 6) & (lower > 6)
    parts = model(
        np.append(lower, np.full(cut.sum(), 6)),
        np.append(upper, np.full(cut.sum(), INF)),
        entry=np.append(np.where(cut, 6, entry), entry[cut]),
        X=np.vstack([X, X[cut]]),
    )
    np.testing.assert_allclose(parts.coefficients, fit.coefficients, rtol=1e-9)
    np.testing.assert_allclose(parts.covariance, fit.covariance, rtol=1e-8)


def test_years_instead_of_days_leave_the_curve_alone():
    days = royston_parmar(lower, upper, entry=entry, knots=[10, 30, 100])
    years = royston_parmar(
        lower / 365.25, upper / 365.25, entry=entry / 365.25, knots=np.array([10, 30, 100]) / 365.25
    )
    at = np.array([5.0, 40.0, 120.0])
    first, second = parametric_curves(days, at), parametric_curves(years, at / 365.25)
    np.testing.assert_allclose(first.survival.lower, second.survival.lower, rtol=1e-8)
    np.testing.assert_allclose(first.hazard.std_error * 365.25, second.hazard.std_error, rtol=1e-8)
    assert (first.extrapolated == [False, False, True]).all()


@every_model
def test_hazard_is_the_slope_of_the_cumulative_hazard(model):
    fit = model(lower, upper, entry=entry, X=X)
    at = np.array([7.0, 25.0, 31.0, 60.0, 110.0])
    step = 1e-5
    rise = parametric_curves(fit, at + step, [1.0]).cumulative_hazard.estimate
    rise = rise - parametric_curves(fit, at - step, [1.0]).cumulative_hazard.estimate
    np.testing.assert_allclose(
        parametric_curves(fit, at, [1.0]).hazard.estimate, rise / 2 / step, rtol=1e-6
    )
    band = parametric_curves(fit, at, [1.0]).survival
    assert ((band.lower < band.estimate) & (band.estimate < band.upper)).all()


def test_a_spline_that_falls_is_flagged():
    """Looks at 10, 20, 21, 90 with a leap between 20 and 21: the curve through them overshoots."""
    looks, onsets = [0.0, 10, 20, 21, 90], [8, 1, 8, 1]
    fit = royston_parmar(
        np.append(np.repeat(looks[:-1], onsets), [90] * 4),
        np.append(np.repeat(looks[1:], onsets), [INF] * 4),
        knots=[10, 20, 21, 90],
    )
    assert fit.status == "flagged"
    assert "negative" in fit.reason
    survival = parametric_curves(fit, [10.0, 20, 21, 90]).survival.estimate
    np.testing.assert_allclose(survival, np.array([14, 13, 5, 4]) / 22, rtol=1e-9)
    grid = np.linspace(1, 90, 400)
    drawn = parametric_curves(fit, grid)
    assert (np.diff(drawn.survival.estimate) > 0).any()
    assert np.isnan(drawn.hazard.estimate).any()


def test_a_hazard_negative_before_the_last_look_is_no_hazard():
    """Λ falling from 20 to 60 would pay a late entrant seen free at 60 more than certainty."""
    hazard = royston_parmar(lower, upper, knots=[10, 30, 100]).hazard
    falling = np.array([-2.0, 1.0, -3.0])
    Lambda = hazard.cumulative(np.array([20.0, 60.0]), np.zeros((2, 0))).value(falling)[0]
    assert Lambda[1] < Lambda[0]
    for first, total in ((20.0, -INF), (0.0, -Lambda[1])):
        onset = onset_times([60.0], [INF], entry=[first])
        likelihood = mixed_likelihood(onset, hazard, np.zeros((1, 0)))
        assert likelihood.evaluate(falling).log_likelihood == pytest.approx(total)


def test_no_fit_of_intervals_is_more_likely_than_certainty():
    rng = np.random.default_rng(20240512)
    fitted = 0
    for _ in range(60):
        begin = rng.integers(0, 3, 30) * rng.choice([1, 100.0], 30)
        low = begin + rng.integers(0, 6, 30) * rng.choice([1, 10, 100.0], 30)
        high = np.where(rng.uniform(size=30) < 0.4, INF, low + rng.integers(1, 9, 30))
        fit = royston_parmar(low, high, entry=begin, knots=2)
        fitted += fit.status != "not_estimable"
        assert fit.status == "not_estimable" or fit.log_likelihood <= 0
    assert fitted > 30


def test_data_without_an_estimate_are_a_status():
    censored = np.full(len(lower), INF)
    for model in MODELS.values():
        assert model(lower, censored, entry=entry).reason == "no onset was observed"
    empty_piece = piecewise_exponential(lower, upper, entry=entry, cuts=[2.0, 500.0])
    assert empty_piece.status == "not_estimable"
    assert "log_hazard_(500,inf]" in empty_piece.reason
    same_day = weibull([5, 5, 5], [5, 5, 5])
    assert same_day.status == "not_estimable"
    assert np.isnan(same_day.coefficients).all()
    separated = weibull(lower, upper, entry=entry, X=np.isfinite(upper).astype(float)[:, None])
    assert "monotone likelihood in intercept, x0" in separated.reason
    twice = weibull(lower, upper, entry=entry, X=np.column_stack([X, 2 * X]))
    assert "singular information in x0, x1" in twice.reason
    constant = weibull(lower, upper, entry=entry, X=np.ones_like(X))
    assert "singular" in constant.reason
    tied = royston_parmar([5, 5, 5, 9], [5, 5, 5, INF], knots=2)
    assert "tied" in tied.reason
    with pytest.raises(ValueError, match="no estimate"):
        parametric_curves(tied, [1.0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lower": [1.0, np.nan]}, r"lower\[1\] is not finite"),
        ({"lower": [-1.0, 2]}, r"lower\[0\] is negative"),
        ({"upper": [3.0, np.nan]}, r"upper\[1\] is not a number"),
        ({"upper": [3.0, 1.0]}, r"upper\[1\] is before lower"),
        ({"upper": [3.0]}, "upper has 1 rows, expected 2"),
        ({"upper": [[3.0], [4]]}, "upper must be one-dimensional"),
        ({"lower": [0.0, 2], "upper": [0, 2]}, r"upper\[0\] is zero"),
        ({"entry": [0.5, 2.5]}, r"entry\[1\] is after lower"),
        ({"entry": [-1.0, 0]}, r"entry\[0\] is negative"),
        ({"upper": [1.0, 2], "entry": [0, 2]}, r"entry\[1\] is not before an exact onset"),
        ({"weights": [1.0, 0]}, r"weights\[1\] is not positive"),
        ({"X": [[1.0], [np.inf]]}, r"X\[1\] is not finite"),
        ({"X": [[1.0]]}, "X has 1 rows"),
    ],
)
@every_model
def test_illegal_arguments_are_named(model, change, message):
    with pytest.raises(ValueError, match=message):
        model(**({"lower": [1.0, 2.0], "upper": [3.0, INF]} | change))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: piecewise_exponential([1], [2], cuts=[0.0]), r"cuts\[0\]"),
        (lambda: piecewise_exponential([1], [2], cuts=[3.0, 3]), r"cuts\[1\]"),
        (lambda: royston_parmar([1], [2], knots=[1.0, 2]), "knots has 2"),
        (lambda: royston_parmar([1], [2], knots=[-1.0, 2, 3]), r"knots\[0\]"),
        (lambda: royston_parmar([1], [2], knots=0), "knots must be"),
        (lambda: parametric_curves(weibull(lower, upper), [0.0]), r"times\[0\]"),
        (lambda: parametric_curves(weibull(lower, upper), [1.0], level=1), "level"),
        (lambda: parametric_curves(weibull(lower, upper), [1.0], [2.0]), "x has 1 rows"),
    ],
)
def test_illegal_knots_cuts_and_times_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
