"""Decide which rows are hidden, and what a hidden row still says."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from analysis.disclose.complementary import Hiding, hide_what_follows
from analysis.disclose.counts import counts_of, rests_on_few
from analysis.disclose.margins import relations_of
from analysis.disclose.policy import Policy
from analysis.disclose.priority import priorities
from data_schema.results import NUMBER_COLUMNS, Estimate

# Where a row stands is not what it says.
POSITIONS = ("time", "x")
# In these parts `reason` is the label of the row, a sentence of the protocol or of a rule.
LABELLED = ("flow", "quality")


def primary_rows(rows: Sequence[Estimate], policy: Policy) -> set[int]:
    """Rows that rest on few people or records; points of curves are held elsewhere."""
    if not policy.hides:
        return set()
    return {
        index
        for index, row in enumerate(rows)
        if row.kind != "curve" and row.status != "suppressed" and rests_on_few(row, policy)
    }


def uncounted_rows(rows: Sequence[Estimate], policy: Policy) -> set[int]:
    """Numbers about people without the number of people: nothing says they are not few."""
    if not policy.hides:
        return set()
    return {
        index
        for index, row in enumerate(rows)
        if row.estimate is not None and any(getattr(row, n) in (None, "") for n in _needed(row))
    }


def _needed(row: Estimate) -> tuple[str, ...]:
    return {
        "proportion": ("numerator", "denominator"),
        "rate": ("numerator",),
        "curve": ("numerator", "denominator"),
        "ratio": ("numerator",),
        "summary": ("denominator",),
        "difference": ("denominator",),
        "derived": ("denominator", "reference"),
    }.get(row.kind, ())


def rows_that_follow(
    rows: Sequence[Estimate], primary: Set[int], policy: Policy, headline: str
) -> set[int]:
    """Rows to hide so that no hidden small count can be derived; ``primary`` not included."""
    if not policy.hides:
        return set()
    ledger = counts_of(rows)
    hiding = Hiding(ledger, relations_of(rows, ledger), policy, priorities(rows, headline))
    for index in sorted(primary):
        hiding.hide_row(index)
    hide_what_follows(hiding)
    return hiding.rows - primary


def hide(row: Estimate, policy: Policy) -> Estimate:
    """The row without its numbers: the same sentence whether it is small or would reveal one."""
    sentence = (
        f"Hidden by the release policy: fewer than {policy.min_count}, "
        "or would reveal such a number."
    )
    label = row.reason.rstrip(". ") if row.question in LABELLED else ""
    numbers = {name: None for name in NUMBER_COLUMNS if name not in POSITIONS}
    reason = f"{label}. {sentence}" if label else sentence
    return replace(row, **numbers, status="suppressed", reason=reason)  # type: ignore[arg-type]
