"""Residuals of a fitted Cox model, one row of data (or one event) at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats, Ints
from .likelihood import row_hazard
from .result import CoxResult, Fitted
from .scores import mean_at_event, score_rows


@dataclass(frozen=True)
class Schoenfeld:
    """One entry an event, in order of stratum, time and row: ``values`` is events × p."""

    time: Floats
    stratum: Ints
    row: Ints
    values: Floats


def of_fit(fit: CoxResult) -> Fitted:
    """The inside of an estimable fit; ``ValueError`` for one that is not."""
    if fit.fitted is None:
        raise ValueError(f"fit has status {fit.status}")
    return fit.fitted


def martingale(fit: CoxResult) -> Floats:
    """``event - exp(η) Λ̂`` over the row's own interval (n); Therneau et al. 1990."""
    kept = of_fit(fit)
    out = np.zeros(len(kept.stop))
    expected = kept.at.risk / kept.data.weight * row_hazard(kept.data, kept.at)
    out[kept.data.sets.order] = -expected
    return out + kept.event


def deviance(fit: CoxResult) -> Floats:
    """``sign(M) sqrt(-2 (M + event log(event - M)))`` (n)."""
    M, event = martingale(fit), of_fit(fit).event
    expected = np.where(event == 1, event - M, 1.0)
    return np.sign(M) * np.sqrt(np.maximum(-2 * (M + event * np.log(expected)), 0.0))


def score(fit: CoxResult) -> Floats:
    """Score residuals (n × p), not weighted; weighted they sum to the score, zero."""
    kept = of_fit(fit)
    out = np.zeros(kept.X.shape)
    out[kept.data.sets.order] = score_rows(kept.data, kept.at)
    return out


def dfbeta(fit: CoxResult) -> Floats:
    """``w U V`` (n × p): by how much the coefficients fall, about, without the row."""
    return of_fit(fit).weight[:, None] * score(fit) @ np.asarray(fit.covariance)


def schoenfeld(fit: CoxResult) -> Schoenfeld:
    """``x - mean of the risk set`` at each event (Schoenfeld 1982; Efron's mean for ties)."""
    kept = of_fit(fit)
    data, sets = kept.data, kept.data.sets
    k = sets.last[sets.event_rows]
    row = sets.order[sets.event_rows]
    in_order = np.lexsort((row, k))
    values = data.X[sets.event_rows] - mean_at_event(data, kept.at)[k]
    return Schoenfeld(
        time=sets.times[k][in_order],
        stratum=kept.stratum[row][in_order],
        row=row[in_order],
        values=values[in_order],
    )


def scaled_schoenfeld(fit: CoxResult) -> Schoenfeld:
    """``β̂ + events · V · Schoenfeld``: about β(t) at each event (Grambsch & Therneau 1994)."""
    plain = schoenfeld(fit)
    scaled = plain.values @ np.asarray(fit.covariance) * fit.n_events + fit.coefficients
    return Schoenfeld(plain.time, plain.stratum, plain.row, scaled)
