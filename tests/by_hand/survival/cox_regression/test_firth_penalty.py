"""Firth's penalty: its gradient is the derivative of log|I|, and a fit ends at the maximum."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.cox_regression.firth import maximise_free, penalised
from analysis.survival.cox_regression.firth_penalty import penalty_score
from analysis.survival.cox_regression.likelihood import evaluate, information
from analysis.survival.cox_regression.model import cox
from analysis.survival.numerics.positive_definite import collinear, invert


def people(rng: np.random.Generator, n: int = 90, p: int = 3, days: int = 12) -> dict:
    """Ties, late entry, weights and two strata; the last column is rare."""
    start = rng.integers(0, 6, n).astype(float)
    return {
        "X": np.column_stack([rng.normal(size=(n, p - 1)), rng.random(n) < 0.15]).astype(float),
        "start": start,
        "stop": start + rng.integers(1, days, n),
        "event": (rng.random(n) < 0.3).astype(int),
        "weights": rng.integers(1, 9, n) / 4,
        "strata": rng.integers(0, 2, n),
    }


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("p", [2, 4, 7])  # padded to a multiple of four or not
def test_the_gradient_is_the_derivative_of_log_determinant(ties, p):
    fit = cox(**people(np.random.default_rng(p), p=p), ties=ties)
    data, beta, h = fit.fitted.data, fit.coefficients + 0.1, 1e-5

    def log_determinant(b):
        return np.linalg.slogdet(information(data, evaluate(data, b))[0])[1]

    at = evaluate(data, beta)
    ours = penalty_score(data, at, invert(information(data, at)[0]))
    numeric = [
        (log_determinant(beta + h * e) - log_determinant(beta - h * e)) / (2 * h) for e in np.eye(p)
    ]
    np.testing.assert_allclose(ours, numeric, rtol=1e-6, atol=1e-8)


def left(point, free) -> float:
    """The decrement at a point: what Newton's next step would gain, twice."""
    slope = point.score[free]
    inverse = np.linalg.inv(np.linalg.inv(point.covariance)[np.ix_(free, free)])
    return float(slope @ inverse @ slope)


@pytest.mark.parametrize("seed", range(12))
def test_a_fit_leaves_nothing_although_its_last_gradient_is_not_taken(seed):
    fit = cox(**people(np.random.default_rng(seed), n=60), penalty="firth")
    data = fit.fitted.data
    best = penalised(data, fit.coefficients)
    assert left(best, np.ones(3, dtype=bool)) < 1e-17
    held = np.array([True, False, True])
    there = maximise_free(data, penalised(data, best.at.beta * held), held, best.covariance, 1e-10)
    assert there.at.beta[1] == 0
    assert left(there, held) < 1e-8


def test_inverse_and_collinear_columns_of_an_information_matrix():
    rng = np.random.default_rng(5)
    half = rng.normal(size=(9, 5)) * 10.0 ** np.arange(-6, 9, 3)
    info = half.T @ half
    unit = invert(info) @ info
    np.testing.assert_allclose(
        unit * half.std(axis=0)[:, None] / half.std(axis=0), np.eye(5), atol=1e-9
    )
    assert collinear(info) == ()
    twice = np.column_stack([half, half[:, 1] + half[:, 0] * 1e3, np.zeros(9)])
    assert collinear(twice.T @ twice) == (5, 6)
    assert invert(twice.T @ twice) is None
    assert invert(np.full((2, 2), np.nan)) is None
    assert invert(-np.eye(2)) is None
