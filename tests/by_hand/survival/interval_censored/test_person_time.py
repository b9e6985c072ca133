"""Cells of person-time carry the likelihood of the people in them."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.interval_censored.person_time import event_free_cells, person_time_cells
from analysis.survival.interval_censored.royston_parmar import royston_parmar
from analysis.survival.interval_censored.weibull import weibull


def test_two_people_by_hand() -> None:
    # (0, 3] with the event, (1, 3] without: cells (0, 1] and (1, 3].
    made = person_time_cells([3.0, 3.0], [1, 0], start=[0.0, 1.0])
    rows = zip(made.entry, made.lower, made.upper, made.weights, strict=True)
    assert list(rows) == [(0, 1, np.inf, 1), (1, 3, np.inf, 1), (1, 3, 3, 1)]


def people(n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    start = np.where(random.random(n) < 0.5, 90.0, random.integers(91, 900, n))
    return start, start + random.integers(1, 1500, n), random.integers(0, 2, n)


@pytest.mark.parametrize(
    "model", [weibull, lambda *a, **k: royston_parmar(*a, knots=[200, 700, 1800], **k)]
)
def test_a_model_of_cells_is_the_model_of_people(model) -> None:
    start, stop, event = people()
    whole = model(stop, np.where(event == 1, stop, np.inf), entry=start)
    made = person_time_cells(stop, event, start=start)
    less = model(made.lower, made.upper, entry=made.entry, weights=made.weights)
    assert whole.status == less.status == "ok"
    np.testing.assert_allclose(less.coefficients, whole.coefficients, rtol=1e-6)
    np.testing.assert_allclose(less.log_likelihood, whole.log_likelihood, rtol=1e-10)
    np.testing.assert_allclose(less.covariance, whole.covariance, rtol=1e-4)


def test_person_time_is_conserved() -> None:
    start, stop, event = people()
    made = person_time_cells(stop, event, start=start)
    assert ((made.lower - made.entry) * made.weights).sum() == (stop - start).sum()
    assert made.weights[np.isfinite(made.upper)].sum() == event.sum()


def test_who_is_never_seen_again_says_nothing() -> None:
    made = event_free_cells([5.0, 9.0], entry=[5.0, 4.0])
    assert (made.entry.tolist(), made.lower.tolist(), made.weights.tolist()) == ([4], [9], [1])
