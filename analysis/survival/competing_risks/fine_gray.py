"""Fine and Gray's model of the subdistribution hazard, with late entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import arguments
from ..arguments import Floats, Ints
from ..cox_regression.newton import maximise
from ..numerics.ranking import number_until
from ..risk_set_sums.risk_sets import RiskSets, padded, risk_sets
from .fine_gray_likelihood import SubdistributionData
from .fine_gray_newton import SubdistributionLikelihood
from .fine_gray_variance import (
    add_weight_residuals,
    sandwich,
    score_residuals,
)
from .subdistribution_people import SubdistributionPeople, subdistribution_people
from .subdistribution_weights import (
    SubdistributionWeights,
    subdistribution_weights,
)


@dataclass(frozen=True)
class FineGrayResult:
    """A fitted subdistribution hazard, or the reason why there is none.

    ``coefficients`` are log subdistribution hazard ratios (p). ``covariance`` is the inverse
    information, right only without censoring and entry; ``robust_covariance`` the sandwich by
    person (or cluster) with the weights as known; ``estimated_weights_covariance`` that with the
    weights as estimated, the one to report. ``log_likelihood`` is (null, fitted).
    ``baseline_hazard`` is cumulative at ``times`` for covariates ``centre`` (p), their mean: for
    covariates 0, which may lie far from everybody, it may be no number.

    ``status``: ``ok``; ``not_estimable``, ``not_available`` or ``not_converged`` with a
    ``reason``, ``columns`` at fault, and ``None`` for estimates.
    """

    status: str
    reason: str
    columns: tuple[int, ...]
    n: int
    n_events: int
    n_competing: int
    iterations: int = 0
    coefficients: Floats | None = None
    covariance: Floats | None = None
    robust_covariance: Floats | None = None
    estimated_weights_covariance: Floats | None = None
    log_likelihood: tuple[float, float] | None = None
    times: Floats | None = None
    centre: Floats | None = None
    baseline_hazard: Floats | None = None

    @property
    def std_error(self) -> Floats | None:
        """With estimated weights."""
        return _roots(self.estimated_weights_covariance)

    @property
    def robust_std_error(self) -> Floats | None:
        """With the weights as known."""
        return _roots(self.robust_covariance)

    def incidence(self, X: ArrayLike, times: ArrayLike) -> Floats:
        """``1 − exp(−Λ(t) exp((x − centre)ᵀβ))``: rows of ``X`` × ``times``.

        ``ValueError`` without a fit.
        """
        if (
            self.coefficients is None
            or self.baseline_hazard is None
            or self.times is None
            or self.centre is None
        ):
            raise ValueError("incidence needs a fitted model")
        x = arguments.matrix("X", X)
        if x.shape[1] != len(self.coefficients):
            raise ValueError(f"X has {x.shape[1]} columns, expected {len(self.coefficients)}")
        step = number_until(self.times, arguments.vector("times", times))
        hazard = np.append(0.0, self.baseline_hazard)[step]
        out: Floats = -np.expm1(-np.exp((x - self.centre) @ self.coefficients)[:, None] * hazard)
        return out


def fine_gray(  # noqa: PLR0913 - one argument for each thing the data may have
    X: ArrayLike,
    stop: ArrayLike,
    cause: ArrayLike,
    *,
    start: ArrayLike | None = None,
    id: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    cause_of_interest: int = 1,
) -> FineGrayResult:
    """Fine and Gray's model of the subdistribution hazard, ``λ(t | x) = λ_0(t) exp(xᵀβ)``.

    The weighted partial likelihood of ``cause_of_interest``: whoever had another cause at T stays
    in the risk set with weight ``G(t−) H(t−) / (G(T−) H(T−))``, G the product limit of censoring
    and H that of entry, both from all rows with their case weights. Breslow's ties. Rows of an
    ``id`` must touch.

    Covariates that change within a person are ``not_available``, with the reason; so is a person
    who comes back. ``not_estimable``: no event, monotone likelihood, constant or collinear columns,
    a weight after a competing event that would divide by zero (nobody at risk before later
    entries).

    Shapes: ``X`` (n, p); ``stop, cause, start, id, weights, cluster`` (n,), ``cause`` 0 for
    censored, intervals ``(start, stop]`` in any one unit of time; coefficients (p,) are log hazard
    ratios.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Fine and Gray (1999); late entry: Zhang, Zhang and Fine (2011), Geskus (2011).

    >>> x = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0], [0.0], [1.0]])
    >>> fit = fine_gray(x, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 1, 2, 1, 1, 0])
    >>> fit.status, fit.coefficients.round(3).tolist()
    ('ok', [-1.28])
    >>> fit.incidence([[0.5]], [4]).round(3).tolist()
    [[0.207]]
    """
    persons = subdistribution_people(X, stop, cause, start, weights, id, cluster)
    event = (persons.cause == cause_of_interest).astype(np.int64)
    about: dict[str, Any] = {
        "n": len(event),
        "n_events": int(event.sum()),
        "n_competing": int((persons.cause > 0).sum() - event.sum()),
    }
    if persons.unavailable:
        return FineGrayResult("not_available", persons.unavailable, (), **about)
    if not event.any():
        return FineGrayResult("not_estimable", "no events", (), **about)
    model, shares = subdistribution_likelihood(persons, event)
    data, persons = model.data, model.persons
    if not np.isfinite(data.share).all():
        reason = "nobody was at risk before others entered: a weight would divide by zero"
        return FineGrayResult("not_estimable", reason, (), **about)
    best = maximise(model)
    if best.at is None or best.covariance is None:
        return FineGrayResult(best.status, best.reason, best.columns, **about)
    fit, bread = best.at, best.covariance
    residuals = score_residuals(data, fit)
    known = sandwich(bread, residuals, persons.cluster)
    add_weight_residuals(data, fit, shares, persons.stop, residuals)
    return FineGrayResult(
        status="ok",
        reason="",
        columns=(),
        iterations=best.iterations,
        coefficients=fit.beta,
        covariance=bread,
        robust_covariance=known,
        estimated_weights_covariance=sandwich(bread, residuals, persons.cluster),
        log_likelihood=best.log_likelihood,
        times=data.sets.times,
        centre=data.centre,
        baseline_hazard=np.cumsum(fit.hazard),
        **about,
    )


def _roots(covariance: Floats | None) -> Floats | None:
    return None if covariance is None else np.sqrt(np.diag(covariance))


def subdistribution_likelihood(
    persons: SubdistributionPeople, event: Ints
) -> tuple[SubdistributionLikelihood, SubdistributionWeights]:
    """The likelihood of one row a person, in the order of the risk sets, and its weights.

    A share of the data that is not finite is a weight that would divide by zero.
    """
    sets = risk_sets(persons.start, persons.stop, event, np.zeros_like(event))
    order = at_risk_first(sets)
    persons, event = persons.taken(order), event[order]
    shares = subdistribution_weights(
        sets.times, persons.stop, persons.start, persons.cause, persons.weights
    )
    centre = persons.weights @ persons.X / persons.weights.sum()
    data = subdistribution_data(persons, event, sets, shares, centre)
    return SubdistributionLikelihood(data, persons, event), shares


def at_risk_first(sets: RiskSets) -> Ints:
    """People in the order of the risk sets; behind them those who are in none."""
    left_out = np.ones(sets.n_rows, dtype=bool)
    left_out[sets.order] = False
    return np.concatenate([sets.order, np.flatnonzero(left_out)])


def subdistribution_data(
    persons: SubdistributionPeople,
    event: Ints,
    sets: RiskSets,
    shares: SubdistributionWeights,
    centre: Floats,
) -> SubdistributionData:
    """``persons`` and ``event`` are in the order of :func:`at_risk_first`."""
    times = sets.times
    last = number_until(times, persons.stop)
    first = np.zeros_like(last) if persons.start is None else number_until(times, persons.start)
    event_time = np.where(event == 1, last - 1, -1)
    # After the last event time nobody's weight is used.
    kept = (persons.cause > 0) & (event == 0) & (last < len(times))
    share = np.zeros(len(last))
    with np.errstate(divide="ignore"):
        share[kept] = 1 / shares.at_stop[kept]
    rows, weight = padded(persons.X, centre), persons.weights * event
    n_event = np.bincount(last, weight, minlength=len(times) + 1)[1:].astype(np.float64)
    return SubdistributionData(
        rows=rows,
        n_columns=len(centre),
        sets=sets,
        weights=persons.weights,
        first=first,
        last=last,
        event_time=event_time,
        n_event=n_event,
        gain=(weight @ rows)[1 : len(centre) + 1],
        g=shares.at_times,
        share=share,
        centre=centre,
    )
