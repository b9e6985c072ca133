"""Cluster bootstrap: known distributions, reproducible draws, the one step against the refit."""

from functools import partial
from itertools import product

import numpy as np
import pytest

from analysis.survival.bootstrap import (
    cluster_bootstrap,
    draw,
    one_step,
    resampled_rows,
    sum_by_cluster,
)
from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.residuals import dfbeta

events = np.array([3.0, 0, 2, 5, 1, 4, 2])
years = np.array([10.0, 4, 9, 12, 6, 8, 7])


def rate(weights):
    return np.array([weights @ events / (weights @ years)])


def test_standard_error_of_a_mean_is_its_closed_form():
    """Var of a resampled mean is Σ(x − x̄)²/n²: 2,000 draws know it to 1.6 % (3.9 of them 6.2 %)."""
    ours = cluster_bootstrap(
        lambda w: np.array([w @ events / w.sum()]), 7, replicates=2000, seed=1, name="mean"
    )
    assert ours.std_error[0] == pytest.approx(events.std() / np.sqrt(7), rel=0.062)
    assert ours.status == "ok"


def test_quantiles_of_three_clusters_are_those_of_all_27_samples():
    x = np.array([0.0, 1.0, 5.0])
    every = np.array([np.mean(sample) for sample in product(x, repeat=3)])
    ours = cluster_bootstrap(
        lambda w: np.array([w @ x / 3]), 3, replicates=3000, seed=2, name="three", level=0.8
    )
    share = (np.abs(ours.replicates - every).min(axis=1) < 1e-12).mean()
    assert share == 1
    for value in np.unique(every):
        expected = (every <= value + 1e-12).mean()
        seen = (ours.replicates <= value + 1e-12).mean()
        assert abs(seen - expected) <= 3.9 * np.sqrt(expected * (1 - expected) / 3000) + 1e-12


def test_draws_depend_on_seed_name_and_number_only():
    run = partial(cluster_bootstrap, rate, 7, seed=5, name="rate")
    short, long = run(replicates=20), run(replicates=50)
    assert (long.replicates[:20] == short.replicates).all()
    other = cluster_bootstrap(rate, 7, replicates=20, seed=5, name="another")
    assert (other.replicates != short.replicates).any()
    assert draw(7, 5, "rate", 3).tolist() == draw(7, 5, "rate", 3).tolist()
    assert draw(7, 5, "rate", 3).sum() == 7


def test_basic_interval_mirrors_the_percentiles():
    run = partial(cluster_bootstrap, rate, 7, replicates=200, seed=3, name="mirror")
    percentile, basic, normal = (run(interval=i) for i in ("percentile", "basic", "normal"))
    np.testing.assert_allclose(basic.lower, 2 * basic.observed - percentile.upper)
    np.testing.assert_allclose(normal.lower + normal.upper, 2 * normal.observed)


def test_rows_of_a_cluster_drawn_twice_appear_twice_under_two_names():
    rows, copy = resampled_rows(["b", "a", "b", "c"], [1, 2, 0])
    assert rows.tolist() == [1, 0, 2, 0, 2]
    assert copy.tolist() == [0, 1, 1, 2, 2]


def test_one_step_with_information_by_cluster_is_newtons_step_for_a_rate():
    """log rate b of Poisson counts: U_c = d_c − e^b y_c, I_c = e^b y_c."""
    b = np.log(events.sum() / years.sum())
    expected = np.exp(b) * years
    step = one_step([b], (events - expected)[:, None], expected[:, None, None])
    w = np.array([2.0, 0, 1, 1, 3, 0, 0])
    assert step(w)[0] == pytest.approx(b + w @ (events - expected) / (w @ expected))
    assert step(np.ones(7))[0] == pytest.approx(b)
    assert step(w)[0] == pytest.approx(np.log(rate(w)[0]), abs=0.02)
    assert np.isnan(step(np.zeros(7))).all()


def clustered_follow_up():
    """80 centres of 6 people with late entry, centre effects and tied whole days."""
    rng = np.random.default_rng(20240507)
    centre = np.repeat(np.arange(80), 6)
    X = np.column_stack([rng.normal(size=480), rng.integers(0, 2, 480)])
    frailty = np.exp(rng.normal(0, 0.5, 80))[centre]
    start = rng.integers(0, 20, 480)
    onset = start + np.ceil(rng.exponential(60 / frailty / np.exp(X @ [0.5, -0.4])))
    end = start + rng.integers(20, 120, 480)
    event = (onset <= end).astype(int)
    return X, np.minimum(onset, end), event, start, centre


def test_one_step_follows_the_full_refit_of_a_cox_model():
    X, stop, event, start, centre = clustered_follow_up()
    fit = cox(X, stop, event, start=start, cluster=centre)
    assert fit.status == "ok"
    influence = sum_by_cluster(dfbeta(fit), centre)
    step = one_step(fit.coefficients, influence, np.eye(2))

    def refit(weights):
        rows, _ = resampled_rows(centre, weights)
        again = cox(X[rows], stop[rows], event[rows], start=start[rows])
        return np.full(2, np.nan) if again.coefficients is None else again.coefficients

    run = partial(cluster_bootstrap, n_clusters=80, replicates=200, seed=9, name="centres")
    quick, full = run(step), run(refit)
    np.testing.assert_allclose(full.observed, fit.coefficients, atol=1e-9)
    for j in range(2):
        assert np.corrcoef(quick.replicates[:, j], full.replicates[:, j])[0, 1] > 0.97
    np.testing.assert_allclose(quick.std_error, full.std_error, rtol=0.12)
    # The linear step repeats the sandwich: 200 draws know a standard error to 5 %.
    np.testing.assert_allclose(quick.std_error, fit.robust_std_error, rtol=3.9 * 0.05)


def test_replicates_without_an_estimate_are_counted():
    def sometimes(weights):
        return rate(weights) if weights[0] < 4 else np.array([np.nan])

    flagged = cluster_bootstrap(sometimes, 7, replicates=400, seed=1, name="gaps")
    assert flagged.status == "flagged"
    assert flagged.n_failed == 400 - len(flagged.replicates) > 0
    never = cluster_bootstrap(
        lambda w: rate(w) if (w == 1).all() else np.array([np.nan]),
        7,
        replicates=20,
        seed=1,
        name="gaps",
    )
    assert never.status == "not_estimable"
    assert "20 of 20" in never.reason
    alone = cluster_bootstrap(lambda w: w, 1, replicates=5, seed=1, name="alone")
    assert "one cluster" in alone.reason
    empty = cluster_bootstrap(lambda w: w[:1] * np.nan, 4, replicates=5, seed=1, name="none")
    assert "no estimate" in empty.reason


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cluster_bootstrap(rate, 0, replicates=9, seed=1, name="x"), "n_clusters"),
        (lambda: cluster_bootstrap(rate, 7, replicates=1, seed=1, name="x"), "replicates"),
        (
            lambda: cluster_bootstrap(rate, 7, replicates=9, seed=1, name="x", interval="bca"),
            "interval must be one of",
        ),
        (lambda: cluster_bootstrap(rate, 7, replicates=9, seed=1, name="x", level=0), "level"),
        (
            lambda: cluster_bootstrap(lambda w: w[w > 0], 7, replicates=9, seed=1, name="x"),
            "statistic has shape",
        ),
        (lambda: resampled_rows([0, 1], [1, 0.5]), r"weights\[1\]"),
        (lambda: resampled_rows([0, 1], [1]), "weights has 1 rows"),
        (lambda: one_step([1.0], [[1.0, 2]], [[1.0]]), "scores has 2 columns"),
        (lambda: one_step([1.0], [[1.0]], np.ones((2, 1))), "information has shape"),
        (lambda: sum_by_cluster([[1.0], [np.nan]], [0, 1]), r"values\[1\]"),
    ],
)
def test_illegal_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
