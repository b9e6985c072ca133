"""Relations between counts: which add up to which, so that a reader could subtract.

A relation says ``total = sum of parts + rest``. The rest is what no row shows (people without a
stratum, cases of a wider tier only): where it is few people it has to be protected like a cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.disclose.counts import Ledger, Name
from data_schema.results import Estimate


@dataclass(frozen=True, slots=True)
class Relation:
    """``value(total) = sum(value(part)) + rest`` with ``rest >= 0``."""

    total: Name
    parts: tuple[Name, ...]
    rest: float


def relations_of(rows: Sequence[Estimate], ledger: Ledger) -> list[Relation]:
    """Every relation of the release, in the order of its rows, none twice."""
    found: dict[tuple, Relation] = {}
    for total, parts, field in (
        *_margins(rows),
        *_strata(rows),
        *_tiers(rows),
        *_points_of_periods(rows),
        *_definitions(rows),
        *_criteria(rows),
        *_rejections(rows),
        *_operated(rows),
        *_last_steps(rows),
    ):
        relation = _relation(ledger, total, parts, field)
        if relation is not None:
            found.setdefault((relation.total, relation.parts), relation)
    return list(found.values())


Candidate = tuple[int, list[int], str]


def _relation(ledger: Ledger, total: int, parts: list[int], field: str) -> Relation | None:
    whole = getattr(ledger.shown[total], field)
    names = [getattr(ledger.shown[part], field) for part in parts]
    if whole is None or any(name is None for name in names):
        return None
    distinct = tuple(dict.fromkeys(names))
    if whole in distinct:
        return None
    # Parts that are one count (two intervals for one proportion) are added once.
    rest = ledger.value[whole] - sum(ledger.value[name] for name in distinct)
    return Relation(whole, distinct, rest) if rest >= 0 else None


def _margins(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Rows that name the margin they belong to; a distribution is one margin a term."""
    at = {row.id: index for index, row in enumerate(rows)}
    groups: dict[tuple, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.sums_to in at:
            term = row.term if row.kind == "proportion" else ""
            groups[(row.sums_to, row.measure, term, row.model, row.specification)].append(index)
    for (parent, *_), parts in groups.items():
        yield at[parent], parts, "numerator"
        if all(rows[i].kind == rows[at[parent]].kind for i in parts):
            yield at[parent], parts, "denominator"


def _strata(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Strata of one dimension against the row without that dimension."""
    at = {_without_strata(row) + (frozenset(_pairs(row)),): i for i, row in enumerate(rows)}
    groups: dict[tuple, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        pairs = _pairs(row)
        for pair in pairs:
            others = frozenset(p for p in pairs if p != pair)
            groups[(_without_strata(row) + (others,), pair.partition("=")[0])].append(index)
    for (key, _), parts in groups.items():
        if key in at:
            yield at[key], parts, "numerator"
            yield at[key], parts, "denominator"


def _tiers(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Definite cases are a part of the definite and probable ones."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.outcome and row.kind in ("count", "proportion"):
            key = (row.question, row.measure, row.population, row.model, row.term, row.level)
            place = (row.strata, row.specification, row.time, row.x)
            groups[key + place].append(index)
    for group in groups.values():
        for wide in group:
            for narrow in group:
                if _tier_set(rows[narrow]) < _tier_set(rows[wide]):
                    yield wide, [narrow], "numerator"


def _points_of_periods(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Who has it on a day of the period has it in the period."""
    points = [i for i, row in enumerate(rows) if row.measure == "prevalence_point"]
    for wide, row in enumerate(rows):
        if row.measure != "prevalence_period":
            continue
        start, _, end = row.term.partition(" to ")
        for narrow in points:
            point = rows[narrow]
            if start <= point.term <= end and _who(point) == _who(row):
                yield wide, [narrow], "numerator"


def _definitions(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """The active are among the ever diagnosed, those on dialysis among all who are treated."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.measure in ("prevalence_point", "prevalence_period"):
            key = (row.measure, row.outcome, row.model, row.term, row.strata, row.specification)
            groups[key].append(index)
    for group in groups.values():
        for wide in group:
            for narrow in group:
                if wide != narrow and _within(rows[narrow], rows[wide]):
                    yield wide, [narrow], "numerator"
                    if rows[wide].population != rows[narrow].population:
                        yield wide, [narrow], "denominator"


def _within(narrow: Estimate, wide: Estimate) -> bool:
    people = (narrow.population, wide.population)
    same_people = people[0] == people[1] or people == ("on dialysis", "all kidney replacement")
    return same_people and wide.level in ("", narrow.level)


def _criteria(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Cases by what their labs say: those that meet a criterion, the unknown, and the rest."""
    at = {row.id: index for index, row in enumerate(rows)}
    for total, row in enumerate(rows):
        if row.measure != "prevalence_point" or row.specification != "lab_off":
            continue
        parts = {
            name: at.get(replace(row, specification=name).id)
            for name in ("primary", "lab_any_mineral", "lab_pth_required", "lab_unknown")
        }
        for outer, inner in NESTED_CRITERIA:
            wide = total if outer == "lab_off" else parts[outer]
            found = [parts[name] for name in inner]
            if wide is not None and None not in found:
                yield wide, [i for i in found if i is not None], "numerator"


NESTED_CRITERIA = (
    ("lab_off", ("primary",)),
    ("lab_off", ("lab_any_mineral", "lab_unknown")),
    ("lab_any_mineral", ("lab_pth_required",)),
)


def _rejections(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Records rejected, by rule, against records rejected (a record may break several rules)."""
    for total, row in enumerate(rows):
        if row.measure == "rows" and row.level == "rejected":
            parts = [
                i
                for i, other in enumerate(rows)
                if other.measure == "rejected_rows" and other.strata == row.strata
            ]
            if parts and sum(rows[i].numerator or 0 for i in parts) == row.numerator:
                yield total, parts, "numerator"


def _operated(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """People operated with active disease are among the people operated."""
    for wide, row in enumerate(rows):
        for narrow, other in enumerate(rows):
            levels = (row.level, other.level)
            nested = levels[0] and levels[1].startswith(f"{levels[0]}_with_")
            if row.measure == other.measure == "people" and nested and row.strata == other.strata:
                yield wide, [narrow], "numerator"


def _last_steps(rows: Sequence[Estimate]) -> Iterable[Candidate]:
    """Who remains after the last step is everybody."""
    steps = [i for i, r in enumerate(rows) if r.measure == "attrition" and r.level == "remaining"]
    if not steps:
        return
    last = max(steps, key=lambda i: rows[i].x or 0.0)
    for total, row in enumerate(rows):
        everybody = row.measure == "people" and not row.level and not row.strata
        if everybody and row.numerator == rows[last].numerator:
            yield total, [last], "numerator"


def _who(row: Estimate) -> tuple:
    return (row.outcome, row.strata, row.model, row.population, row.specification, row.level)


def _pairs(row: Estimate) -> tuple[str, ...]:
    return tuple(row.strata.split(";")) if row.strata else ()


def _tier_set(row: Estimate) -> frozenset[str]:
    return frozenset(row.outcome.split("+"))


def _without_strata(row: Estimate) -> tuple:
    key = (row.question, row.measure, row.population, row.outcome, row.model, row.term, row.level)
    return (*key, row.specification, row.time, row.x)
