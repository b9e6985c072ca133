"""Every definition of a case side by side: tiers, laboratory criteria; and bodily sites."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from analysis.estimates.estimate_rows.counted_people import EXACT, Counted, proportion_row
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.study import Study
from data_schema.results import Estimate

TIERS = ("definite", "probable", "possible")
SETS = (
    ("definite",),
    ("probable",),
    ("possible",),
    ("definite", "probable"),
    ("definite", "probable", "possible"),
)
# specification -> states of the labs near the date that count; unknown is kept apart
CRITERIA = {
    "lab_off": ("pth", "any_mineral", "neither", "unknown"),
    "lab_any_mineral": ("pth", "any_mineral"),
    "lab_pth_required": ("pth",),
    "lab_unknown": ("unknown",),
}
SITES = ("large_joints", "hand", "elsewhere")


def case_definition_rows(counter: PrevalenceCounter, when: date) -> list[Estimate]:
    """Prevalence on one date under every set of tiers and every laboratory criterion.

    A case of a set is one of any of its tiers; the criterion is asked of each tier near its own
    date. ``lab_unknown``: cases about whom the criterion cannot be asked.
    """
    counted = counter.point(when)
    source_population = counter.cohort.source_population
    if counted.people == 0 or f"{TIERS[0]}_found" not in source_population:
        return []
    by_day, labs = {}, {}
    for tier in TIERS:
        by_day[tier] = (
            source_population[f"{tier}_found"].to_numpy(np.float64)[counted.rows] <= counted.day
        )
        labs[tier] = source_population[f"{tier}_labs"].to_numpy(object)[counted.rows]
    rows = []
    for name, states in CRITERIA.items():
        meets = {tier: by_day[tier] & np.isin(labs[tier], states) for tier in TIERS}
        for tiers in SETS:
            case = np.any([meets[tier] for tier in tiers], axis=0)
            if name == "lab_unknown":
                known = [by_day[t] & ~np.isin(labs[t], states) for t in tiers]
                case &= ~np.any(known, axis=0)
            template = replace(
                counted.template, model=EXACT, outcome="+".join(tiers), specification=name
            )
            rows.append(proportion_row(template, int(case.sum()), counted.people))
    return _without_holes(counter.cohort.study, rows)


def _without_holes(study: Study, rows: list[Estimate]) -> list[Estimate]:
    """A criterion that uses PTH is not asked of a time in which it was not collected."""
    says = study.not_collected("pth")
    if not says:
        return rows
    reason = f"Parathyroid hormone: {says}."
    return [row if row.specification == "lab_off" else _unanswered(row, reason) for row in rows]


def _unanswered(row: Estimate, reason: str) -> Estimate:
    empty = replace(row, estimate=None, lower=None, upper=None, numerator=None)
    return replace(empty, status="not_available", reason=reason)


def site_rows(counter: PrevalenceCounter, counted: Counted) -> list[Estimate]:
    """Of the cases in whom a site was seen, the proportion with each; one person may have
    several."""
    source_population = counter.cohort.source_population
    if "site_hand" not in source_population or not counter.cohort.can("assessments"):
        return []
    cases = counted.rows[counted.case]
    seen = np.array([source_population[f"site_{site}"].to_numpy(bool)[cases] for site in SITES])
    known = int(seen.any(axis=0).sum())
    template = replace(counted.template, measure="site", model=EXACT)
    return [
        proportion_row(replace(template, level=site), there.sum(), known)
        for site, there in zip(SITES, seen, strict=True)
    ]
