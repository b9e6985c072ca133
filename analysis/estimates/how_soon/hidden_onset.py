"""Onsets that death hides: the interval-censored illness-death model at the horizons.

A person who dies between two assessments may have had an onset that nobody saw; models of onset
alone censor it. Weibull hazards of onset, of death without it and after it (Joly et al., 2002),
other exits competing. Someone whose last negative assessment lies before entry is taken to be free
of onset at entry. In a large registry all onsets are fitted with a sample of the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.estimates.estimate_rows.incidence_rows import failed_rows, incidence_rows
from analysis.estimates.how_soon.competing_combination import Floats, Incidence
from analysis.estimates.how_soon.interval_bounds import IntervalBounds
from analysis.survival.illness_death_model.case_cohort import case_cohort
from analysis.survival.illness_death_model.incidence import onset_incidence
from analysis.survival.illness_death_model.model import AfterOnset, IllnessDeathResult
from data_schema.results import Estimate

MOST = 20_000  # people without a seen onset; of more a sample is fitted, integrals being personal
FEWEST_AFTER = 10  # deaths after a seen onset, below which death is taken to be as without it
SEED = 20_152  # named: the sample of the illness-death model
EXITS = {"death": 1, "transplant": 2, "recovery": 3}


def hidden_onset(
    template: Estimate, bounds: IntervalBounds, since: float, days: Floats
) -> list[Estimate]:
    """F(t) from the starting day, onset before any other exit."""
    chosen, share = sampled(np.isfinite(bounds.upper))
    fit = fit_illness_death(bounds, chosen, share)
    if fit.status == "not_estimable":
        return failed_rows(template, days, fit.reason)
    found = onset_incidence(fit, days, start=since)
    columns = (found.estimate, found.std_error, found.lower, found.upper)
    return incidence_rows(template, days, Incidence(*columns), _says(share))


def _says(share: float) -> str:
    """Size of the sample, a constant of the program, as a sentence."""
    if share == 1:
        return ""
    return f"Fitted on all onsets seen and {MOST:,} of the other people, sampled and weighted."


def sampled(seen: NDArray[np.bool_], most: int = MOST) -> tuple[NDArray[np.int64], float]:
    """The people to fit and the share of those without a seen onset: all, or ``most`` of them."""
    others = np.flatnonzero(~seen)
    if len(others) <= most:
        return np.arange(len(seen)), 1.0
    some = np.random.default_rng(SEED).choice(others, most, replace=False)
    return np.sort(np.concatenate([np.flatnonzero(seen), some])), most / len(others)


def fit_illness_death(
    bounds: IntervalBounds, chosen: NDArray[np.int64], share: float = 1.0
) -> IllnessDeathResult:
    """The model on the people chosen; where few die after onset, death as without it."""
    entry = np.maximum(bounds.free, bounds.entry)[chosen]
    leave = np.maximum(bounds.leave[chosen], bounds.exit[chosen])
    kept = leave > entry
    rows, entry, leave = chosen[kept], entry[kept], leave[kept]
    state = np.array([EXITS.get(reason, 0) for reason in bounds.leave_reason[rows]], dtype=int)
    seen = np.isfinite(bounds.upper[rows])
    many = int((seen & (state == EXITS["death"])).sum()) >= FEWEST_AFTER
    negative = np.minimum(np.maximum(bounds.lower[rows], entry), leave)

    def fitted(after_onset: AfterOnset) -> IllnessDeathResult:
        arrays = (negative, bounds.upper[rows], leave, state)
        return case_cohort(*arrays, entry=entry, share=share, after_onset=after_onset)

    found = fitted("proportional" if many else "same")
    return fitted("same") if many and found.status == "not_estimable" else found
