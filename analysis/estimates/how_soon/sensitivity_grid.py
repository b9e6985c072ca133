"""Sensitivity analysis: incidence of onset under each variant of the protocol.

One choice is changed at a time. Each variant has its own people, its own starting day by the rule
of :mod:`starting_time`, and is read at the protocol's horizons only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.estimates.estimate_rows.curve_points import curve_rows
from analysis.estimates.how_soon.incidence import cumulative_curve, incidence_rates
from analysis.estimates.how_soon.starting_time import at_risk_periods, flagged
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.estimates.model import NoSettings, registered
from analysis.study import Study
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


@registered("how_soon", measures=["incidence_rate", "cumulative_incidence"], always=True, order=6)
def sensitivity_grid(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Rows ``incidence_rate`` and ``cumulative_incidence`` of onset with the variant's name."""
    if not cohort.can_find_cases or cohort.study.outcome.kind == "death":
        return []
    return [
        replace(row, specification=name)
        for name, rows in cohort.variants()
        for row in _variant(cohort, name, rows)
    ]


def _variant(cohort: Cohort, name: str, followed: pd.DataFrame) -> list[Estimate]:
    changed = replace(
        cohort, study=_study(cohort.study, name), tables=HeldTables({"at_risk_periods": followed})
    )
    if len(followed) == 0:
        reason = "Nobody is followed under this choice."
        empty = Estimate("how_soon", "incidence_rate", "cohort", "onset", model="poisson_exact")
        return [replace(empty, status="not_estimable", reason=reason)]
    rates = [row for row in incidence_rates(changed) if row.outcome == "onset"]
    at_risk = at_risk_periods(changed)
    caveat = at_risk.caveat(cohort.study.horizons.fewest_at_risk)
    template = Estimate(
        "how_soon",
        "cumulative_incidence",
        "cohort",
        "onset",
        model="aalen_johansen",
        people=float(at_risk.n_people),
    )
    days = np.array(cohort.study.horizons.years) * DAYS_A_YEAR
    curve = cumulative_curve(changed, at_risk)
    found = curve_rows(template, curve, days[days >= at_risk.since], 0)
    return rates + [flagged(row, caveat) for row in found]


def _study(study: Study, name: str) -> Study:
    """As far as curves need it: the protocol's entry day and who competes."""
    choice, _, value = name.partition("=")
    if choice == "entry_after":
        population = study.population.model_copy(update={"entry_after_days": int(value)})
        return study.model_copy(update={"population": population})
    if choice == "transplant":
        others = [cause for cause in study.outcome.competing if cause != "transplant"]
        competing = (*others, "transplant") if value == "competing" else tuple(others)
        outcome = study.outcome.model_copy(update={"competing": competing})
        return study.model_copy(update={"outcome": outcome})
    return study
