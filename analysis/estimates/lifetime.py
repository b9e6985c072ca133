"""The claim read as a risk: the share with detected disease by a horizon, others competing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from analysis.estimates.cohort_tables import Cohort
from analysis.estimates.counted import centre_codes
from analysis.survival.aalen_johansen import aalen_johansen
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

GROUPS = 10  # of centres, at most: one curve each
MODEL = "aalen_johansen"


def lifetime_rows(cohort: Cohort, reading: str, floor: float, ceiling: float) -> list[Estimate]:
    """Cumulative incidence at the protocol's last horizon and its four p-values.

    The error is a delete-a-group jackknife over at most 10 groups of centres, on the complementary
    log-log scale, with Student's t on groups − 1 degrees of freedom (Wolter, 2007).
    """
    people = cohort.people
    horizon = max(cohort.study.horizons.years, default=0.0)
    row = Estimate(
        "how_common",
        "lifetime_risk",
        "on dialysis",
        "+".join(cohort.study.outcome.tiers),
        model=MODEL,
        term=f"by {horizon:g} years",
        time=horizon * DAYS_A_YEAR,
        reference=_curve_id(horizon),
        specification=reading,
        unit="proportion",
        denominator=float(len(people)),
    )
    if len(people) == 0 or horizon == 0:
        return [replace(row, status="not_estimable", reason="Nobody is followed to a horizon.")]
    day = horizon * DAYS_A_YEAR
    stays = cohort.stays()
    columns = tuple(stays[name].to_numpy() for name in ("stop", "state", "start"))
    whole = _risk(cohort, columns, day)
    if whole is None or not 0 < whole < 1:
        return [
            replace(row, status="not_estimable", reason="No onset, or nobody at risk, by then.")
        ]
    at = np.searchsorted(people["person"].to_numpy(), stays["person"].to_numpy())
    group = (centre_codes(people["centre_id"]) % GROUPS)[at]
    groups = np.unique(group)
    if len(groups) < 2:
        return [replace(row, estimate=whole, status="flagged", reason="One centre: no error.")]
    parts = [_risk(cohort, tuple(one[group != g] for one in columns), day) for g in groups]
    each = np.array([_scale(part or 1e-12) for part in parts])
    error = float(np.sqrt((len(groups) - 1) / len(groups) * ((each - each.mean()) ** 2).sum()))
    at, reach = _scale(whole), float(stdtrit(len(groups) - 1, 0.975)) * error
    row = replace(row, estimate=whole, lower=_back(at - reach), upper=_back(at + reach))
    tests = replace(row, measure="band_test", lower=None, upper=None, unit="p-value")
    rows = [row]
    for end in (floor, ceiling):
        t = (at - _scale(end)) / error if error > 0 else np.inf * np.sign(whole - end)
        p = float(stdtr(len(groups) - 1, -t))
        rows.append(replace(tests, level="above", x=end, estimate=p))
        rows.append(replace(tests, level="below", x=end, estimate=1 - p))
    return rows


def _risk(cohort: Cohort, columns: tuple[NDArray, ...], day: float) -> float | None:
    stop, state, start = columns
    causes = [int(code) for code in cohort.causes.values()]
    curve = aalen_johansen(stop, state, start=start, causes=causes)
    if curve.status not in ("ok", "risk_set_emptied"):
        return None
    at = curve.at(np.array([day]))
    return float(at.estimate[0, 0])


def _scale(value: float) -> float:
    return float(np.log(-np.log1p(-value)))


def _back(value: float) -> float:
    return float(-np.expm1(-np.exp(value)))


def _curve_id(horizon: float) -> str:
    """The row of the curve that shows the same number; hidden there, hidden here."""
    return Estimate(
        "how_soon",
        "cumulative_incidence",
        "cohort",
        "onset",
        model=MODEL,
        time=horizon * DAYS_A_YEAR,
    ).id
