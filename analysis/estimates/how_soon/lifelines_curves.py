"""Curves of a second engine, ``lifelines``, from the rows at risk.

Kaplan-Meier, cause-specific Nelson-Aalen, and from these the Aalen-Johansen:
``F_c(t) = Σ_{t_k <= t} S(t_k−) ΔΛ_c(t_k)``. ``lifelines`` counts who enters at *t* after the events
at *t*, as our intervals ``(start, stop]`` do, so rows of who left and returned go in as they are:
rows that touch leave and enter at one time.

It is imported when a curve is asked for: it takes a second. It changes how NumPy warns, and warns
itself of low numbers at risk; neither leaves this file.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Periods:
    """Rows at risk ``(start, stop]`` with the state at ``stop``, 0 for censored; each (n,)."""

    start: Floats
    stop: Floats
    state: Ints


@dataclass(frozen=True)
class PeerCurve:
    """A right-continuous step function with its counts, at K ascending ``times``.

    ``events``: so far; ``at_risk``: just before each time; ``before``: the value before the first.
    """

    times: Floats
    value: Floats
    events: Floats
    at_risk: Floats
    before: float

    def at(self, days: Floats) -> Floats:
        """Value, events so far and number at risk at ``days``: (3, days)."""
        by_now = np.searchsorted(self.times, days, side="right")
        until = np.searchsorted(self.times, days, side="left")
        return np.stack(
            [
                np.append(self.before, self.value)[by_now],
                np.append(0.0, self.events)[by_now],
                np.append(self.at_risk, 0.0)[until],
            ]
        )


def kaplan_meier_curve(periods: Periods, event: NDArray[np.bool_]) -> PeerCurve:
    """``lifelines.KaplanMeierFitter``: S(t). It stops where an early risk set empties."""
    with _quiet():
        from lifelines import KaplanMeierFitter

        fitter = KaplanMeierFitter().fit(periods.stop, event, entry=periods.start)
    return _curve(fitter.event_table, fitter.survival_function_, 1.0)


def nelson_aalen_curve(periods: Periods, event: NDArray[np.bool_]) -> PeerCurve:
    """``lifelines.NelsonAalenFitter``: Λ(t) with increments d/n, ties not spread."""
    with _quiet():
        from lifelines import NelsonAalenFitter

        fitter = NelsonAalenFitter(nelson_aalen_smoothing=False)
        fitter.fit(periods.stop, event, entry=periods.start)
    return _curve(fitter.event_table, fitter.cumulative_hazard_, 0.0)


def aalen_johansen_curve(staying: PeerCurve, hazard: PeerCurve) -> PeerCurve:
    """F of one cause from S of all causes together and its own Λ; both of the same rows."""
    before = np.append(1.0, staying.value)[:-1]
    steps = np.diff(hazard.value, prepend=0.0)
    incidence = np.cumsum(before * steps)
    return PeerCurve(hazard.times, incidence, hazard.events, hazard.at_risk, 0.0)


def weibull_hazard(periods: Periods, event: NDArray[np.bool_], days: Floats) -> Floats:
    """``lifelines.WeibullFitter``, right-censored with entry, from the crude rate: Λ at ``days``.

    From its own starting point it stops short of the maximum, after four times as long.
    """
    mean = (periods.stop - periods.start).sum() / event.sum()
    with _quiet():
        from lifelines import WeibullFitter

        fitter = WeibullFitter()
        # few days: it differentiates Λ for an interval at each
        fitter.fit(
            periods.stop,
            event,
            entry=periods.start,
            timeline=days,
            initial_point=np.array([mean, 1.0]),
        )
    return (days / fitter.lambda_) ** fitter.rho_


def _curve(counts: pd.DataFrame, fitted: pd.DataFrame, before: float) -> PeerCurve:
    """Who enters at a time is not at risk at it; none fails at the first, where all are new."""
    return PeerCurve(
        times=counts.index.to_numpy(dtype=np.float64),
        value=fitted.iloc[:, 0].to_numpy(dtype=np.float64),
        events=counts["observed"].to_numpy(dtype=np.float64).cumsum(),
        at_risk=(counts["at_risk"] - counts["entrance"]).to_numpy(dtype=np.float64),
        before=before,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate():
        warnings.simplefilter("ignore")
        yield
