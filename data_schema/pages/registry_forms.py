"""Writes the page for holders of registry forms: ``python -m data_schema.pages.registry_forms``.

The page is printed; ``docs/registry_forms.md`` is its committed copy, and a test holds the two
equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from data_schema.declarations import Loss, Source, select_statements, source
from data_schema.pages.markdown import markdown_table

SHOWN = ("ukrdc", "usrds", "usrds_2015")

HEAD = """# Registry forms: for the data holder

Generated from `data_schema/sources/` by `python -m data_schema.pages.registry_forms`; do not edit
by hand.

An extract in one of these forms is read as it was delivered: a folder with one CSV file (also
gzip), Parquet or SAS file (`.sas7bdat`, `.xpt`) a table, named as below in any case, with these
columns in any order and any case; other columns are not read, but one that looks like a direct
identifier (a ZIPCODE, a name) stops the run. Files marked *by year* may be cut into years
(`ip_dxp_2022.csv`, `IP_DXP_2023.csv`, side by side or in a folder `ip_dxp/`). Years may differ in
the columns that can be done without; the report names what a year lacks. Give the folder and the
protocol that goes with the form, or a copy of it:

```
make validate EXTRACT=/data/extract PROTOCOL=data_schema/protocols/ukrdc.toml
make report   EXTRACT=/data/extract PROTOCOL=data_schema/protocols/ukrdc.toml
```

**No real file of these holders was seen.** The forms are built from public dictionaries. What in
them was not verified says so. If your files differ, copy the folder of the source, change what
differs, and say `extends = "..."` in its `source.toml`.

What is claimed of each form is tested, not only said. `make simulate AS=ukrdc` writes a registry of
known truth in it; `make forms` sends the same people through every form and through the native one
*less the losses listed here*, and stops at any difference in typed tables, people, risk intervals
or estimates. A loss that is not on the list cannot pass, and neither can one that is on the list
and does not happen.
"""

KINDS = {
    "absent": "not carried",
    "month": "month only",
    "year": "year only",
    "levels": "fewer levels",
    "unit": "other unit",
    "last_of_month": "last of the month",
    "first": "first only",
    "backdated": "dated back",
    "folded": "folded",
    "untreated": "not known to be on dialysis",
}


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join([HEAD.strip() + "\n", *(_form(source(name)) for name in SHOWN)])


def _form(form: Source) -> str:
    parts = [f"## {form.title}\n", f"Source `{form.name}`. {form.attribution}\n"]
    if form.extends:
        parts.append(
            f"As `{form.extends}`: the same files, SELECTs and losses, and what is said here.\n"
        )
    else:
        parts += [_files(form), _losses(form), _sentences("What it cannot carry", form)]
    parts += [_checks(form)] if form.checks else []
    if form.scope_rules and not form.extends:
        rules = [(f"`{rule}`", says) for rule, says in form.scope_rules.items()]
        parts.append(_table("Records that are out of scope, by rule", ("rule", "means"), rules))
    return "\n".join(parts)


def _files(form: Source) -> str:
    selects = select_statements(form.name)
    uses = {
        file.name: [t for t, sql in selects.items() if _reads(sql, file.name)]
        for file in form.files
    }
    rows = [
        (
            f"`{file.file or file.name}`" + (" *by year*" if file.by_year else ""),
            "yes" if file.required else "no",
            _names(file.columns),
            _names(file.optional_columns),
            ", ".join(uses[file.name]),
        )
        for file in form.files
    ]
    head = ("file", "needed", "columns that must be there", "columns read if there", "becomes")
    return _table("Files", head, rows)


def _reads(sql: str, file: str) -> bool:
    return re.search(rf"\b(FROM|JOIN)\s+{file}\b", sql) is not None


def _names(columns: tuple[str, ...]) -> str:
    """Names; a run of names that are numbered in one is ``A1 .. A9``."""
    runs: list[list[str]] = []
    for name in columns:
        if runs and _next(runs[-1][-1]) == name:
            runs[-1].append(name)
        else:
            runs.append([name])
    shown = [f"{run[0]} .. {run[-1]}" if len(run) > 2 else "`, `".join(run) for run in runs]
    return ", ".join(f"`{name}`" for name in shown)


def _next(name: str) -> str:
    """The name with the number after its own; empty where it ends in none."""
    stem = name.rstrip("0123456789")
    return f"{stem}{int(name[len(stem) :]) + 1}" if stem != name else ""


def _losses(form: Source) -> str:
    rows = [(_place(loss), KINDS[loss.loss], loss.says) for loss in form.losses]
    return _table("What is lost beside the native form", ("where", "loss", "why"), rows)


def _place(loss: Loss) -> str:
    place = ".".join(part for part in (loss.table, loss.column) if part)
    limits = [f"{column} {', '.join(values)}" for column, values in loss.where.items()]
    limits += [f"from {loss.from_date}"] if loss.from_date else []
    limits += [f"before {loss.to_date}"] if loss.to_date else []
    return f"`{place}`" + (f" ({'; '.join(limits)})" if limits else "")


def _sentences(title: str, form: Source) -> str:
    rows = [(what.replace("_", " "), says) for what, says in form.cannot_carry.items()]
    rows += [(f"{h.analyte}, {h.start} to {h.end}", h.says) for h in form.holes]
    return _table(title, ("what", "because"), rows)


def _checks(form: Source) -> str:
    rows = [(f"`{check.id}`", check.severity, check.says) for check in form.checks]
    return _table("Checks of the files as a whole", ("check", "then", "means"), rows)


def _table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return f"### {title}\n\n{markdown_table(head, rows)}\n"


if __name__ == "__main__":
    print(page(), end="")
