"""Models under another's convention, written out: slow, small, only to verify an explanation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.survival.cox_regression.model import cox
from benchmarks.agreement.data_sets import Job

Answer = dict[str, np.ndarray]


def censoring_before(table: pd.DataFrame, at: np.ndarray) -> np.ndarray:
    """``G(t-)``, where who has an event at the time of a censoring is at risk of that censoring."""
    stop, censored = table["stop"].to_numpy(), table["event"].to_numpy() == 0
    times = np.unique(stop[censored])
    left = [1 - (censored & (stop == t)).sum() / (stop >= t).sum() for t in times]
    curve = np.append(1.0, np.cumprod(left))
    return curve[np.searchsorted(times, at, side="left")]


def fine_gray_as_crr(job: Job, table: pd.DataFrame) -> Answer:
    """Rows expanded, one for each later event time of a person with a competing event."""
    event_times = np.unique(table.loc[table["event"] == 1, "stop"])
    rows = []
    for person, (stop, cause) in enumerate(zip(table["stop"], table["event"], strict=True)):
        rows.append((person, 0.0, stop, int(cause == 1), 1.0))
        if cause <= 1:
            continue
        later = event_times[event_times > stop]
        weight = censoring_before(table, later) / censoring_before(table, np.array([stop]))
        before = np.append(stop, later)[:-1]
        rows += [
            (person, *row, 0.0, w) for *row, w in zip(before, later, weight, strict=True) if w > 0
        ]
    person, start, stop, event, weights = (np.array(c) for c in zip(*rows, strict=True))
    fit = cox(
        table[list(job.covariates)].to_numpy()[person],
        stop,
        event,
        start=start,
        weights=weights,
        cluster=person,
        ties="breslow",
    )
    return {
        "coefficients": fit.coefficients,
        "naive": np.sqrt(np.diag(fit.covariance)),
        "robust": fit.robust_std_error,
    }


def tsiatis(table: pd.DataFrame, asked: tuple[float, ...]) -> np.ndarray:
    """``sqrt(sum d / n^2)``: the standard error of the cumulative hazard, with weights counted."""
    w, stop, start = (table[c].to_numpy(dtype=float) for c in ("weight", "stop", "start"))
    times = np.unique(stop[table["event"] == 1])
    n = np.array([w[(start < t) & (stop >= t)].sum() for t in times])
    d = np.array([w[(table["event"] == 1) & (stop == t)].sum() for t in times])
    steps = np.append(0.0, np.sqrt(np.cumsum(d / n**2)))
    return steps[np.searchsorted(times, asked, side="right")]


def outside_every_risk_set(table: pd.DataFrame) -> bool:
    """Is there a row during which nobody has an event?"""
    times = np.unique(table.loc[table["event"] == 1, "stop"])
    first = np.searchsorted(times, table["start"], side="right")
    last = np.searchsorted(times, table["stop"], side="right")
    return bool((first == last).any())


def sandwich_without_entry(job: Job, table: pd.DataFrame) -> np.ndarray:
    """Robust errors whose score residuals take everyone for at risk from 0; no two times equal."""
    rows = table.sort_values("stop", kind="stable")
    X, event = rows[list(job.covariates)].to_numpy(), rows["event"].to_numpy()
    fit = cox(X, rows["stop"], event, start=rows["start"])
    r = np.exp((X - X.mean(axis=0)) @ fit.coefficients)
    S0 = np.cumsum(r[::-1])[::-1]
    mean = np.cumsum((r[:, None] * X)[::-1], axis=0)[::-1] / S0[:, None]
    hazard = event / S0
    drift = np.cumsum(hazard)[:, None] * X - np.cumsum(hazard[:, None] * mean, axis=0)
    residuals = event[:, None] * (X - mean) - r[:, None] * drift
    scores = pd.DataFrame(residuals).groupby(rows["cluster"].to_numpy(), sort=True).sum()
    influence = scores.to_numpy() @ fit.covariance
    return np.sqrt((influence**2).sum(axis=0))
