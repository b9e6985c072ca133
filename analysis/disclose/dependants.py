"""Statistics that are functions of a hidden count, and so are hidden with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from data_schema.results import Estimate

# (model, term) -> (variable, level) of the terms of models that are 1 for one level, else 0
Indicators = Mapping[tuple[str, str], tuple[str, str]]


def dependants(
    rows: Sequence[Estimate], primary: Set[int], hidden: Set[int], indicators: Indicators
) -> set[int]:
    """Rows to hide because of others that are."""
    found = _differences(rows, hidden) | _ratios_of_few(rows, primary, indicators)
    return found | _derived(rows, hidden)


def _derived(rows: Sequence[Estimate], hidden: Set[int]) -> set[int]:
    """Numbers worked out from counts go with them; also where the row they name is not there."""
    shown = {row.id for i, row in enumerate(rows) if i not in hidden and row.status != "suppressed"}
    return {
        index
        for index, row in enumerate(rows)
        if row.kind == "derived"
        and row.estimate is not None
        and not all(name in shown for name in row.reference.split("; "))
    }


def _differences(rows: Sequence[Estimate], hidden: Set[int]) -> set[int]:
    """A standardised difference is a function of two shares: with one it gives the other."""
    shares = {
        (rows[i].term, rows[i].level, rows[i].strata)
        for i in hidden
        if rows[i].measure == "distribution"
    }
    terms = {(term, strata) for term, _, strata in shares}
    found = set()
    for index, row in enumerate(rows):
        if row.measure == "standardised_difference":
            groups = (row.strata, row.reference)
            if any((row.term, row.level, group) in shares for group in groups) or (
                not row.level and any((row.term, group) in terms for group in groups)
            ):
                found.add(index)
    return found


def _ratios_of_few(rows: Sequence[Estimate], primary: Set[int], indicators: Indicators) -> set[int]:
    """The ratio of a group rests on the cases in it: few of those, and it is their outcome."""
    few = {
        (rows[i].term, rows[i].level)
        for i in primary
        if rows[i].measure == "distribution" and rows[i].strata == "status=case"
    }
    return {
        index
        for index, row in enumerate(rows)
        if row.measure == "hazard_ratio"
        and row.outcome == "onset"
        and indicators.get((row.model, row.term)) in few
    }
