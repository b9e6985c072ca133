"""Cumulative incidence averaged over given people: g-computation from cause-specific models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, Ints, matrix, vector
from ..cox_regression.likelihood import by_time
from ..cox_regression.residuals import of_fit
from ..cox_regression.result import CoxResult
from ..cox_regression.sampled_people import SampledPeople
from .cause_specific import CauseSpecificResult, within_step
from .standardised_influence import hazard_influence

MOST = 500


@dataclass(frozen=True)
class StandardisedIncidence:
    """F at ``times`` (M,) of one cause, averaged over people: estimate and std_error (M,).

    ``of_draw`` (M,): the part of the variance that drawing people adds, 0 where nobody was drawn.
    """

    times: Floats
    estimate: Floats
    std_error: Floats
    averaged_over: int
    of_draw: Floats


def standardised_incidence(
    fit: CauseSpecificResult,
    X: ArrayLike,
    times: ArrayLike,
    cause: int,
    *,
    drawn: SampledRows | None = None,
) -> StandardisedIncidence:
    """Cumulative incidence standardised to given people, ``F̄(t) = mean_i F(t | x_i)``.

    Everybody is followed to t, each with their covariates held. Of more than 500 people, 500 stand
    for all: evenly spaced in order of their hazard of ``cause``, the middle one of each
    five-hundredth. Standard errors by the delta method as in :meth:`CauseSpecificResult.incidence`,
    derivatives averaged over the people, who are taken as given. ``drawn``: the fit is weighted,
    its rows and X are of people sampled from a cohort; the average is the cohort's and its variance
    has the sampling in it, through the influence of each person on hazards and coefficients.

    Shapes: ``X`` (people, p), covariates as in the fit; ``times`` (M,) in its unit of time.
    Errors: ``ValueError`` where the fit has no estimate or does not have the cause, or X has not
    its columns or rows.
    Source: Robins (1986); Cheng, Fine and Wei (1998) for one person.

    >>> x = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0], [0.0], [1.0]])
    >>> fit = cause_specific(x, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 1, 2, 1, 1, 0])
    >>> standardised_incidence(fit, x, [3, 5], cause=1).estimate.round(3).tolist()
    [0.116, 0.244]
    """
    at = vector("times", times)
    if fit.status != "ok":
        raise ValueError("fit has no estimate for every cause")
    if cause not in fit.causes:
        raise ValueError("cause is not one of the fit's")
    own = int(np.flatnonzero(fit.causes == cause)[0])
    parts = [_base(model) for model in fit.models]
    x = matrix("X", X)
    if not len(x) or x.shape[1] != len(parts[own].centre):
        raise ValueError("X has nobody, or not the columns of the fit")
    weights = np.ones(len(x)) if drawn is None else drawn.people.weight[drawn.first]
    if len(weights) != len(x):
        raise ValueError(f"X has {len(x)} rows, expected one a person: {len(weights)}")
    chosen, stands = _evenly(x, weights, parts[own])
    grid = np.unique(np.concatenate([part.times for part in parts]))
    upto = np.searchsorted(grid, at, side="right")
    sums = _Sums.empty(parts, len(at))
    for row in chosen:
        sums.add(row, parts, grid, upto, own)
    estimate = sums.estimate / len(chosen)
    variance = sums.variance(parts, len(chosen))
    added = np.zeros(len(at)) if drawn is None else sums.of_draw(fit, drawn, stands)
    return StandardisedIncidence(at, estimate, np.sqrt(variance + added), len(chosen), added)


@dataclass(frozen=True)
class SampledRows:
    """``person`` (rows,): which of the ``people`` drawn each row of the fit is, in their order."""

    people: SampledPeople
    person: Ints

    @property
    def first(self) -> Ints:
        """The people with a row, once each: those of X."""
        return np.unique(self.person)


@dataclass(frozen=True)
class _Base:
    """The hazard of one cause at the centre: steps, their variance, their drift with the means."""

    times: Floats
    steps: Floats
    variance: Floats
    drift: Floats
    beta: Floats
    centre: Floats
    covariance: Floats


def _base(model: CoxResult) -> _Base:
    kept = of_fit(model)
    data, at = kept.data, kept.at
    if len(kept.strata_labels) > 1:
        raise ValueError("fit has strata: whose hazard to average is not said")
    part = slice(data.sets.segment[0], data.sets.segment[1])
    shift = np.exp(-data.offset_centre[0])
    sums = by_time(data, np.column_stack([at.hazard, at.hazard**2 / data.steps.weight]))[part]
    drift = by_time(data, at.hazard[:, None] * at.mean)[part]
    robust = model.robust_covariance
    return _Base(
        times=data.sets.times[part],
        steps=shift * sums[:, 0],
        variance=shift**2 * sums[:, 1],
        drift=shift * drift,
        beta=at.beta,
        centre=data.centre[0],
        covariance=np.asarray(model.covariance if robust is None else robust),
    )


def _evenly(x: Floats, weights: Floats, base: _Base) -> tuple[Floats, Ints]:
    """At most ``MOST`` rows, the middle one of each equal weight in order of the hazard.

    And for every row, which of them stands for it.
    """
    if len(x) <= MOST and (weights == weights[0]).all():
        return x, np.arange(len(x))
    order = np.argsort((x - base.centre) @ base.beta, kind="stable")
    upto = np.cumsum(weights[order])
    middle = (np.arange(MOST) + 0.5) * upto[-1] / MOST
    stands = np.empty(len(x), dtype=np.int64)
    stands[order] = np.minimum((upto - weights[order] / 2) * MOST / upto[-1], MOST - 1)
    return x[order[np.minimum(np.searchsorted(upto, middle, side="right"), len(x) - 1)]], stands


@dataclass
class _Sums:
    """Over the people so far: F (M,), its derivatives by steps and β of each cause; F of each."""

    estimate: Floats
    by_step: list[Floats]
    by_beta: list[Floats]
    each: list[Floats]

    @classmethod
    def empty(cls, parts: list[_Base], n_times: int) -> _Sums:
        return cls(
            np.zeros(n_times),
            [np.zeros((n_times, len(part.times))) for part in parts],
            [np.zeros((n_times, len(part.beta))) for part in parts],
            [],
        )

    def add(self, x: Floats, parts: list[_Base], grid: Floats, upto: Ints, own: int) -> None:
        """One person: ``∂F(t)/∂h_ek = rise_ek + F(t_k) − F(t)`` for every step by t."""
        shifted = [x - part.centre for part in parts]
        relative = [float(np.exp(s @ p.beta)) for s, p in zip(shifted, parts, strict=True)]
        at = [np.searchsorted(grid, part.times) for part in parts]
        steps = np.zeros((len(grid), len(parts)))
        for e, part in enumerate(parts):
            steps[at[e], e] = relative[e] * part.steps
        total = steps.sum(axis=1)
        free = np.exp(-np.append(0.0, np.cumsum(total))[:-1])
        share, bend = within_step(total)
        F = np.append(0.0, np.cumsum(free * share * steps[:, own]))
        self.estimate += F[upto]
        self.each.append(F[upto])
        for e, part in enumerate(parts):
            rise = free * (share * (e == own) + bend * steps[:, own])
            a = (rise + F[1:])[at[e]]
            slope = (at[e][None, :] < upto[:, None]) * (a[None, :] - F[upto][:, None]) * relative[e]
            self.by_step[e] += slope
            self.by_beta[e] += np.outer(slope @ part.steps, shifted[e]) - slope @ part.drift

    def variance(self, parts: list[_Base], n: int) -> Floats:
        """By the delta method, the causes' models as independent."""
        variance = np.zeros(len(self.estimate))
        for part, step, beta in zip(parts, self.by_step, self.by_beta, strict=True):
            variance += (step / n) ** 2 @ part.variance
            variance += np.einsum("tp,pq,tq->t", beta / n, part.covariance, beta / n)
        return variance

    def of_draw(self, fit: CauseSpecificResult, drawn: SampledRows, stands: Ints) -> Floats:
        """Variance that drawing adds: through the models of all causes and whom F averages.

        The two are of the same people and work against each other: a draw with many at high risk
        has a lower hazard. ``stands`` says whose F is taken for each person's.
        """
        n, people = len(self.each), drawn.first
        influence = np.zeros((len(drawn.person), len(self.estimate)))
        for model, step, beta in zip(fit.models, self.by_step, self.by_beta, strict=True):
            influence += hazard_influence(model, step / n, beta / n)
        apart = np.array(self.each)[stands] - self.estimate / n
        averaged = apart / drawn.people.weight[people].sum()
        return np.diag(
            drawn.people.covariance(
                np.concatenate([influence, averaged]), np.concatenate([drawn.person, people])
            )
        )
