"""Cells with their marks: hidden numbers are ``[c]``, missing ones a dash with a footnote."""

from __future__ import annotations

from dataclasses import dataclass, field

from data_schema.results import Estimate
from reports.rows import is_held
from reports.shown import show
from reports.wording import numbers

HIDDEN_NOTE = "[c] Hidden by the release policy: {why}."
HELD_NOTE = (
    "Held: until enough new events may be shown, the curve keeps the value of an earlier day, "
    "which its row in estimates.csv names."
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Footnotes:
    """Collects, while a table is written, what must be explained beneath it."""

    min_count: int
    reasons: list[str] = field(default_factory=list)
    any_hidden: bool = False

    def cell(self, row: Estimate | None, text: str | None = None) -> str:
        """The number of a row (or ``text`` made from it), marked where it needs explaining."""
        if row is None:
            return ""
        show(row)
        if row.status == "suppressed":
            self.any_hidden = True
            return numbers.HIDDEN
        shown = numbers.estimate(row) if text is None else text
        return shown + self.mark(row)

    def mark(self, row: Estimate) -> str:
        """A letter for the reason of a flagged or failed row."""
        needs = row.status not in ("ok", "suppressed") or is_held(row)
        if not needs or not row.reason:
            return ""
        reason = HELD_NOTE if is_held(row) else row.reason
        if reason not in self.reasons:
            self.reasons.append(reason)
        return f" ({LETTERS[self.reasons.index(reason) % len(LETTERS)]})"

    def notes(self, *further: str) -> tuple[str, ...]:
        why = "small counts, and those from which a small count could be worked out"
        if self.min_count > 1:
            why = (
                f"counts from 1 to {self.min_count - 1}, and those "
                "from which one could be worked out"
            )
        hidden = (HIDDEN_NOTE.format(why=why),) if self.any_hidden else ()
        lettered = tuple(f"({LETTERS[i % 26]}) {text}" for i, text in enumerate(self.reasons))
        return (*hidden, *lettered, *(note for note in further if note))
