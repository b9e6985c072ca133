"""Rows under another specification, beside the primary one."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import Rows
from reports.tables.cells import Footnotes
from reports.text.specifications import in_words
from reports.wording import numbers
from reports.wording.labels import event_name, named, stratum


def table(rows: Rows, metadata: Metadata) -> Table | None:
    found = rows.where(specification="multiple_imputation")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = []
    for row in found:
        primary = _primary(row, rows)
        lines.append(
            TableRow(
                (
                    in_words(row.specification),
                    _what(row, metadata),
                    notes.cell(row),
                    numbers.bounds(row),
                    notes.cell(primary),
                    numbers.bounds(primary),
                )
            )
        )
    columns = (
        Column("Choice"),
        Column("Estimate of"),
        Column("With it", "number"),
        Column("95% interval", "interval"),
        Column("Primary", "number"),
        Column("95% interval", "interval"),
    )
    return Table(
        "sensitivity", "Other choices beside the primary one", columns, tuple(lines), notes.notes()
    )


def _primary(row: Estimate, rows: Rows) -> Estimate | None:
    keys = ("question", "measure", "outcome", "model", "term", "level", "strata", "time", "x")
    return rows.first(specification="primary", **{key: getattr(row, key) for key in keys})


def _what(row: Estimate, metadata: Metadata) -> str:
    words = [named(row.measure)]
    if row.outcome:
        words.append(event_name(row.outcome, metadata).replace("+", " or "))
    if row.term:
        words.append(metadata.term_label(row.model, row.term))
    if row.strata:
        words.append(stratum(row.strata))
    if row.time is not None:
        words.append(f"{row.time / DAYS_A_YEAR:.3g} years")
    return ", ".join(words)
