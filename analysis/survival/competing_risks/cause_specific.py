"""Cox models of every cause as one result, and cumulative incidence predicted from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .. import arguments
from ..arguments import Floats, Ints
from ..cox_regression.likelihood import by_time
from ..cox_regression.model import cox
from ..cox_regression.residuals import of_fit
from ..cox_regression.result import CoxResult
from ..curves.aalen_johansen import cause_codes
from ..curves.confidence import incidence_interval, require_transformation


@dataclass(frozen=True)
class PredictedIncidence:
    """Cumulative incidence at ``times`` (K) by ``causes``: K × causes, with 95 % limits."""

    times: Floats
    causes: Ints
    estimate: Floats
    std_error: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class CauseSpecificResult:
    """``models`` are Cox fits in the order of ``causes``, each with its own status.

    ``status`` is ``ok`` only if every model is: a cumulative incidence needs all the hazards.
    Otherwise ``reason`` names the first cause at fault and why.
    """

    status: str
    reason: str
    causes: Ints
    models: tuple[CoxResult, ...]

    def incidence(
        self, x: ArrayLike, *, stratum: object = None, conf: str = "log-log"
    ) -> PredictedIncidence:
        """Cumulative incidences of a person with covariates ``x`` (p) that never change.

        With h_c the predicted hazard steps and ``H = Σ_c h_c``, S falls by ``exp(−H)`` and F_c
        rises by ``S(t−) (1 − exp(−H)) h_c / H``: hazards constant between event times, so that
        the incidences and S add up to 1 (as R's ``survfit`` of a multi-state ``coxph``).

        Standard errors by the delta method, the causes' models as independent: for cause e the
        variance of its hazard steps and of its coefficients, as in ``predicted_curve``, through
        ``∂F_c(t)/∂h_e = (rise at t_k) − (F_c(t) − F_c(t_k))``.

        ``ValueError`` unless ``status`` is ``ok``. Covariates that moved in the fit are allowed,
        in the prediction they are not: x is held for ever. Cheng, Fine and Wei (1998).
        """
        require_transformation(conf)
        if self.status != "ok":
            raise ValueError("incidence needs every cause to have a fitted model")
        parts = [_hazard(model, x, stratum) for model in self.models]
        times = np.unique(np.concatenate([part.times for part in parts]))
        steps = np.zeros((len(times), len(parts)))
        for c, part in enumerate(parts):
            steps[np.searchsorted(times, part.times), c] = part.steps
        rise, estimate = _incidence(steps)
        variance = np.zeros_like(estimate)
        for e, part in enumerate(parts):
            at = np.searchsorted(times, part.times)
            variance += _variance_from(part, at, rise[:, e], estimate)
        std_error = np.sqrt(np.maximum(variance, 0.0))
        lower, upper = incidence_interval(estimate, std_error, conf)
        return PredictedIncidence(times, self.causes, estimate, std_error, lower, upper)


def cause_specific(  # noqa: PLR0913 - one argument for each thing the data may have
    X: ArrayLike,
    stop: ArrayLike,
    cause: ArrayLike,
    *,
    start: ArrayLike | None = None,
    id: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    ties: str = "efron",
    penalty: str | None = None,
) -> CauseSpecificResult:
    """Cox models of every cause, ``λ_c(t | x) = λ_0c(t) exp(xᵀβ_c)``, the others as censorings.

    A cumulative incidence comes from all of them together: :meth:`CauseSpecificResult.incidence`.

    Shapes: ``X`` (n, p); ``stop, cause, start, id, strata, weights, cluster`` (n,), ``cause`` 0 for
    censored, times in any one unit; the arguments are those of ``cox``.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Prentice et al. (1978).

    >>> x = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0], [0.0], [1.0]])
    >>> fit = cause_specific(x, [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 1, 2, 1, 1, 0])
    >>> fit.status, [model.coefficients.round(3).tolist() for model in fit.models]
    ('ok', [[-1.066], [0.6]])
    """
    stop_, start_ = arguments.follow_up(stop, start)
    causes, code = cause_codes(arguments.states("cause", cause, len(stop_)), None)
    models = tuple(
        cox(
            X,
            stop_,
            (code == c + 1).astype(np.int64),
            start=start_,
            id=id,
            strata=strata,
            weights=weights,
            cluster=cluster,
            ties=ties,
            penalty=penalty,
        )
        for c in range(len(causes))
    )
    if not models:
        return CauseSpecificResult("not_estimable", "no events", causes, models)
    for name, model in zip(causes, models, strict=True):
        if model.status != "ok":
            reason = f"cause {name}: {model.reason}"
            return CauseSpecificResult(model.status, reason, causes, models)
    return CauseSpecificResult("ok", "", causes, models)


@dataclass(frozen=True)
class _Hazard:
    """Steps of a predicted hazard, their variance, and their derivative by the coefficients."""

    times: Floats
    steps: Floats
    variance: Floats
    slope: Floats
    covariance: Floats


def _hazard(model: CoxResult, x: ArrayLike, stratum: object) -> _Hazard:
    kept = of_fit(model)
    data, at = kept.data, kept.at
    values = arguments.vector("x", x, kept.X.shape[1])
    if stratum is None and len(kept.strata_labels) > 1:
        raise ValueError("stratum must be given, the models have several")
    if stratum is not None and stratum not in kept.strata_labels:
        raise ValueError("stratum is not one of the models'")
    s = 0 if stratum is None else kept.strata_labels.index(stratum)
    part = slice(data.sets.segment[s], data.sets.segment[s + 1])
    shifted = values - data.centre[s]
    relative = np.exp(shifted @ at.beta - data.offset_centre[s])
    sums = by_time(data, np.column_stack([at.hazard, at.hazard**2 / data.steps.weight]))[part]
    drift = by_time(data, at.hazard[:, None] * at.mean)[part]
    covariance = model.covariance if model.robust_covariance is None else model.robust_covariance
    return _Hazard(
        times=data.sets.times[part],
        steps=relative * sums[:, 0],
        variance=relative**2 * sums[:, 1],
        slope=relative * (sums[:, :1] * shifted - drift),
        covariance=np.asarray(covariance),
    )


def _incidence(steps: Floats) -> tuple[Floats, Floats]:
    """``∂(rise of F_c at t_k)/∂h_e`` (K × e × c) and F_c (K × c)."""
    total = steps.sum(axis=1)
    free = np.exp(-np.append(0.0, np.cumsum(total))[:-1])
    share, bend = within_step(total)
    own = np.eye(steps.shape[1])[None] * share[:, None, None]
    rise = free[:, None, None] * (own + (bend[:, None] * steps)[:, None, :])
    return rise, np.cumsum((free * share)[:, None] * steps, axis=0)


def within_step(total: Floats) -> tuple[Floats, Floats]:
    """``(1 − e^−H)/H`` and its derivative, by their series where the difference loses digits."""
    small = total < 1e-4
    wide = np.where(small, 1.0, total)
    share = np.where(small, 1 - total / 2, -np.expm1(-wide) / wide)
    bend = np.where(small, total / 3 - 0.5, (np.exp(-wide) * (wide + 1) - 1) / wide**2)
    return share, bend


def _variance_from(part: _Hazard, at: Ints, rise: Floats, incidence: Floats) -> Floats:
    """What the hazard of one cause adds to the variance of every F_c(t): K × c.

    ``(a_k − F_c(t))`` with ``a_k = rise + F_c(t_k)`` is expanded, so that sums over k are
    cumulative.
    """
    a = rise[at] + incidence[at]
    size = (len(incidence), incidence.shape[1])

    def upto(values: Floats) -> Floats:
        table = np.zeros((size[0], *values.shape[1:]))
        table[at] = values
        return np.cumsum(table, axis=0)

    v = part.variance[:, None]
    random = upto(a**2 * v) - 2 * incidence * upto(a * v) + incidence**2 * upto(v)
    bent = upto(a[:, :, None] * part.slope[:, None, :])
    bent -= incidence[:, :, None] * upto(part.slope)[:, None, :]
    out: Floats = random + np.einsum("tcp,pq,tcq->tc", bent, part.covariance, bent)
    return out
