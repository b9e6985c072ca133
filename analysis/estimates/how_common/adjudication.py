"""What an adjudicated sample says: the PPV alone, or prevalence from both sides. Only numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from analysis.estimates.how_common.misclassification import Corrected

NODES = 40


@dataclass(frozen=True, slots=True)
class Adjudicated:
    """People adjudicated by an expert, by the verdict of the case definition.

    ``positive``, ``negative``: how many of each were adjudicated; ``true_positive``,
    ``false_negative``: how many of these had the disease.
    """

    true_positive: float
    positive: float
    false_negative: float = 0.0
    negative: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.true_positive <= self.positive:
            raise ValueError("true_positive must be between 0 and positive")
        if not 0 <= self.false_negative <= self.negative:
            raise ValueError("false_negative must be between 0 and negative")


@dataclass(frozen=True, slots=True)
class BeggGreenes:
    """Corrected prevalence and error rates; ``None`` where their denominator is 0."""

    prevalence: Corrected
    sensitivity: float | None
    specificity: float | None


def ppv_corrected(
    cases: float, people: float, true_positive: float, positive: float, level: float = 0.95
) -> Corrected:
    """Proportion of people who are recorded *and* truly cases, ``q · PPV``.

    Adjudicating positives alone says nothing of cases missed, so this is at most the prevalence.
    Limits: the product of Beta(x + ½, n − x + ½) and Beta(tp + ½, fp + ½), by quadrature.
    ``not_identified`` without adjudicated people.
    """
    if not 0 <= cases <= people or not people > 0:
        raise ValueError("cases must be between 0 and people, and people above 0")
    if positive <= 0:
        return Corrected("not_identified", method="ppv")
    seen = Adjudicated(true_positive, positive)
    q, w_q = _beta_nodes(cases, people)
    ppv, w_ppv = _beta_nodes(seen.true_positive, seen.positive)
    product = (q[:, None] * ppv[None, :]).ravel()
    weight = (w_q[:, None] * w_ppv[None, :]).ravel()
    low, high = _limits(product, weight, level)
    point = cases / people * true_positive / positive
    return Corrected("ok", point, low, high, point, "ppv")


def begg_greenes(
    cases: float, people: float, seen: Adjudicated, level: float = 0.95
) -> BeggGreenes:
    """Prevalence, Se and Sp when only some of the recorded and unrecorded were adjudicated.

    ``p = q · PPV + (1 − q)(1 − NPV)``, ``Se = q PPV / p``, ``Sp = (1 − q) NPV / (1 − p)``: right
    when who is adjudicated depends on the recorded verdict alone (Begg & Greenes, 1983). Limits of
    p: the three proportions as Beta(½ + …), by quadrature. With one side not adjudicated:
    ``not_identified``.
    """
    if not 0 <= cases <= people or not people > 0:
        raise ValueError("cases must be between 0 and people, and people above 0")
    if seen.positive <= 0 or seen.negative <= 0:
        return BeggGreenes(Corrected("not_identified", method="begg_greenes"), None, None)
    q = cases / people
    ppv, missed = seen.true_positive / seen.positive, seen.false_negative / seen.negative
    p = q * ppv + (1 - q) * missed
    nodes = [
        _beta_nodes(cases, people),
        _beta_nodes(seen.true_positive, seen.positive),
        _beta_nodes(seen.false_negative, seen.negative),
    ]
    a, b, c = (values for values, _ in nodes)
    found = a[:, None, None] * b[None, :, None] + (1 - a[:, None, None]) * c[None, None, :]
    weights = [weight for _, weight in nodes]
    weight = weights[0][:, None, None] * weights[1][None, :, None] * weights[2][None, None, :]
    low, high = _limits(found.ravel(), weight.ravel(), level)
    return BeggGreenes(
        Corrected("ok", p, low, high, p, "begg_greenes"),
        q * ppv / p if p > 0 else None,
        (1 - q) * (1 - missed) / (1 - p) if p < 1 else None,
    )


def _beta_nodes(right: float, of: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of Beta(right + ½, of − right + ½) and their Gauss–Legendre weights."""
    at, weight = np.polynomial.legendre.leggauss(NODES)
    return betaincinv(right + 0.5, of - right + 0.5, (at + 1) / 2), weight / 2


def _limits(
    values: NDArray[np.float64], weight: NDArray[np.float64], level: float
) -> tuple[float, float]:
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order]) - weight[order] / 2
    tail = (1 - level) / 2
    low, high = np.interp([tail, 1 - tail], below, values[order])
    return float(low), float(high) if math.isfinite(high) else 1.0
