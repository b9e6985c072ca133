"""What a data holder lets leave, and the arithmetic of small counts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from analysis.store import StoreError
from analysis.study import Release, Study


class DisclosureError(StoreError):
    """A policy that is not known, or rows it cannot be applied to; one line."""


# The least a protocol may ask for, by holder: (min_count, rounding).
# usrds: no cell 1-10 shown or derivable (ResDAC, 2024). opensafely: counts <= 7 redacted, the rest
# rounded (OpenSAFELY output documentation). simulated and public hold no private person.
FLOORS = {
    "simulated": (1, 1),
    "public": (1, 1),
    "usrds": (11, 1),
    "opensafely": (8, 5),
    "strict": (11, 5),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """Counts of ``1 .. min_count - 1`` are hidden, the others rounded to ``rounding``."""

    holder: str
    min_count: int
    allow_zero: bool
    rounding: int
    curve_min_at_risk: int
    significant_digits: int

    @property
    def hides(self) -> bool:
        return self.min_count > 1 or not self.allow_zero

    @property
    def width(self) -> int:
        """How wide the range of a hidden small count must stay: half of 1 .. min_count - 1."""
        return max(1, (self.min_count - 1) // 2)

    def is_small(self, count: float | None) -> bool:
        """A number of people or records that may not be seen."""
        if count is None:
            return False
        return 0 < count < self.min_count or (count == 0 and not self.allow_zero)

    def rounded(self, count: float | None) -> float | None:
        """To the nearest multiple, halves up, so that one count is one number everywhere.

        A count that may be seen never falls to a number that may not: 11 and 12 become 15, not 10,
        where counts below 11 are hidden.
        """
        if count is None or self.rounding <= 1:
            return count
        nearest = self.rounding * math.floor(count / self.rounding + 0.5)
        if count >= self.min_count:
            nearest = max(nearest, self.rounding * math.ceil(self.min_count / self.rounding))
        return float(nearest)


def policy_of(study: Study) -> Policy:
    """The policy of a study; ``DisclosureError`` for an unknown holder or one asked too little."""
    release: Release = study.release
    if release.holder not in FLOORS:
        raise DisclosureError("release.holder: not a known data holder, so nothing may leave")
    if release.holder == "simulated" and not study.simulated:
        raise DisclosureError("release.holder: simulated, but the study is not")
    min_count, rounding = FLOORS[release.holder]
    if release.min_count < min_count:
        raise DisclosureError(f"release.min_count: {release.holder} asks for at least {min_count}")
    if release.rounding < rounding:
        raise DisclosureError(f"release.rounding: {release.holder} asks for at least {rounding}")
    if release.rounding > 2 * release.min_count - 1:
        raise DisclosureError("release.rounding: would turn counts that may be seen into zero")
    if release.significant_digits < 1 or release.curve_min_at_risk < 0:
        raise DisclosureError("release: significant_digits and curve_min_at_risk must be positive")
    return Policy(
        release.holder,
        release.min_count,
        release.allow_zero,
        release.rounding,
        release.curve_min_at_risk,
        release.significant_digits,
    )
