"""Follow-up under other choices than the protocol's: people again, laboratory intervals not.

One choice is changed at a time: the day from which people may enter, whether late entry is heeded,
what transplantation does, which tiers count, which record dates the onset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.attrition import has_stayed
from analysis.cohort.bucket import NEVER, Bucket, Days
from analysis.cohort.case_definition.cases import (
    IMAGING,
    TIERS,
    Cases,
    assessments,
    diagnoses,
    in_groups,
)
from analysis.cohort.follow_up.time_at_risk import follow
from analysis.cohort.people import state_code
from analysis.study import Study


@dataclass(frozen=True)
class Variant:
    """A study that differs in one choice; ``dating`` and ``through`` are not in a protocol."""

    name: str
    study: Study
    dating: str = ""
    through: tuple[str, ...] = ()


def variants(study: Study) -> list[Variant]:
    """Those of the protocol that differ from its primary choices, in a fixed order."""
    asked, population, outcome = study.sensitivity, study.population, study.outcome
    found = [
        Variant(f"entry_after={day}", _with_population(study, entry_after_days=day))
        for day in sorted(set(asked.entry_after_days) - {population.entry_after_days})
    ]
    if asked.ignore_late_entry and population.late_entry:
        found.append(Variant("late_entry=ignored", _with_population(study, late_entry=False)))
    primary = "competing" if "transplant" in outcome.competing else "censoring"
    others = [name for name in outcome.competing if name != "transplant"]
    for role in asked.transplant:
        if role == primary:
            continue
        kept = [*others, "transplant"] if role == "competing" else others
        through = ("transplant",) if role == "state" else ()
        changed = _with_outcome(study, competing=tuple(kept))
        found.append(Variant(f"transplant={role}", changed, through=through))
    if outcome.kind != "calcinosis":
        return found
    for tiers in asked.tiers:
        if set(tiers) != set(outcome.tiers):
            names = "+".join(tier for tier in TIERS if tier in tiers)
            found.append(Variant(f"tiers={names}", _with_outcome(study, tiers=tiers)))
    return found + [Variant(f"dating={record}", study, dating=record) for record in asked.dating]


def _with_population(study: Study, **changes: object) -> Study:
    return study.model_copy(update={"population": study.population.model_copy(update=changes)})


def _with_outcome(study: Study, **changes: object) -> Study:
    return study.model_copy(update={"outcome": study.outcome.model_copy(update=changes)})


def variant_people(
    bucket: Bucket, study: Study, cases: Cases, age: NDArray[np.float64]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each variant's name and the periods of those followed under it: person, start, stop, state.

    ``cases`` and ``age`` (people,) as under the protocol; ``person`` as in the people's table.
    """
    asked = variants(study)
    dates = _dates(bucket) if any(variant.dating for variant in asked) else {}
    for variant in asked:
        yield variant.name, _followed(bucket, variant, cases, age, dates)


def _followed(
    bucket: Bucket,
    variant: Variant,
    cases: Cases,
    age: NDArray[np.float64],
    dates: dict[str, Days],
) -> pd.DataFrame:
    found = replace(cases, onset=_onset(variant, cases, dates))
    follow_up = follow(bucket, variant.study, found, variant.through)
    followed = has_stayed(bucket, variant.study, found, follow_up, age)
    kept = followed[follow_up.at_risk_periods.person]
    at_risk_periods = follow_up.at_risk_periods.where(kept)
    return pd.DataFrame(
        {
            "person": bucket.persons(at_risk_periods.person),
            "start": at_risk_periods.start,
            "stop": at_risk_periods.stop,
            "state": state_code(follow_up.period_why, variant.study)[kept],
        },
        copy=False,  # the columns are nobody else's
    )


def _onset(variant: Variant, cases: Cases, dates: dict[str, Days]) -> Days:
    """Of the variant's tiers; on the day of the record asked for, where a case has one."""
    if not cases.tier_day:
        return cases.onset
    onset = np.minimum.reduce([cases.tier_day[tier] for tier in variant.study.outcome.tiers])
    if not variant.dating:
        return onset
    day = dates[variant.dating]
    return np.where(np.isfinite(onset) & np.isfinite(day), day, onset)


def _dates(bucket: Bucket) -> dict[str, Days]:
    """First code of the core group and first positive assessment of each person."""
    codes, assessed = diagnoses(bucket), assessments(bucket)
    core = in_groups(codes, "case_core")
    seen = assessed[assessed["method"].isin(IMAGING) & (assessed["calcification"] == "yes")]
    return {"first_code": _first(bucket, core), "first_assessment": _first(bucket, seen)}


def _first(bucket: Bucket, rows: pd.DataFrame) -> Days:
    if len(rows) == 0:
        return np.full(bucket.n, NEVER)
    return bucket.first_day(rows["person"].to_numpy(np.int64), rows["day"].to_numpy(float))
