"""Known truth recovered under interval censoring and late entry, with honest intervals.

A small grid always; a long one, to ±0.013 of coverage, at night.
"""

import numpy as np
import pytest
from scipy import stats

from analysis.survival.interval_censored.parametric_fit import parametric_curves
from analysis.survival.interval_censored.piecewise_exponential import piecewise_exponential
from analysis.survival.interval_censored.royston_parmar import royston_parmar
from analysis.survival.interval_censored.turnbull import survival_bounds, turnbull
from analysis.survival.interval_censored.weibull import weibull
from tests.simulation.interval_censored_people import LOG_RATIO, people, true_survival

AT = np.array([300.0, 800.0, 1500.0])
WIDTH = 3.9
MODELS = {
    "weibull": weibull,
    "royston_parmar": lambda *a, **k: royston_parmar(*a, knots=[60.0, 500, 1200, 2400], **k),
}
Z = stats.norm.ppf(0.975)


def covered(model, n, runs, name):
    """Share of runs whose intervals hold the log hazard ratio, and S at three times."""
    rng = np.random.default_rng([20240508, n, sum(name.encode())])
    hits, errors = [], []
    for _ in range(runs):
        seen = people(n, rng)
        fit = model(seen.lower, seen.upper, entry=seen.entry, X=seen.X)
        assert fit.status in ("ok", "flagged"), fit.reason
        off = (fit.coefficients[-1] - LOG_RATIO) / fit.std_error[-1]
        band = parametric_curves(fit, AT, [0.0]).survival
        truth = true_survival(AT)
        hits.append([abs(off) <= Z, *((band.lower <= truth) & (truth <= band.upper))])
        errors.append([fit.coefficients[-1] - LOG_RATIO, *(band.estimate - truth)])
    return np.mean(hits, axis=0), np.array(errors)


@pytest.mark.parametrize("name", MODELS)
def test_intervals_cover_and_estimates_are_centred(name):
    runs = 300
    coverage, errors = covered(MODELS[name], 400, runs, name)
    margin = WIDTH * np.sqrt(0.95 * 0.05 / runs)
    np.testing.assert_allclose(coverage, 0.95, atol=margin)
    # Bias of a maximum is of order 1/n: allowed a tenth of a standard error beside the noise.
    noise = errors.std(axis=0)
    assert (np.abs(errors.mean(axis=0)) < (WIDTH / np.sqrt(runs) + 0.1) * noise).all()


def test_ignoring_entry_would_be_seen():
    """The same runs without the conditioning on entry are far off: the test has teeth."""
    rng = np.random.default_rng(20240509)
    off = []
    for _ in range(30):
        seen = people(400, rng)
        fit = weibull(seen.lower, seen.upper, X=seen.X)
        off.append(parametric_curves(fit, AT, [0.0]).survival.estimate - true_survival(AT))
    mean, error = np.mean(off, axis=0), np.std(off, axis=0) / np.sqrt(30)
    assert (mean > WIDTH * error).all()


def test_piecewise_hazard_is_recovered():
    """Constant hazards 1, 3 and 2 per 1,000 days, cut at 200 and 600."""
    rng = np.random.default_rng(20240510)
    cuts, rates, runs, n = np.array([200.0, 600.0]), np.array([1.0, 3.0, 2.0]) / 1000, 200, 400
    steps = np.concatenate([[0], np.cumsum(np.diff([0, *cuts]) * rates[:2])])
    hits = []
    for _ in range(runs):
        total = rng.exponential(size=n)
        piece = np.searchsorted(steps, total, side="right") - 1
        onset = np.array([0, *cuts])[piece] + (total - steps[piece]) / rates[piece]
        entry = rng.integers(0, 300, n) * rng.integers(0, 2, n)
        onset, entry = onset[onset > entry], entry[onset > entry].astype(float)
        assessed = entry[:, None] + np.cumsum(rng.integers(30, 300, (len(entry), 6)), axis=1)
        assessed = np.column_stack([entry, assessed, np.full(len(entry), np.inf)])
        after = (assessed < onset[:, None]).sum(axis=1)
        rows = np.arange(len(entry))
        fit = piecewise_exponential(
            assessed[rows, after - 1], assessed[rows, after], entry=entry, cuts=cuts
        )
        assert fit.status == "ok"
        hits.append(np.abs(fit.coefficients - np.log(rates)) <= Z * fit.std_error)
    margin = WIDTH * np.sqrt(0.95 * 0.05 / runs)
    np.testing.assert_allclose(np.mean(hits, axis=0), 0.95, atol=margin)


def test_turnbull_closes_in_on_the_truth_with_late_entry():
    """Error of the distribution function falls with n, about as the cube root."""
    errors = []
    for n in (250, 2000):
        rng = np.random.default_rng([20240511, n])
        runs = []
        for _ in range(20):
            seen = people(n, rng)
            alike = seen.X[:, 0] == 0
            fit = turnbull(seen.lower[alike], seen.upper[alike], entry=seen.entry[alike])
            assert fit.status == "ok"
            runs.append(survival_bounds(fit, AT).upper - true_survival(AT))
        errors.append(np.array(runs))
    small, large = (np.sqrt((e**2).mean(axis=0)) for e in errors)
    assert (large < 0.75 * small).all()
    assert (large < 0.06).all()


@pytest.mark.nightly
@pytest.mark.parametrize("n", [200, 400, 1000])
@pytest.mark.parametrize("name", MODELS)
def test_intervals_cover_on_the_long_grid(name, n):
    runs = 4000
    coverage, _ = covered(MODELS[name], n, runs, name)
    np.testing.assert_allclose(coverage, 0.95, atol=WIDTH * np.sqrt(0.95 * 0.05 / runs))
