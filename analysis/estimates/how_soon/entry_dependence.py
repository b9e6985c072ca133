"""Whether those who enter late differ: the assumption that late entry leans on.

Conditional Kendall's tau of entry and onset (Tsai, 1990; Martin and Betensky, 2005), and Cox's
model of onset with the time of entry as covariate. Under quasi-independence both are zero.
Each person's first period counts: a return is no entry of a new person.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.estimates.how_soon.starting_time import AtRiskPeriods, at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from analysis.estimates.who.risk_factors import ratio_row
from analysis.survival.cox_regression.model import cox
from analysis.survival.curves.quasi_independence import conditional_kendall
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

ONSET = 1
Z = 1.959963984540054


@registered(
    "how_soon",
    measures=["entry_tau", "entry_hazard_ratio"],
    always=True,
    order=5,
    exempt={"late_entry": "is about the day of entry itself"},
)
def entry_dependence(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """Tau and the hazard ratio per year of later entry, where anybody enters late."""
    asked = cohort.study.outcome.kind == "calcinosis" and cohort.can_find_cases
    if not asked or len(cohort.people) == 0:
        return []
    at_risk = at_risk_periods(cohort)
    if not at_risk.any_late:
        return []
    first = at_risk.where(at_risk.first)
    return [_tau(first), _ratio(first)]


def _template(at_risk: AtRiskPeriods) -> Estimate:
    onsets, people = float((at_risk.state == ONSET).sum()), float(len(at_risk.person))
    return Estimate(
        "how_soon",
        "entry_tau",
        "cohort",
        "onset",
        numerator=onsets,
        denominator=people,
        events=onsets,
        people=people,
    )


def _tau(at_risk: AtRiskPeriods) -> Estimate:
    """The interval is that of no dependence, laid around tau."""
    row = replace(_template(at_risk), model="conditional_kendall")
    found = conditional_kendall(at_risk.start, at_risk.stop, at_risk.state == ONSET)
    if found.status != "ok":
        return replace(row, status="not_estimable", reason=f"{found.reason.capitalize()}.")
    return replace(
        row,
        estimate=found.tau,
        lower=max(found.tau - Z * found.std_error, -1.0),
        upper=min(found.tau + Z * found.std_error, 1.0),
        std_error=found.std_error,
        p_value=found.p_value,
    )


def _ratio(at_risk: AtRiskPeriods) -> Estimate:
    row = replace(
        _template(at_risk),
        measure="entry_hazard_ratio",
        model="cox",
        term="entry_years",
        unit="ratio",
        person_years=float((at_risk.stop - at_risk.start).sum()) / DAYS_A_YEAR,
    )
    years = (at_risk.start - at_risk.start.mean()) / DAYS_A_YEAR
    event = (at_risk.state == ONSET).astype(np.int64)
    fitted = cox(years[:, None], at_risk.stop, event, start=at_risk.start)
    if fitted.coefficients is None or fitted.std_error is None:
        reason = f"{fitted.reason[:1].upper()}{fitted.reason[1:]}."
        return replace(row, status="not_estimable", reason=reason)
    return ratio_row(row, float(fitted.coefficients[0]), float(fitted.std_error[0]))
