"""Text becomes typed once: for each column type, the SQL that casts and the rules it can break.

A row's first broken rule, in column order, is its reject reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.ingest.files.number_text import is_rounded
from analysis.ingest.sql.quoting import literal, quoted
from data_schema.declarations import Column, Table

PLACEHOLDER_DATES = ("1900-01-01", "1901-01-01", "9999-12-31")
# chronic dialysis began in 1960, and birth_too_early takes nobody who was then older than 120
FIRST_YEAR = 1840
BOUND = r"^\s*(<=|>=|<|>)?\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*$"
COMPARATORS = ("", "<", "<=", ">", ">=")
STATUS_COLUMNS = ("_rule", "_flag")  # of a row: the first rule that it breaks, the first flag
WHOLE_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

RULE_SENTENCES = {
    "missing": "a required cell is empty",
    "not_a_date": "is not a date of the form YYYY-MM-DD",
    "impossible_date": f"is a date that does not exist, or of a year before {FIRST_YEAR}",
    "placeholder_date": "is a placeholder date (1900-01-01, 9999-12-31)",
    "not_a_number": "is not a number",
    "not_a_number_or_bound": "is neither a number nor a bound such as <0.3",
    "below_minimum": "is below the column's minimum",
    "above_maximum": "is above the column's maximum",
    "unknown_value": "is not one of the column's values",
    "rounded_id": "is an id that was kept as a floating number and has lost its last digits",
    "too_few_cells": "the record has fewer cells than the header",
    "too_many_cells": "the record has more cells than the header",
    "blank_record": "the record is blank",
    "record_too_long": "the record is longer than a megabyte",
    "duplicate_row": "repeats an earlier record",
    "unknown_person": "the person is not in patients",
    "after_death": "lies after the person's death",
    "after_end_of_data": "lies after the end of data",
    "before_birth": "lies before the person's birth",
    "unknown_unit": "the unit is not one that analytes.toml lists for the analyte",
    "outside_hard_limits": "lies outside the limits of what can be measured",
    "centre_unit_implausible": "the centre's values fit no unit, or not surely one",
    "unit_resolved": "the centre's values are in another unit than declared; converted by that",
    "outside_soft_limits": "is unusual for dialysis; kept",
    "bound": "is a bound (such as >2500); kept as the bound",
    "unknown_value_default": "is not one of the column's values; read as unknown",
}


@dataclass(frozen=True)
class TypedColumn:
    """SQL expressions: the typed value(s), and for each rule the condition that breaks it.

    ``doubts``: cheap conditions, one of which holds wherever a rule is broken. They are evaluated
    for every record, the rules only for records in doubt. Without any the rules stand for
    themselves.
    """

    select: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]  # (rule, condition)
    flags: tuple[tuple[str, str], ...] = ()
    doubts: tuple[str, ...] = ()


def typed_column(column: Column) -> TypedColumn:
    text = quoted(column.name)
    required = (("missing", f"{text} IS NULL"),) if column.required else ()
    typed = _TYPES[column.type](column, text)
    doubts = typed.doubts or tuple(condition for _, condition in typed.rules)
    doubts += tuple(condition for _, condition in required)
    return TypedColumn(typed.select, required + typed.rules, typed.flags, doubts)


def _plain(column: Column, text: str) -> TypedColumn:
    return TypedColumn((f"{text} AS {quoted(column.name)}",), ())


def _id(column: Column, text: str) -> TypedColumn:
    rules = (("rounded_id", is_rounded(text)),)
    doubts = (f"contains({text}, '+')", f"ends_with({text}, '.0')")
    return TypedColumn((f"{text} AS {quoted(column.name)}",), rules, doubts=doubts)


def _code(column: Column, text: str) -> TypedColumn:
    return TypedColumn((f"upper(replace({text}, '.', '')) AS {quoted(column.name)}",), ())


def _category(column: Column, text: str) -> TypedColumn:
    values = ", ".join(literal(v) for v in column.values)
    unknown = f"{text} IS NOT NULL AND {text} NOT IN ({values})"
    if column.default is None:
        select, rules = (f"{text} AS {quoted(column.name)}",), (("unknown_value", unknown),)
        return TypedColumn(select, rules, doubts=(f"{text} NOT IN ({values})",))
    value = f"CASE WHEN {text} IN ({values}) THEN {text} ELSE {literal(column.default)} END"
    flags = (("unknown_value_default", unknown),)
    return TypedColumn((f"{value} AS {quoted(column.name)}",), (), flags)


def _number(column: Column, text: str) -> TypedColumn:
    value = f"TRY_CAST({text} AS DOUBLE)"
    # DuckDB reads 1_000 as a thousand
    nothing = f"{value} IS NULL OR NOT isfinite({value}) OR contains({text}, '_')"
    rules = [("not_a_number", f"{text} IS NOT NULL AND ({nothing})")]
    if column.minimum is not None:
        rules.append(("below_minimum", f"{value} < {column.minimum!r}"))
    if column.maximum is not None:
        rules.append(("above_maximum", f"{value} > {column.maximum!r}"))
    return TypedColumn((f"{value} AS {quoted(column.name)}",), tuple(rules))


def _date(column: Column, text: str) -> TypedColumn:
    value = f"TRY_CAST({text} AS DATE)"
    rules = _date_rules(text, text, WHOLE_DATE)
    doubts = (
        f"{text} NOT LIKE '____-__-__'",
        f"{text}[-1] < '0'",  # a blank or the like, which the engine's cast passes over
        f"{value} IS NULL AND {text} IS NOT NULL",
        *(condition for rule, condition in rules if rule == "placeholder_date"),
        _is_early(text),
    )
    return TypedColumn((f"{value} AS {quoted(column.name)}",), rules, doubts=doubts)


def _partial_date(column: Column, text: str) -> TypedColumn:
    """``YYYY`` stands for 1 July, ``YYYY-MM`` for the 15th."""
    whole = f"{text} || CASE length({text}) WHEN 4 THEN '-07-01' WHEN 7 THEN '-15' ELSE '' END"
    shape = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
    value = f"TRY_CAST({whole} AS DATE)"
    return TypedColumn((f"{value} AS {quoted(column.name)}",), _date_rules(text, whole, shape))


def _date_rules(text: str, whole: str, shape: str) -> tuple[tuple[str, str], ...]:
    placeholders = ", ".join(literal(d) for d in PLACEHOLDER_DATES)
    nothing = f"TRY_CAST({whole} AS DATE) IS NULL OR {_is_early(text)}"
    return (
        ("not_a_date", f"NOT regexp_matches({text}, {literal(shape)})"),
        ("impossible_date", f"{text} IS NOT NULL AND ({nothing})"),
        ("placeholder_date", f"{text} IN ({placeholders})"),
    )


def _is_early(text: str) -> str:
    """Of a date's text; also a year of a sign, or 0000, the year before Christ to DuckDB."""
    return f"{text} < '{FIRST_YEAR}'"


def _bounded_number(column: Column, text: str) -> TypedColumn:
    number = f"TRY_CAST(regexp_extract({text}, {literal(BOUND)}, 2) AS DOUBLE)"
    nothing = f"({number} IS NULL OR NOT isfinite({number}))"
    comparator = f"regexp_extract({text}, {literal(BOUND)}, 1)"
    return TypedColumn(
        (f"{number} AS {quoted(column.name)}", f"{comparator} AS comparator"),
        (("not_a_number_or_bound", f"{text} IS NOT NULL AND {nothing}"),),
        (("bound", f"{comparator} <> ''"),),
    )


_TYPES = {
    "id": _id,
    "text": _plain,
    "code": _code,
    "category": _category,
    "integer": _number,
    "decimal": _number,
    "date": _date,
    "partial_date": _partial_date,
    "bounded_number": _bounded_number,
}


def typed_names(columns: Sequence[Column]) -> list[str]:
    """The typed columns that these become: a bound's comparator stands beside its number."""
    beside = {column.name: ["comparator"] * (column.type == "bounded_number") for column in columns}
    return [name for column, more in beside.items() for name in (column, *more)]


def typed_select(table: Table, selected: str, data_end: str) -> str:
    """SELECT of typed columns with ``_rule`` and ``_flag`` (``column:rule`` or NULL).

    ``selected`` is the name of a relation of text columns with ``_file``, ``_row`` and
    ``_out_of_scope``. Table rules run on the typed values; a row that is out of scope is not a
    record of this table, so it breaks no rule of it. A rule that stops the run stands in ``_rule``
    before one that rejects (``row_stops`` refuses it); one that flags, in ``_flag``, after those
    of the cells.
    """
    typed = {column.name: typed_column(column) for column in table.columns}
    select = ", ".join(part for t in typed.values() for part in t.select)
    cells, flags = _first_broken(typed)
    broken = _first_row_rule(table, ("stop", "reject"), data_end)
    flagged = _first_row_rule(table, ("flag",), data_end)
    return (
        "SELECT * EXCLUDE (_cell_rule, _cell_flag), CASE WHEN _out_of_scope IS NULL "
        f"THEN coalesce(_cell_rule, {broken}) END AS _rule, coalesce(_cell_flag, "
        f"CASE WHEN _out_of_scope IS NULL THEN {flagged} END) AS _flag FROM ("
        f"SELECT {select}, {flags} AS _cell_flag, {cells} AS _cell_rule, "
        f"_file, _row, _out_of_scope FROM {selected})"
    )


def _first_broken(typed: dict[str, TypedColumn]) -> tuple[str, str]:
    """SQL of the first rule that one of the cells breaks, and of the first flag."""
    rules = f"CASE WHEN {in_doubt(typed)} THEN {_first_of(typed, lambda t: t.rules)} END"
    return rules, _first_of(typed, lambda t: t.flags)


def in_doubt(typed: dict[str, TypedColumn]) -> str:
    """SQL of whether any of a record's cells may break a rule."""
    return " OR ".join(f"({d})" for column in typed.values() for d in column.doubts) or "false"


def _first_row_rule(table: Table, severities: tuple[str, ...], data_end: str) -> str:
    rules = [r for severity in severities for r in table.rules if r.severity == severity]
    whens = "".join(
        f"WHEN {rule.where} THEN {literal(f'{rule.column}:{rule.id}')} " for rule in rules
    ).replace("$data_end", f"DATE {literal(data_end)}")
    return f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"


def rule_names(table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every ``column:rule`` that ``typed_select`` can give as ``_rule``, and as ``_flag``."""
    typed = {column.name: typed_column(column) for column in table.columns}
    rules = [f"{name}:{rule}" for name, column in typed.items() for rule, _ in column.rules]
    rules += [f"{rule.column}:{rule.id}" for rule in table.rules if rule.severity != "flag"]
    flags = [f"{name}:{flag}" for name, column in typed.items() for flag, _ in column.flags]
    flags += [f"{rule.column}:{rule.id}" for rule in table.rules if rule.severity == "flag"]
    return tuple(dict.fromkeys(rules)), tuple(dict.fromkeys(flags))


def _first_of(typed: dict[str, TypedColumn], which) -> str:
    whens = "".join(
        f"WHEN {condition} THEN {literal(f'{name}:{rule}')} "
        for name, column in typed.items()
        for rule, condition in which(column)
    )
    return f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"
