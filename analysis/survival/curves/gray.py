"""Gray's test of equal cumulative incidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, Ints, follow_up, labels, states
from ..numerics.ranking import distinct, number_until
from .logrank import RankTest, rank_test
from .product_limit import product_limit

LATE_ENTRY = (
    "with late entry the number at risk no longer estimates n S(t) C(t), which the weights of "
    "Gray's test rest on; compare subdistribution hazards by a Fine-Gray model instead"
)


def gray(
    stop: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    *,
    start: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cause_of_interest: int = 1,
) -> RankTest:
    """Are the cumulative incidences of ``cause_of_interest`` equal in all groups, within strata?

    One row a person. With ``h_g = n_g / S_g(t−)`` and ``R_g = h_g (1 − F_g(t−))`` the score of
    group g is ``Σ d_1g − d_1 R_g / R``; its variance is the martingale form of the source, with
    factors for ties. Any ``start`` above 0: status ``not_available``, and why.

    Gray (1988), with ρ = 0, as in ``cmprsk::cuminc``.
    """
    stop_, start_ = follow_up(stop, start)
    rows = len(stop_)
    cause_ = states("cause", cause, rows)
    codes, stratum = labels("group", group, rows), labels("strata", strata, rows)
    assert codes is not None
    names = np.unique(np.asarray(group))
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    covariance = np.zeros((len(names), len(names)))
    if start_ is not None and start_.any():
        blank = np.full(len(names), np.nan)
        return RankTest(
            names, blank, blank, covariance * np.nan, np.nan, 0, np.nan, "not_available", LATE_ENTRY
        )
    kind = np.where(cause_ == cause_of_interest, 1, np.where(cause_ > 0, 2, 0))
    parts = [slice(None)] if stratum is None else [stratum == s for s in np.unique(stratum)]
    for part in parts:
        history = _Histories.of(stop_[part], kind[part], codes[part], len(names))
        o, e, v = _moments(history)
        observed, expected, covariance = observed + o, expected + e, covariance + v
    return rank_test(names, observed, expected, covariance)


@dataclass(frozen=True)
class _Histories:
    """Event times × groups: at risk, events of interest, other events, S before and after, F−."""

    n: Floats
    d1: Floats
    d2: Floats
    s_before: Floats
    s_after: Floats
    f_before: Floats

    @classmethod
    def of(cls, stop: Floats, kind: Ints, group: Ints, n_groups: int) -> _Histories:
        times = distinct(stop[kind > 0])
        until = number_until(times, stop)

        def count(rows: np.ndarray, place: Ints) -> Floats:
            size = (len(times) + 1) * n_groups
            flat = np.bincount(place[rows] * n_groups + group[rows], minlength=size)
            return flat.reshape(-1, n_groups).astype(np.float64)

        gone = count(np.ones(len(stop), dtype=bool), until)
        n = np.cumsum(gone[::-1], axis=0)[::-1][1:]
        d1, d2 = (count(kind == k, until - 1)[:-1] for k in (1, 2))
        safe = np.where(n > 0, n, 1.0)
        after = np.column_stack(
            [product_limit(m, d) for m, d in zip(safe.T, (d1 + d2).T, strict=True)]
        )
        before = np.concatenate([np.ones((1, n_groups)), after])[:-1]
        incidence = np.cumsum(before * d1 / safe, axis=0)
        return cls(
            n, d1, d2, before, after, np.concatenate([np.zeros((1, n_groups)), incidence])[:-1]
        )


def _moments(x: _Histories) -> tuple[Floats, Floats, Floats]:
    """Observed and expected events and the covariance of their difference, in one stratum."""
    here = x.n > 0
    h = _ratio(x.n, x.s_before, here)
    total = h.sum(axis=1)
    d1 = x.d1.sum(axis=1)
    share = h * (1 - x.f_before)
    expected = d1 @ (share / share.sum(axis=1, keepdims=True))
    pooled = np.cumsum(d1 / total)
    pooled_before = np.append(0.0, pooled)[:-1]
    # a[k, i, g], and what is still to come of its integral after t_k.
    a = h[:, :, None] * (np.eye(h.shape[1]) - (h / total[:, None])[:, None, :])
    steps = a * (d1 / (total * (1 - pooled_before)))[:, None, None]
    to_come = np.cumsum(steps[::-1], axis=0)[::-1] - steps
    alive = x.s_after > 0
    turn = _ratio(np.broadcast_to((1 - pooled)[:, None], h.shape), x.s_after, alive)
    own = a + np.where(alive, 1 - turn, 1.0)[:, None, :] * to_come
    other = turn[:, None, :] * to_come
    size_own = _interest_variance(x, here, total, d1)
    ties = 1 - _ratio(x.d2 - 1, x.n - 1, x.d2 > 1)
    size_other = np.where(alive, ties * _ratio(x.s_before**2 * x.d2, x.n**2, here), 0.0)
    covariance = np.einsum("kg,kig,kjg->ij", size_own, own, own)
    covariance += np.einsum("kg,kig,kjg->ij", size_other, other, other)
    return x.d1.sum(axis=0), expected, covariance


def _interest_variance(x: _Histories, here: np.ndarray, total: Floats, d1: Floats) -> Floats:
    """Variance of a step of the cumulative incidence of interest, pooled, in each group."""
    expected = total[:, None] * x.s_before
    several = here & (d1 > 1)[:, None]
    ties = 1 - _ratio(np.broadcast_to(d1[:, None] - 1, expected.shape), expected - 1, several)
    return ties * _ratio(x.s_before * d1[:, None], total[:, None] * x.n, here)


def _ratio(above: Floats, below: Floats, where: np.ndarray) -> Floats:
    return np.divide(above, below, out=np.zeros(np.shape(below)), where=where)
