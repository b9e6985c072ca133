"""Onsets that death hides: the interval-censored illness-death model at the horizons.

A person who dies between two looks may have had an onset that nobody saw; models of onset alone
censor it. Weibull hazards of onset, of death without it and after it (Joly et al., 2002), other
exits competing. Someone whose last negative assessment lies before entry is taken to be free of
onset at entry.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.interval_bounds import IntervalBounds
from analysis.survival.illness_death import AfterOnset, IllnessDeathResult, illness_death
from analysis.survival.illness_death_incidence import onset_incidence
from data_schema.results import Estimate

Floats = NDArray[np.float64]
MOST = 20_000  # people; of more, a drawn sample is fitted, for the integrals are person by person
FEWEST_AFTER = 10  # deaths after a seen onset, below which death is taken to be as without it
SEED = 20_152  # named: the sample of the illness-death model
EXITS = {"death": 1, "transplant": 2, "recovery": 3}


def hidden_onset(
    template: Estimate, bounds: IntervalBounds, since: float, days: Floats
) -> list[Estimate]:
    """F(t) from the starting day, onset before any other exit."""
    chosen = drawn(len(bounds.free))
    fit = fit_illness_death(bounds, chosen)
    if fit.status == "not_estimable":
        reason = f"{fit.reason[:1].upper()}{fit.reason[1:]}."
        return [
            replace(template, time=float(day), status="not_estimable", reason=reason)
            for day in days
        ]
    found = onset_incidence(fit, days, start=since)
    sampled = len(chosen) < len(bounds.free)
    reason = f"Fitted on {MOST:,} people, drawn." if sampled else ""
    return [
        replace(
            template,
            time=float(day),
            estimate=float(found.estimate[i]),
            lower=float(found.lower[i]),
            upper=float(found.upper[i]),
            std_error=float(found.std_error[i]),
            status="flagged" if reason else "ok",
            reason=reason,
        )
        for i, day in enumerate(days)
    ]


def drawn(n: int) -> NDArray[np.int64]:
    """The people to fit: all, or ``MOST`` drawn without regard to what became of them."""
    if n <= MOST:
        return np.arange(n)
    return np.sort(np.random.default_rng(SEED).choice(n, MOST, replace=False))


def fit_illness_death(bounds: IntervalBounds, chosen: NDArray[np.int64]) -> IllnessDeathResult:
    """The model on some of the people; where few die after onset, death as without it."""
    entry = np.maximum(bounds.free, bounds.entry)[chosen]
    leave = np.maximum(bounds.leave[chosen], bounds.exit[chosen])
    kept = leave > entry
    rows, entry, leave = chosen[kept], entry[kept], leave[kept]
    state = np.array([EXITS.get(reason, 0) for reason in bounds.leave_reason[rows]], dtype=int)
    seen = np.isfinite(bounds.upper[rows])
    many = int((seen & (state == EXITS["death"])).sum()) >= FEWEST_AFTER
    negative = np.minimum(np.maximum(bounds.lower[rows], entry), leave)

    def fitted(after_onset: AfterOnset) -> IllnessDeathResult:
        return illness_death(
            negative,
            bounds.upper[rows],
            leave,
            state,
            entry=entry,
            after_onset=after_onset,
        )

    found = fitted("proportional" if many else "same")
    return fitted("same") if many and found.status == "not_estimable" else found
