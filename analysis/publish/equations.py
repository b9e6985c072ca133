"""Equations between released counts, as a reader would write them down.

Written apart from the margins that suppression protects, from released rows alone, so that a
relation forgotten there is still tried here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from data_schema.results import Estimate

Place = tuple[int, str]  # a row and the name of one of its counts


@dataclass(frozen=True, slots=True)
class Equation:
    """``total = sum(parts)``, or ``total >= sum(parts)`` where a part may be missing."""

    total: Place
    parts: tuple[Place, ...]
    exact: bool = True


def equations(rows: Sequence[Estimate]) -> list[Equation]:
    """Equalities, margins, strata and nested sets, as released rows suggest them."""
    return [*_twins(rows), *_margins(rows), *_strata(rows), *_nested(rows), *_definitions(rows)]


def _twins(rows: Sequence[Estimate]) -> Iterator[Equation]:
    """One count printed twice: two intervals of one proportion, proportions of a whole, events and
    exits."""
    first: dict[tuple, Place] = {}
    at = {row.id: i for i, row in enumerate(rows)}
    for i, row in enumerate(rows):
        same: list[tuple[tuple, Place]] = []
        if row.kind in ("proportion", "count"):
            key = replace(row, model="").id
            same += [(("n", key), (i, "numerator")), (("d", key), (i, "denominator"))]
        if row.measure in ("exits", "incidence_rate"):
            what = row.level if row.measure == "exits" else row.outcome
            same.append((("events", what, row.strata, row.specification), (i, "numerator")))
        if row.measure == "hazard_ratio":
            key = replace(row, term="", level="").id
            same += [(("n", key), (i, "numerator")), (("d", key), (i, "denominator"))]
        if row.measure == "person_years" or (row.measure == "people" and not row.level):
            same.append((("people", row.strata), (i, "numerator")))
        parent = at.get(row.sums_to)
        if row.measure == "distribution" and parent is not None:
            yield Equation((parent, "numerator"), ((i, "denominator"),))
        for name, place in same:
            if first.setdefault(name, place) != place:
                yield Equation(first[name], (place,))


def _margins(rows: Sequence[Estimate]) -> Iterator[Equation]:
    at = {row.id: i for i, row in enumerate(rows)}
    groups: dict[tuple, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        if row.sums_to in at:
            term = row.term if row.kind == "proportion" else ""
            groups[(at[row.sums_to], row.measure, term, row.model)].append(i)
    for (total, *_), parts in groups.items():
        yield Equation((total, "numerator"), tuple((i, "numerator") for i in parts))


def _strata(rows: Sequence[Estimate]) -> Iterator[Equation]:
    at = {row.id: i for i, row in enumerate(rows)}
    groups: dict[tuple[int, str], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        pairs = row.strata.split(";") if row.strata else []
        for pair in pairs:
            rest = ";".join(p for p in pairs if p != pair)
            whole = at.get(replace(row, strata=rest).id)
            if whole is not None and row.kind in ("count", "proportion", "rate"):
                groups[(whole, pair.split("=")[0])].append(i)
    for (total, _), parts in groups.items():
        yield Equation((total, "numerator"), tuple((i, "numerator") for i in parts))
        if rows[total].kind == "proportion":
            yield Equation((total, "denominator"), tuple((i, "denominator") for i in parts))


def _nested(rows: Sequence[Estimate]) -> Iterator[Equation]:
    """Narrow case definitions among wide ones: a difference, so only a bound."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        if row.outcome and row.kind == "proportion":
            groups[replace(row, outcome="").id].append(i)
    for group in groups.values():
        for wide in group:
            for narrow in group:
                if set(rows[narrow].outcome.split("+")) < set(rows[wide].outcome.split("+")):
                    yield Equation((wide, "numerator"), ((narrow, "numerator"),), exact=False)


def _definitions(rows: Sequence[Estimate]) -> Iterator[Equation]:
    """Definitions and criteria within others: active in ever, dialysis in all, labs in off."""
    at = {row.id: i for i, row in enumerate(rows)}
    for i, row in enumerate(rows):
        if row.measure not in ("prevalence_point", "prevalence_period"):
            continue
        for change in _wider(row):
            wide = at.get(replace(row, **change).id)  # type: ignore[arg-type]
            if wide is not None:
                yield Equation((wide, "numerator"), ((i, "numerator"),), exact=False)
            if wide is not None and "population" in change:
                yield Equation((wide, "denominator"), ((i, "denominator"),), exact=False)


WIDER_CRITERIA = {
    "primary": ("lab_off",),
    "lab_any_mineral": ("lab_off",),
    "lab_pth_required": ("lab_off", "lab_any_mineral"),
    "lab_unknown": ("lab_off",),
}


def _wider(row: Estimate) -> list[dict[str, str]]:
    """What to change in the keys of a row to find one that holds its people."""
    changes = [{"specification": name} for name in WIDER_CRITERIA.get(row.specification, ())]
    if row.level == "active":
        changes.append({"level": ""})
    if row.population == "on dialysis":
        wider = {"population": "all kidney replacement"}
        changes += [wider, {**wider, "level": ""}]
    return changes
