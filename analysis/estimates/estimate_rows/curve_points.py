"""A curve of the survival library read at some days, as rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.survival.curves.curve import Curve
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


def grid(cohort: Cohort, since: float = 0.0) -> NDArray[np.float64]:
    """Days at which curves are read, ``since`` the first: even steps and the horizons."""
    horizons = cohort.study.horizons
    end = horizons.curve_end_years * DAYS_A_YEAR
    steps = np.arange(0.0, end + 1e-9, horizons.curve_step_days)
    days = np.concatenate([[since], steps, np.array(horizons.years) * DAYS_A_YEAR])
    return np.unique(days[days >= since])


def curve_rows(
    template: Estimate, curve: Curve, times: NDArray[np.float64], column: int | None = None
) -> list[Estimate]:
    """A curve read at ``times``: estimate, interval, people with the event by then, at risk."""
    if curve.status == "not_estimable":
        return [replace(template, status="not_estimable", reason=curve.reason)]
    at = curve.at(times)
    step = np.searchsorted(curve.times, times, side="right")
    pick = (lambda a: a) if column is None else (lambda a: a[:, column])
    events = np.append(0.0, np.cumsum(pick(curve.n_event)))[step]
    flagged = curve.status == "risk_set_emptied"
    last = curve.times[-1] if len(curve.times) else 0.0
    return [
        replace(
            template,
            time=float(time),
            estimate=float(value),
            lower=_number(low),
            upper=_number(high),
            std_error=_number(error),
            numerator=float(n_events),
            denominator=float(n_risk),
            unit="probability",
            status="flagged" if flagged else "ok",
            reason=curve.reason if flagged else template.reason,
        )
        for time, value, low, high, error, n_events, n_risk in zip(
            times,
            pick(at.estimate),
            pick(at.lower),
            pick(at.upper),
            pick(at.std_error),
            events,
            at.n_risk,
            strict=True,
        )
        if time <= last or n_risk > 0
    ]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
