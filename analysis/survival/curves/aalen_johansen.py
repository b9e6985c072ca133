"""Cumulative incidence of competing causes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats, Ints, case_weights, follow_up, refuse, states
from .at_risk import RiskTable, risk_table
from .confidence import incidence_interval, require_transformation
from .curve import Curve, verdict
from .curve_kernels import incidence_variance
from .influence import jackknife_variance
from .product_limit import counts, product_limit

VARIANCES = ("greenwood", "jackknife")
LARGEST = 65535  # causes are looked up in a table


def aalen_johansen(
    stop: ArrayLike,
    cause: ArrayLike,
    *,
    start: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    id: ArrayLike | None = None,
    variance: str = "greenwood",
    conf: str = "log-log",
    causes: Sequence[int] | None = None,
) -> Curve:
    """Cumulative incidence of each cause, ``F_c(t) = Σ_{t_k <= t} S(t_k−) d_ck / n_k``.

    S is the product limit over all causes together; causes tied at one time are simultaneous.
    Intervals are ``(start, stop]``; ties, weights, ``id`` and emptied risk sets as in
    ``kaplan_meier``. ``variance``: ``greenwood``, the multinomial plug-in of Andersen, Borgan, Gill
    and Keiding (1993, IV.4.1); ``jackknife``, the infinitesimal jackknife by person (the robust
    variance of R's ``survfit``). They differ under late entry. ``conf``: the interval of 1 − F, so
    that ``log-log`` is the complementary log-log interval of F.

    Shapes: ``stop, cause, start, weights, id`` (n,), times in any one unit; ``cause`` 0 for
    censored, a positive whole number otherwise. ``causes``: which to report, in order (default:
    those that occur; naming them keeps a cause without events). Results are times × causes.
    Errors: ``ValueError`` naming the argument and the first offending index, also for a cause that
    occurs and is not among ``causes``.
    Source: Aalen and Johansen (1978).

    >>> curve = aalen_johansen([1, 2, 3, 4], [1, 2, 0, 1])
    >>> curve.causes.tolist()
    [1, 2]
    >>> curve.at([2, 4]).estimate.tolist()
    [[0.25, 0.25], [0.75, 0.25]]
    """
    require_transformation(conf)
    if variance not in VARIANCES:
        raise ValueError(f"variance must be one of {', '.join(VARIANCES)}")
    stop_, start_ = follow_up(stop, start)
    cause_ = states("cause", cause, len(stop_))
    names, code = cause_codes(cause_, causes)
    weights_ = case_weights(weights, len(stop_))
    table = risk_table(stop_, start_, code, len(names), weights_, id)
    before, incidence = incidences(table)
    if variance == "jackknife":
        squares = jackknife_variance(table, code, weights_, before, incidence)
    else:
        squares = incidence_variance(table.n_risk, table.n_event, before)
    std_error = np.sqrt(squares)
    lower, upper = incidence_interval(incidence, std_error, conf)
    status, reason = verdict(len(stop_), float(table.n_event.sum()), table.emptied)
    return Curve(
        **counts(table),
        n_event=table.n_event,
        estimate=incidence,
        std_error=std_error,
        lower=lower,
        upper=upper,
        status=status,
        reason=reason,
        before=0.0,
        conf=conf,
        variance=variance,
        causes=names,
    )


def cause_codes(cause: Ints, causes: Sequence[int] | None) -> tuple[Ints, Ints]:
    """The causes reported, and each row's cause as 0 (censored), 1, 2, ... in that order."""
    refuse("cause", cause > LARGEST, f"is above {LARGEST}: number the causes from 1")
    if causes is None:
        names = np.flatnonzero(np.bincount(cause, minlength=1)[1:]) + 1
    else:
        names = np.asarray(causes, dtype=np.int64)
        legal = (names > 0) & (names <= LARGEST)
        if len(np.unique(names)) != len(names) or not legal.all():
            raise ValueError(f"causes must be distinct whole numbers from 1 to {LARGEST}")
        refuse("cause", (cause > 0) & ~np.isin(cause, names), "is not among causes")
    code = np.zeros(int(max(cause.max(initial=0), names.max(initial=0))) + 1, dtype=np.int64)
    code[names] = np.arange(1, len(names) + 1)
    return names, code[cause]


def incidences(table: RiskTable) -> tuple[Floats, Floats]:
    """``S(t_k−)`` over all causes (K) and ``F_c(t_k)`` (K × causes)."""
    survival = product_limit(table.n_risk, table.n_event.sum(axis=1))
    before = np.append(1.0, survival)[:-1]
    return before, np.cumsum((before / table.n_risk)[:, None] * table.n_event, axis=0)
