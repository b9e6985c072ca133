"""Cox's proportional hazards model: late entry, moving covariates, strata, weights, clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import arguments
from ..risk_set_sums.risk_sets import risk_sets
from .firth import maximise_penalised
from .held_rows import HeldRows
from .likelihood import cox_data
from .newton import maximise
from .result import CoxResult, Fitted, as_result
from .scores import sandwich

TIES = ("efron", "breslow")
PENALTIES = (None, "firth")


def cox(  # noqa: PLR0913 - one argument for each thing the data may have
    X: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    *,
    start: ArrayLike | None = None,
    id: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    ties: str = "efron",
    penalty: str | None = None,
) -> CoxResult:
    """Cox's proportional hazards model, ``λ(t | x) = λ_stratum(t) exp(xᵀβ + offset)``.

    The partial likelihood is maximised. A row is at risk on ``(start, stop]`` (from the beginning
    without ``start``), with ``event`` at ``stop``. ``id`` joins the rows of a person, which may not
    overlap; ``cluster`` (default ``id``) asks for the sandwich variance and must nest ``id``.
    ``weights`` are positive case weights. Times are equal when their numbers are: nothing is
    rounded or jittered. ``ties`` is ``efron`` or ``breslow``. Legal data without an estimate (no
    events, constant or collinear columns, monotone likelihood) are a status with a reason.

    ``penalty="firth"`` maximises ``ℓ + ½ log|I|``: finite also where the likelihood is monotone,
    which ``reason`` and ``columns`` then still name. Its ``covariance`` is the inverse information
    at the maximum; better intervals and tests come from :func:`firth_profile`.

    Shapes: ``X`` (n, p); the others (n,), times in any one unit; ``event`` 0 or 1.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Cox (1972); Efron (1977); Lin and Wei (1989); Firth (1993); Heinze and Schemper (2001);
    Therneau and Grambsch (2000).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> fit.status, fit.coefficients.round(4).tolist(), fit.std_error.round(4).tolist()
    ('ok', [-0.1008], [1.0038])
    """
    if ties not in TIES:
        raise ValueError(f"ties must be one of {', '.join(TIES)}")
    if penalty not in PENALTIES:
        raise ValueError("penalty must be None or firth")
    stop_, start_ = arguments.follow_up(stop, start)
    n = len(stop_)
    x = arguments.matrix("X", X, n)
    event_ = arguments.indicator("event", event, n)
    weight = arguments.case_weights(weights, n)
    offset_ = np.zeros(n) if offset is None else arguments.vector("offset", offset, n)
    id_ = arguments.labels("id", id, n)
    arguments.no_overlap(id_, start_, stop_)
    cluster_ = id_ if cluster is None else arguments.labels("cluster", cluster, n)
    arguments.nested("cluster", cluster_, id_)
    stratum, labels = arguments.strata("strata", strata, n)
    about: dict[str, Any] = {
        "n": n,
        "n_events": int(event_.sum()),
        "n_clusters": None if cluster_ is None else int(cluster_.max(initial=-1)) + 1,
        "ties": ties,
        "penalty": penalty,
    }
    if not event_.any():
        return CoxResult("not_estimable", "no events", (), iterations=0, **about)
    sets = risk_sets(start_, stop_, event_, stratum)
    data = cox_data(x, offset_, weight, stratum, sets, ties == "efron")
    best = maximise(HeldRows(data)) if penalty is None else maximise_penalised(data)
    if best.at is None or best.covariance is None:
        return as_result(best, about)
    kept = Fitted(
        data, best.at, x, start_, stop_, event_, stratum, labels, weight, offset_, cluster_
    )
    robust = None
    if cluster_ is not None:
        robust = sandwich(data, best.at, best.covariance, cluster_)
    return as_result(best, about, robust, kept)
