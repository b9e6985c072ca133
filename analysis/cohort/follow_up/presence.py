"""In which stays each person is followed, whether or not the outcome has come, and why they end.

A stay begins on the latest of the protocol's day, registry entry, a start of coverage and the
start of data. Death, a competing event of the protocol, the last contact and the end of data end
follow-up. Recovery and transplantation where they do not compete, a spell of loss and the end of
a stay of coverage end one stay: dialysis or coverage that begins again opens another, on the same
clock. On one day death comes before transplantation, that before recovery, loss and the end of
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
from analysis.cohort.follow_up.periods import Windows, common, one_each
from analysis.study import Study
from data_schema.follow_up import EXIT_REASONS

Codes = NDArray[np.int64]  # places in EXIT_REASONS
LOST = EXIT_REASONS.index("lost")


@dataclass(frozen=True)
class Presence:
    """``stays`` with the code of why each ends; the rest by person, on their clock.

    ``entry``: the first stay's start, ``leave`` the last one's end; of people without a stay, the
    latest day that holds them up and the earliest end. ``closed``: death, a competing event or the
    end of data. ``observable``: whether they ever are.
    """

    stays: Windows
    why: Codes
    entry: Days
    leave: Days
    leave_why: Codes
    closed: Days
    observable: NDArray[np.bool_]

    def stay_end(self, day: Days) -> tuple[Days, NDArray[np.object_]]:
        """End of the stay that holds each person's day, and why; −inf and ``""`` without one."""
        at = self.stays.holding(np.arange(len(day)), day)
        end = np.append(self.stays.stop, -NEVER)[at]
        return end, np.append(words(self.why), "")[at]


class Ends(NamedTuple):
    """Days on which a stay may end, in the order of people, days and codes.

    Days that never come are left out; ``key``: person and day in one number.
    """

    person: NDArray[np.int64]
    day: Days
    code: Codes
    key: NDArray[np.int64]


class Leaving(NamedTuple):
    """What may end a stay, whenever it begins; all but ``there`` and ``ends`` of everybody.

    ``there``: where stays may be. ``first_seen``: when they are first observable; ``observable``:
    whether ever. ``first_end``, ``first_why``: the earliest of their ends (death, which never
    comes, of people without a clock). ``closed``: nobody is followed after it, loss left aside.
    """

    there: Windows
    ends: Ends
    first_seen: Days
    observable: NDArray[np.bool_]
    first_end: Days
    first_why: Codes
    closed: Days


def presence(bucket: Bucket, study: Study, through: tuple[str, ...] = ()) -> Presence:
    """Of each person of the bucket.

    ``through`` names exits that do not end a stay here (transplantation as a state lived in).
    """
    choices = (*_choices(study), tuple(through))
    return bucket.once(("presence", choices), lambda: _presence(bucket, study, through))


def _choices(study: Study) -> tuple:
    """What of a protocol decides on presence: not the case definition."""
    return study.population, study.outcome.competing


def _presence(bucket: Bucket, study: Study, through: tuple[str, ...]) -> Presence:
    leaving = _leaving(bucket, study, through)
    begin = _begin(bucket, study)
    stays = leaving.there.since(begin)
    why = _reason_on(leaving.ends, stays)
    leave, leave_why = leaving.first_end.copy(), leaving.first_why.copy()
    final = np.flatnonzero(stays.last)
    leave[stays.person[final]], leave_why[stays.person[final]] = stays.stop[final], why[final]
    entry = _starts(stays, np.maximum(begin, leaving.first_seen))
    return Presence(stays, why, entry, leave, leave_why, leaving.closed, leaving.observable)


def _leaving(bucket: Bucket, study: Study, through: tuple[str, ...]) -> Leaving:
    """Worked out once for all days on which follow-up may begin: most variants change but that."""
    begins_on = study.population.model_copy(update={"entry_after_days": 0})
    choices = ("leaving", begins_on, study.outcome.competing, through)
    return bucket.once(choices, lambda: _worked_out(bucket, study, through))


def _worked_out(bucket: Bucket, study: Study, through: tuple[str, ...]) -> Leaving:
    seen = covered(bucket, study.population.coverage)
    if not study.population.late_entry:
        seen = seen._replace(start=np.where(seen.first, 0.0, seen.start))
    final = _final(bucket, study)
    away = absences(bucket, _passing(study, through), within=through)
    closed = np.min([day for name, day in final.items() if name != "lost"], axis=0)
    last = np.minimum(closed, final["lost"])
    there = common([one_each(np.full(bucket.n, -NEVER), last), seen], [away.windows])
    first_seen = _starts(seen, np.full(bucket.n, NEVER))
    ends = _ends(final, away, seen)
    first = np.flatnonzero(np.diff(ends.person, prepend=-1))
    observable = np.zeros(bucket.n, dtype=bool)
    observable[seen.person] = True
    first_end, first_why = np.full(bucket.n, NEVER), np.full(bucket.n, _code("death"))
    first_end[ends.person[first]] = ends.day[first]
    first_why[ends.person[first]] = ends.code[first]
    return Leaving(there, ends, first_seen, observable, first_end, first_why, closed)


def words(code: Codes) -> NDArray[np.object_]:
    """Reasons by name."""
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


def _ends(final: dict[str, Days], away: Absences, seen: Windows) -> Ends:
    everyone = np.arange(len(final["death"]))
    parts = [(everyone, day, np.full(len(day), _code(name))) for name, day in final.items()]
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


def _reason_on(ends: Ends, stays: Windows) -> Codes:
    """The first of the reasons of the day on which each stay ends."""
    at = np.searchsorted(ends.key, person_day(stays.person, stays.stop), side="left")
    return ends.code[at]


def _starts(rows: Windows, without: Days) -> Days:
    """The start of each person's first stretch; who has none as in ``without``."""
    found = without.copy()
    found[rows.person[rows.first]] = rows.start[rows.first]
    return found
