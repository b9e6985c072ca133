"""Table 1: who they are, by entry and by eventual status; no p-values."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import UNITS, Rows, distinct
from reports.tables.cells import Footnotes
from reports.wording import numbers
from reports.wording.labels import level_order, named

GROUPS = ("", "entry=incident", "entry=late", "status=case", "status=not_case")
HEADS = {
    "": "All",
    "entry=incident": "Incident",
    "entry=late": "Late entry",
    "status=case": "Case",
    "status=not_case": "Not a case",
}
DIFFERENCE_AFTER = {"entry=late", "status=not_case"}
DIFFERENCE_OF = {"entry=late": "entry=late", "status=not_case": "status=case"}


def table(rows: Rows, metadata: Metadata) -> Table | None:
    found = rows.where(question="describe", specification=UNITS)
    groups = [g for g in GROUPS if any(r.strata == g for r in found if r.measure == "people")]
    if not groups:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = [_people(found, groups, notes)]
    lines += [
        _median(found, groups, notes, key, metadata)
        for key in distinct(_key(row) for row in found if row.measure == "median")
    ]
    for term in distinct(row.term for row in found if row.measure == "distribution"):
        lines += _distribution(found, groups, notes, term)
    columns = [Column("")]
    for group in groups:
        columns.append(Column(_head(group, metadata), "number"))
        if _with_difference(group, groups):
            columns.append(Column("Difference, SD", "number"))
    further = (
        "Numbers are n (%) or median (quartiles). Difference: standardised "
        "difference of the two groups to its left."
    )
    return Table("table_1", _caption(groups), tuple(columns), tuple(lines), notes.notes(further))


def _head(group: str, metadata: Metadata) -> str:
    if metadata.is_calcinosis or not group.startswith("status"):
        return HEADS[group]
    words = ("Died", "Did not die") if metadata.is_death else ("With the event", "Without it")
    return words[group == "status=not_case"]


def _caption(groups: list[str]) -> str:
    ways = ["by kind of entry"] if any(g.startswith("entry") for g in groups) else []
    ways += ["by eventual status"] if any(g.startswith("status") for g in groups) else []
    return f"People at entry, {' and '.join(ways)}" if ways else "People at entry"


def _with_difference(group: str, groups: list[str]) -> bool:
    partner = {"entry=late": "entry=incident", "status=not_case": "status=case"}
    return group in DIFFERENCE_AFTER and partner[group] in groups


def _key(row: Estimate) -> str:
    return f"{row.term}|{row.specification}|{row.unit}"


def _line(
    label: str, cells: dict[str, str], difference: dict[str, str], groups: list[str]
) -> tuple[str, ...]:
    texts = [label]
    for group in groups:
        texts.append(cells.get(group, ""))
        if _with_difference(group, groups):
            texts.append(difference.get(DIFFERENCE_OF[group], ""))
    return tuple(texts)


def _people(found: list[Estimate], groups: list[str], notes: Footnotes) -> TableRow:
    people = {r.strata: notes.cell(r) for r in found if r.measure == "people" and not r.term}
    return TableRow(_line("People", people, {}, groups))


def _name(term: str, metadata: Metadata) -> str:
    return f"Age at {metadata.time_zero}" if term == "age" else named(term)


def _median(
    found: list[Estimate], groups: list[str], notes: Footnotes, key: str, metadata: Metadata
) -> TableRow:
    term, specification, unit = key.split("|")
    of_key = [r for r in found if r.measure == "median" and _key(r) == key]
    cells = {r.strata: notes.cell(r, _quartiles(r)) for r in of_key}
    is_primary = specification == "primary"
    difference = _differences(found, term, "", notes) if is_primary else {}
    label = f"{_name(term, metadata)}, {unit}" if unit else _name(term, metadata)
    line = _line(label, cells, difference, groups)
    return TableRow(line, "row" if is_primary else "indented")


def _quartiles(row: Estimate) -> str:
    inside = numbers.bounds(row)
    return f"{numbers.estimate(row)} ({inside})" if inside else numbers.estimate(row)


def _distribution(
    found: list[Estimate], groups: list[str], notes: Footnotes, term: str
) -> list[TableRow]:
    of_term = [r for r in found if r.measure == "distribution" and r.term == term]
    whole = _differences(found, term, "", notes)
    lines = [TableRow(_line(named(term), {}, whole, groups), "group")]
    for level in _levels(of_term):
        cells = {r.strata: notes.cell(r, _share(r)) for r in of_term if r.level == level}
        difference = _differences(found, term, level, notes)
        lines.append(TableRow(_line(named(level), cells, difference, groups), "indented"))
    return lines


def _levels(of_term: list[Estimate]) -> list[str]:
    """As released, bands in their natural order, missing last."""
    found = distinct(row.level for row in of_term)
    order = {level: place for place, level in enumerate(found)}
    return sorted(found, key=lambda s: (s == "missing", level_order(s)[0], order[s]))


def _share(row: Estimate) -> str:
    return f"{numbers.count(row.numerator)} ({numbers.estimate(row)})"


def _differences(found: list[Estimate], term: str, level: str, notes: Footnotes) -> dict[str, str]:
    return {
        r.strata: notes.cell(r)
        for r in found
        if r.measure == "standardised_difference" and r.term == term and r.level == level
    }
