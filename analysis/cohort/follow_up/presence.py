"""Periods in which each person is followed, whether or not the outcome has come, and why they end.

A period begins on the latest of the protocol's day, registry entry, a start of coverage and the
start of data. Death, a competing event of the protocol, the last contact and the end of data end
follow-up. Recovery and transplantation where they do not compete, a spell of loss and the end of
a spell of coverage end one period: dialysis or coverage that begins again opens another, on the
same clock. On one day death comes before transplantation, that before recovery, loss and the end of
data.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Bucket, Days, person_day
from analysis.cohort.follow_up.absence import Absences, absences, first_start, lost_by_contact
from analysis.cohort.follow_up.observation import covered
from analysis.cohort.follow_up.periods import Periods, common, one_each
from analysis.study import Study
from data_schema.follow_up import EXIT_REASONS

Codes = NDArray[np.int64]  # places in EXIT_REASONS
LOST = EXIT_REASONS.index("lost")


@dataclass(frozen=True)
class Presence:
    """``at_risk_periods`` with the code of why each ends; the rest by person, on their clock.

    ``entry``: the first period's start, ``leave`` the last one's end; of people without a period,
    the latest day that holds them up and the earliest end. ``closed``: death, a competing event or
    the end of data. ``observable``: whether they ever are.
    """

    at_risk_periods: Periods
    why: Codes
    entry: Days
    leave: Days
    leave_why: Codes
    closed: Days
    observable: NDArray[np.bool_]

    def period_end(self, day: Days) -> tuple[Days, NDArray[np.object_]]:
        """End of the period that holds each person's day, and why; −inf and ``""`` without one."""
        at = self.at_risk_periods.holding(np.arange(len(day)), day)
        end = np.append(self.at_risk_periods.stop, -NEVER)[at]
        return end, np.append(reason_names(self.why), "")[at]


class Ends(NamedTuple):
    """Days on which a period may end, in the order of people, days and codes.

    Days that never come are left out; ``key``: person and day in one number.
    """

    person: NDArray[np.int64]
    day: Days
    code: Codes
    key: NDArray[np.int64]


class PeriodLimits(NamedTuple):
    """What may end a period, whenever it begins; all but ``allowed`` and ``ends`` of everybody.

    ``allowed``: where periods may lie. ``first_seen``: when they are first observable;
    ``observable``: whether ever. ``first_end``, ``first_why``: the earliest of their ends (death,
    which never comes, of people without a clock). ``closed``: nobody is followed after it, loss
    left aside.
    """

    allowed: Periods
    ends: Ends
    first_seen: Days
    observable: NDArray[np.bool_]
    first_end: Days
    first_why: Codes
    closed: Days


def presence(bucket: Bucket, study: Study, through: tuple[str, ...] = ()) -> Presence:
    """Of each person of the bucket.

    ``through`` names exits that do not end a period here (transplantation as a state lived in).
    """
    choices = (*_choices(study), tuple(through))
    return bucket.once(("presence", choices), lambda: _presence(bucket, study, through))


def _choices(study: Study) -> tuple:
    """What of a protocol decides on presence: not the case definition."""
    return study.population, study.outcome.competing


def _presence(bucket: Bucket, study: Study, through: tuple[str, ...]) -> Presence:
    limits = _period_limits(bucket, study, through)
    begin = _begin(bucket, study)
    at_risk_periods = limits.allowed.since(begin)
    why = _reason_on(limits.ends, at_risk_periods)
    leave, leave_why = limits.first_end.copy(), limits.first_why.copy()
    final = np.flatnonzero(at_risk_periods.last)
    leave[at_risk_periods.person[final]], leave_why[at_risk_periods.person[final]] = (
        at_risk_periods.stop[final],
        why[final],
    )
    entry = _starts(at_risk_periods, np.maximum(begin, limits.first_seen))
    return Presence(at_risk_periods, why, entry, leave, leave_why, limits.closed, limits.observable)


def _period_limits(bucket: Bucket, study: Study, through: tuple[str, ...]) -> PeriodLimits:
    """Worked out once for all days on which follow-up may begin: most variants change but that."""
    begins_on = study.population.model_copy(update={"entry_after_days": 0})
    choices = ("limits", begins_on, study.outcome.competing, through)
    return bucket.once(choices, lambda: _worked_out(bucket, study, through))


def _worked_out(bucket: Bucket, study: Study, through: tuple[str, ...]) -> PeriodLimits:
    seen = covered(bucket, study.population.coverage)
    if not study.population.late_entry:
        seen = seen._replace(start=np.where(seen.first, 0.0, seen.start))
    final = _final(bucket, study)
    away = absences(bucket, _passing(study, through), within=through)
    closed = np.minimum.reduce([day for name, day in final.items() if name != "lost"])
    last = np.minimum(closed, final["lost"])
    allowed = common([one_each(np.full(bucket.n, -NEVER), last), seen], [away.periods])
    first_seen = _starts(seen, np.full(bucket.n, NEVER))
    ends = _ends(final, away, seen)
    first = np.flatnonzero(np.diff(ends.person, prepend=-1))
    observable = np.zeros(bucket.n, dtype=bool)
    observable[seen.person] = True
    first_end, first_why = np.full(bucket.n, NEVER), np.full(bucket.n, _code("death"))
    first_end[ends.person[first]] = ends.day[first]
    first_why[ends.person[first]] = ends.code[first]
    return PeriodLimits(allowed, ends, first_seen, observable, first_end, first_why, closed)


def reason_names(code: Codes) -> NDArray[np.object_]:
    """Names of exit reasons."""
    return np.array(EXIT_REASONS, dtype=object)[code]


def is_one_of(code: Codes, reasons: Collection[str]) -> NDArray[np.bool_]:
    """Whether each code is of one of the reasons."""
    return np.isin(EXIT_REASONS, list(reasons))[code]


def _begin(bucket: Bucket, study: Study) -> Days:
    """The first day that follow-up may begin, coverage apart."""
    population = study.population
    starts = [
        np.full(bucket.n, float(population.entry_after_days)),
        np.maximum(bucket.days_of(population.data_start), 0.0),
    ]
    if population.late_entry:
        registered = bucket.patient_days("registry_entry_date")
        starts.append(np.where(np.isfinite(registered), registered, 0.0))
    return np.max(starts, axis=0)


def _final(bucket: Bucket, study: Study) -> dict[str, Days]:
    """Days after which nobody is followed again, by reason."""
    end_of_data = bucket.days_of(study.population.data_end)
    competing = [name for name in ("transplant", "recovery") if name in study.outcome.competing]
    return {
        "death": bucket.patient_days("death_date"),
        **{name: first_start(bucket, name) for name in competing},
        "lost": lost_by_contact(bucket, end_of_data),
        "end_of_data": end_of_data,
    }


def _passing(study: Study, through: tuple[str, ...]) -> list[str]:
    """Reasons for which a person is away until dialysis begins again."""
    away = {"transplant", "recovery"} - set(study.outcome.competing) - set(through)
    return [*sorted(away), "lost"]


def _ends(final: dict[str, Days], away: Absences, seen: Periods) -> Ends:
    source_population = np.arange(len(final["death"]))
    parts = [
        (source_population, day, np.full(len(day), _code(name))) for name, day in final.items()
    ]
    place, named = pd.factorize(away.reason)
    reasons = np.array([_code(name) for name in named], dtype=np.int64)[place]
    parts += [(away.person, away.start, reasons)]
    parts += [(seen.person, seen.stop, np.full(len(seen.stop), LOST))]
    come = [tuple(column[np.isfinite(part[1])] for column in part) for part in parts]
    person, day, code = (np.concatenate(column) for column in zip(*come, strict=True))
    key = person_day(person, day)
    order = np.argsort(key * len(EXIT_REASONS) + code, kind="stable")
    return Ends(person[order], day[order], code[order], key[order])


def _code(reason: str) -> int:
    return EXIT_REASONS.index(reason)


def _reason_on(ends: Ends, at_risk_periods: Periods) -> Codes:
    """The first of the reasons of the day on which each period ends."""
    at = np.searchsorted(
        ends.key, person_day(at_risk_periods.person, at_risk_periods.stop), side="left"
    )
    return ends.code[at]


def _starts(rows: Periods, without: Days) -> Days:
    """The start of each person's first period; who has none as in ``without``."""
    found = without.copy()
    found[rows.person[rows.first]] = rows.start[rows.first]
    return found
