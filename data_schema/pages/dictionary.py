"""Writes the data dictionary from the declarations: ``python -m data_schema.pages.dictionary``.

The page is printed; ``docs/data_dictionary.md`` is its committed copy, and a test holds the two
equal.
"""

from __future__ import annotations

from data_schema.codelists import NAMES, Code, codelist
from data_schema.declarations import (
    TABLE_NAMES,
    Analyte,
    Column,
    SourceFile,
    Table,
    analytes,
    source,
    table,
)
from data_schema.pages.markdown import markdown_table

HEAD = """# Data dictionary

Generated from `data_schema/` by `python -m data_schema.pages.dictionary`; do not edit by hand.

An extract in the **native form** is a folder with one file a table, named after it
(`patients.csv`, `labs.csv.gz`, `labs.parquet`, or a folder `labs/` of such files). Files are
UTF-8, comma-separated, quoted with `"`, with a header row. Only `patients` is required. Dates are
`YYYY-MM-DD`. An empty cell is missing. Ids are text, leading zeros included. A code is written in
any case, with or without dots, and always beside its coding system. Intervals are half-open: the
end is the first day that is no longer in.

Sensitivity: *pseudonym* stands for a person, *quasi* can help to identify one; neither is ever in
a release.
"""


def page() -> str:
    """The whole dictionary as Markdown."""
    files = {file.name: file for file in source("native").files}
    tables = [_table(table(name), files.get(name)) for name in TABLE_NAMES]
    parts = [HEAD, *tables, _analytes(), _codelists()]
    return "\n".join(part.strip() + "\n" for part in parts)


def _needed(column: Column, file: SourceFile | None) -> str:
    """Whether the column must be in the file, and whether its cells must be filled."""
    if file is None or column.name not in (*file.columns, *file.optional_columns):
        return "not in the native form"
    if column.name not in file.columns:
        return "optional"
    return "required" if column.required else "required, may be empty"


def _values(column: Column) -> str:
    parts = [", ".join(f"`{value}`" for value in column.values)]
    if column.default is not None:
        parts.append(f"empty: `{column.default}`")
    if column.minimum is not None or column.maximum is not None:
        low = "" if column.minimum is None else f"{column.minimum:g}"
        high = "" if column.maximum is None else f"{column.maximum:g}"
        parts.append(f"{low} to {high}".strip() if high else f"{low} or more")
    return "; ".join(part for part in parts if part)


def _table(declared: Table, file: SourceFile | None) -> str:
    lines = [f"## {declared.name}", "", f"{declared.title}. Key: {_names(declared.key)}.", ""]
    head = ("column", "type", "in the file", "values", "unit", "sensitivity", "meaning")
    columns = [
        (
            f"`{c.name}`",
            c.type.replace("_", " "),
            _needed(c, file),
            _values(c),
            c.unit,
            "" if c.sensitivity == "none" else c.sensitivity,
            c.says,
        )
        for c in declared.columns
    ]
    lines.append(markdown_table(head, columns))
    if declared.rules:
        rules = [(f"`{r.id}`", r.severity, f"`{r.column}`", r.says) for r in declared.rules]
        lines += ["", markdown_table(("rule", "what happens", "column", "when"), rules)]
    return "\n".join(lines)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _analytes() -> str:
    lines = [
        "## Laboratory analytes",
        "",
        "A value is multiplied by the factor of its unit. Outside the hard limits the "
        "record is rejected and counted, outside the soft ones it is kept and flagged.",
        "",
    ]
    head = ("analyte", "title", "unit", "hard limits", "soft limits", "units accepted")
    rows = [
        (f"`{name}`", a.title, a.unit, _limits(a.hard), _limits(a.soft), _units(a))
        for name, a in analytes().items()
    ]
    return "\n".join([*lines, markdown_table(head, rows)])


def _limits(limits: tuple[float, float]) -> str:
    return f"{limits[0]:g} to {limits[1]:g}"


def _units(analyte: Analyte) -> str:
    return ", ".join(
        f"`{row.unit}` x {row.factor:.6g}{'' if row.verified else ' (unverified)'}"
        for row in analyte.units
    )


def _codelists() -> str:
    lines = [
        "## Code lists",
        "",
        "Verified: *use* = the code and this use of it were seen in the source, *code* = the code "
        "and its meaning, *no* = unverified. The longest match wins. Rows that are off are listed "
        "and never match.",
    ]
    for name in NAMES:
        head = ("system", "code", "match", "label", "group", "verified", "on")
        rows = map(_code_row, codelist(name))
        lines += ["", f"### {name}", "", markdown_table(head, rows)]
    return "\n".join(lines)


def _code_row(row: Code) -> tuple[str, ...]:
    on = "yes" if row.enabled else "no"
    code = f"`{row.code}`"
    return row.system, code, row.match, row.label, row.group, row.verified, on


if __name__ == "__main__":
    print(page(), end="")
