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
    """Residuals at the events, in order of stratum, time and row: ``values`` is events × p."""

    time: Floats
    stratum: Ints
    row: Ints
    values: Floats


def of_fit(fit: CoxResult) -> Fitted:
    """The inside of an estimable fit; ``ValueError`` for one that is not."""
    if fit.fitted is None:
        raise ValueError(f"fit has status {fit.status}")
    return fit.fitted


def martingale_residuals(fit: CoxResult) -> Floats:
    """Martingale residuals, ``event − exp(η) Λ̂`` over the row's own interval.

    Shapes: (n,), in the caller's order; no unit.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Therneau, Grambsch and Fleming (1990).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> martingale_residuals(fit).round(3).tolist()
    [0.825, 0.65, 0.35, -0.588, -0.062, -1.175]
    """
    kept = of_fit(fit)
    out = np.zeros(len(kept.stop))
    expected = kept.at.risk / kept.data.weight * row_hazard(kept.data, kept.at)
    out[kept.data.sets.order] = -expected
    return out + kept.event


def deviance_residuals(fit: CoxResult) -> Floats:
    """Deviance residuals, ``sign(M) sqrt(−2 (M + event log(event − M)))``, M the martingale's.

    Shapes: (n,), in the caller's order; no unit.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Therneau, Grambsch and Fleming (1990).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> deviance_residuals(fit).round(3).tolist()
    [1.355, 0.894, 0.402, -1.084, -0.061, -1.533]
    """
    M, event = martingale_residuals(fit), of_fit(fit).event
    expected = np.where(event == 1, event - M, 1.0)
    return np.sign(M) * np.sqrt(np.maximum(-2 * (M + event * np.log(expected)), 0.0))


def score_residuals(fit: CoxResult) -> Floats:
    """Score residuals of a Cox fit, not weighted; weighted they sum to the score, zero.

    Shapes: (n, p), in the caller's order.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Therneau, Grambsch and Fleming (1990).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> score_residuals(fit).ravel().round(3).tolist()
    [-0.392, 0.26, -0.145, -0.289, -0.013, 0.579]
    """
    kept = of_fit(fit)
    out = np.zeros(kept.X.shape)
    out[kept.data.sets.order] = score_rows(kept.data, kept.at)
    return out


def dfbeta(fit: CoxResult) -> Floats:
    """Change of the coefficients, about, that a row makes: ``w U V``, U its score residual.

    Shapes: (n, p), in the caller's order.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Cain and Lange (1984); Therneau and Grambsch (2000), 7.1.

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> dfbeta(fit).ravel().round(3).tolist()
    [-0.395, 0.262, -0.146, -0.291, -0.014, 0.584]
    """
    return of_fit(fit).weight[:, None] * score_residuals(fit) @ np.asarray(fit.covariance)


def schoenfeld_residuals(fit: CoxResult) -> Schoenfeld:
    """Schoenfeld residuals, ``x − mean of the risk set`` at each event (Efron's mean for ties).

    Shapes: events × p, with the time, stratum and row of each event.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Schoenfeld (1982).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> schoenfeld_residuals(fit).values.ravel().round(3).tolist()
    [-0.475, 0.424, -0.475, 0.525]
    """
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


def scaled_schoenfeld_residuals(fit: CoxResult) -> Schoenfeld:
    """Scaled Schoenfeld residuals, ``β̂ + Σw · V · Schoenfeld``: about β(t) at each event.

    Σw is the weight of the events, their number without weights: V falls as the weights grow. R's
    survival 3.5-3 takes the number always, which moves the residuals towards β̂ as they grow.

    Shapes: events × p, with the time, stratum and row of each event.
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Grambsch and Therneau (1994).

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0])
    >>> scaled_schoenfeld_residuals(fit).values.ravel().round(3).tolist()
    [-2.015, 1.61, -2.015, 2.016]
    """
    plain = schoenfeld_residuals(fit)
    weight = of_fit(fit).data.steps.total
    scaled = plain.values @ np.asarray(fit.covariance) * weight + fit.coefficients
    return Schoenfeld(plain.time, plain.stratum, plain.row, scaled)
