"""From when to when each person is at risk of onset, period by period, and why it ends.

Onset ends follow-up. On the day on which a period ends it is an onset of that period: onset comes
before death, transplantation, recovery, loss and the end of data. An onset between two at-risk
periods is no event, for nobody followed the person then; no period comes after it, and it is
counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, Days
from analysis.cohort.case_definition.cases import Cases
from analysis.cohort.follow_up.periods import Periods
from analysis.cohort.follow_up.presence import Codes, Presence, is_one_of, presence, reason_names
from analysis.study import Study
from data_schema.follow_up import EXIT_REASONS

ONSET = EXIT_REASONS.index("onset")
UNOBSERVED = ("", "between_at_risk_periods", "after_the_last_at_risk_period")
PASSING = ("transplant", "recovery", "lost")


@dataclass(frozen=True)
class FollowUp:
    """``at_risk_periods`` at risk of onset and why each ends; the rest by person, on their clock.

    ``entry`` begins the first period, ``last_entry`` the last one, ``exit`` ends it; ``leave`` is
    the exit that onset does not shorten. ``passing``: reasons that end no more than a period.
    """

    presence: Presence
    onset: Days
    passing: tuple[str, ...]
    protocol_entry: Days
    entry: Days
    last_entry: Days
    exit: Days
    exit_why: Codes
    leave: Days
    observable: NDArray[np.bool_]
    at_risk_periods: Periods
    period_why: Codes

    @property
    def unobserved(self) -> NDArray[np.object_]:
        """Where an onset after entry lies outside every at-risk period; ``""``: there is none.

        ``between_at_risk_periods``, or ``after_the_last_at_risk_period`` and up to death, a
        competing event or the end of data.
        """
        onset, leave = self.onset, self.leave
        later = onset > self.entry
        between = later & (self.exit < onset) & (onset <= leave)
        left = is_one_of(self.presence.leave_why, self.passing)
        after = later & left & (leave < onset) & (onset <= self.presence.closed)
        return np.array(UNOBSERVED, dtype=object)[np.where(between, 1, np.where(after, 2, 0))]

    @property
    def exit_reason(self) -> NDArray[np.object_]:
        """Why each person's follow-up ends, by name."""
        return reason_names(self.exit_why)

    @property
    def leave_reason(self) -> NDArray[np.object_]:
        """The same where onset does not end it."""
        return reason_names(self.presence.leave_why)


def follow(bucket: Bucket, study: Study, cases: Cases, through: tuple[str, ...] = ()) -> FollowUp:
    """At-risk periods, entry, exit and reasons for each person of the bucket.

    ``through`` names exits that do not end a period here (transplantation as a state lived in).
    """
    present = presence(bucket, study, through)
    onset, whole = cases.onset, present.at_risk_periods
    begun = whole.start < onset[whole.person]
    at_risk_periods = whole.where(begun)
    happens = onset[at_risk_periods.person] <= at_risk_periods.stop
    code = np.where(happens, ONSET, present.why[begun])
    at_risk_periods = at_risk_periods._replace(
        stop=np.minimum(at_risk_periods.stop, onset[at_risk_periods.person])
    )
    last_entry, exit_ = present.entry.copy(), np.minimum(onset, present.leave)
    exit_why = np.where(onset <= present.leave, ONSET, present.leave_why)
    people, last = at_risk_periods.person[at_risk_periods.last], at_risk_periods.last
    last_entry[people], exit_[people], exit_why[people] = (
        at_risk_periods.start[last],
        at_risk_periods.stop[last],
        code[last],
    )
    return FollowUp(
        presence=present,
        onset=onset,
        passing=tuple(name for name in PASSING if name not in study.outcome.competing),
        protocol_entry=np.full(bucket.n, float(study.population.entry_after_days)),
        entry=present.entry,
        last_entry=last_entry,
        exit=exit_,
        exit_why=exit_why,
        leave=present.leave,
        observable=present.observable,
        at_risk_periods=at_risk_periods,
        period_why=code,
    )
