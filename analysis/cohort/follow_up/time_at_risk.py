"""From when to when each person is at risk of onset, stay by stay, and why it ends.

Onset ends follow-up. On the day on which a stay ends it is an onset of that stay: onset comes
before death, transplantation, recovery, loss and the end of data. An onset between two stays is
no event, for nobody followed the person then; no stay comes after it, and it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket, Days
from analysis.cohort.case_definition.cases import Cases
from analysis.cohort.follow_up.periods import Windows
from analysis.cohort.follow_up.presence import Codes, Presence, is_one_of, presence, words
from analysis.study import Study
from data_schema.follow_up import EXIT_REASONS

ONSET = EXIT_REASONS.index("onset")
UNOBSERVED = ("", "between_stays", "after_the_last_stay")
PASSING = ("transplant", "recovery", "lost")


@dataclass(frozen=True)
class FollowUp:
    """``stays`` at risk of onset and why each ends; the rest by person, on their clock.

    ``entry`` begins the first stay, ``last_entry`` the last one, ``exit`` ends it; ``leave`` is
    the exit that onset does not shorten. ``passing``: reasons that end no more than a stay.
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
    stays: Windows
    stay_why: Codes

    @property
    def unobserved(self) -> NDArray[np.object_]:
        """Where an onset after entry lies that no stay holds; ``""``: there is none.

        ``between_stays``, or ``after_the_last_stay`` and up to death, a competing event or the end
        of data.
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
        return words(self.exit_why)

    @property
    def leave_reason(self) -> NDArray[np.object_]:
        """The same where onset does not end it."""
        return words(self.presence.leave_why)


def follow(bucket: Bucket, study: Study, cases: Cases, through: tuple[str, ...] = ()) -> FollowUp:
    """Stays, entry, exit and reasons for each person of the bucket.

    ``through`` names exits that do not end a stay here (transplantation as a state lived in).
    """
    there = presence(bucket, study, through)
    onset, whole = cases.onset, there.stays
    begun = whole.start < onset[whole.person]
    stays = whole.where(begun)
    happens = onset[stays.person] <= stays.stop
    code = np.where(happens, ONSET, there.why[begun])
    stays = stays._replace(stop=np.minimum(stays.stop, onset[stays.person]))
    last_entry, exit_ = there.entry.copy(), np.minimum(onset, there.leave)
    exit_why = np.where(onset <= there.leave, ONSET, there.leave_why)
    who, last = stays.person[stays.last], stays.last
    last_entry[who], exit_[who], exit_why[who] = stays.start[last], stays.stop[last], code[last]
    return FollowUp(
        presence=there,
        onset=onset,
        passing=tuple(name for name in PASSING if name not in study.outcome.competing),
        protocol_entry=np.full(bucket.n, float(study.population.entry_after_days)),
        entry=there.entry,
        last_entry=last_entry,
        exit=exit_,
        exit_why=exit_why,
        leave=there.leave,
        observable=there.observable,
        stays=stays,
        stay_why=code,
    )
