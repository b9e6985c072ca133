"""Tables of time lost by cause, onset between assessments, and mean onset by follow-up scheme."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.blocks import Column, Table, TableRow
from reports.metadata import Metadata
from reports.rows import IMPUTED_OR_NOT, Rows, distinct, has_number
from reports.tables.cells import Footnotes
from reports.text.onset import METHODS, WAYS
from reports.wording import numbers
from reports.wording.labels import event_name, named, upper_first


def time_lost(rows: Rows, metadata: Metadata) -> Table | None:
    """Days lost to each cause within each horizon."""
    found = rows.where(measure="time_lost", specification="primary")
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines: list[TableRow] = []
    for outcome in distinct(row.outcome for row in found):
        name = upper_first(event_name(outcome, metadata))
        lines.append(TableRow((name, "", ""), "group"))
        lines += [_within(row, notes) for row in found if row.outcome == outcome]
    columns = (
        Column("Within years"),
        Column("Mean time lost", "number", "days"),
        Column("95% interval", "interval", "days"),
    )
    caption = "Restricted mean time lost to each cause"
    return Table("time_lost", caption, columns, tuple(lines), notes.notes(), fold=True)


def _within(row: Estimate, notes: Footnotes) -> TableRow:
    year = (row.time or 0) / DAYS_A_YEAR
    shown = notes.cell(row, numbers.estimate(row, sign=False))
    return TableRow((f"{year:g}", shown, numbers.bounds(row)), "indented")


def between_assessments(rows: Rows, metadata: Metadata) -> Table | None:
    """Each method at each horizon, competing exits put back."""
    found = [
        row
        for row in rows.where(measure="interval_incidence", model=METHODS)
        if row.time is not None
    ]
    if not found:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines: list[TableRow] = []
    for model in distinct(row.model for row in found):
        lines.append(TableRow((named(model), "", ""), "group"))
        lines += [_within(row, notes) for row in found if row.model == model]
    columns = (
        Column("Years"),
        Column("Proportion with onset", "number", "%"),
        Column("95% interval", "interval", "%"),
    )
    caption = "Onset interval-censored between assessments, people with a negative assessment"
    return Table("onset_between_assessments", caption, columns, tuple(lines), notes.notes())


def predicted(rows: Rows, metadata: Metadata) -> Table | None:
    """Incidence averaged over the people at entry, complete and with covariates imputed."""
    found = rows.where(measure="standardised_incidence", specification=IMPUTED_OR_NOT)
    found = [row for row in found if row.time is not None]
    if not any(has_number(row) for row in found):
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines: list[TableRow] = []
    for key in distinct(f"{row.model}|{row.specification}" for row in found):
        of_key = [row for row in found if f"{row.model}|{row.specification}" == key]
        lines.append(TableRow((_over(of_key[0], metadata), "", ""), "group"))
        lines += [_within(row, notes) for row in of_key]
    columns = (
        Column("Years"),
        Column("Proportion with onset", "number", "%"),
        Column("95% interval", "interval", "%"),
    )
    caption = "Onset predicted for all people as they were at entry, other events competing"
    note = (
        "The mean of each person's predicted incidence, their terms held as at entry; imputed "
        "curves are pooled on the complementary log–log scale."
    )
    return Table("predicted_incidence", caption, columns, tuple(lines), notes.notes(note))


def _over(row: Estimate, metadata: Metadata) -> str:
    """The model and the people averaged over."""
    label = next((one["label"] for one in metadata.models if one["name"] == row.model), row.model)
    imputed = row.specification == "multiple_imputation"
    people = numbers.hidden_or(row, numbers.count(row.denominator))
    whose = "missing values imputed" if imputed else "people whose terms are all known"
    return f"{label}: {whose} ({people} people)"


def mean_onset(rows: Rows, metadata: Metadata) -> Table | None:
    """Mean onset under several follow-up schemes."""
    found = rows.numbers(measure="mean_onset", model=("observed", "simulated"))
    if len(found) < 2:
        return None
    notes = Footnotes(metadata.release["min_count"])
    lines = tuple(
        TableRow(
            (
                "Observed in this registry"
                if row.model == "observed"
                else f"Simulated, {WAYS.get(row.term, named(row.term))}",
                notes.cell(row),
            )
        )
        for row in found
    )
    columns = (
        Column("Follow-up scheme"),
        Column("Mean onset among cases", "number", "years"),
    )
    caption = "Mean onset from one fitted hazard, under several follow-up schemes"
    return Table("mean_onset", caption, columns, lines, notes.notes())
