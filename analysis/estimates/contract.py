"""What a model gives, held to what it declares; of a model from outside a failure is a value.

A model of the project that breaks its own declaration is an error of the program: it stops. One
from outside must not take the report with it: its measures say that there is no number, and why.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Sequence

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import EstimateModel
from data_schema.protocol_models import Settings
from data_schema.refusal import Refusal
from data_schema.results import NUMBER_COLUMNS, Estimate


def answered(
    one: EstimateModel, cohort: Cohort, settings: Settings, before: Sequence[Estimate] = ()
) -> list[Estimate]:
    """The rows of a model; ``before`` are those that exist already.

    ``ValueError`` where a model of the project breaks its declaration.
    """
    if not one.sha256:
        rows = one(cohort, settings)
        if broken := broken_rule(one, rows, before):
            raise ValueError(f"model {one.name}: {broken}")
        return rows
    try:
        rows = one(cohort, settings)
    except Refusal:
        raise
    except Exception as error:  # whatever the file does
        return failed(one, f"stopped ({type(error).__name__}{_line(one, error)})")
    broken = broken_rule(one, rows, before)
    return failed(one, f"broke a rule of models: {broken}") if broken else rows


def broken_rule(one: EstimateModel, rows: object, before: Sequence[Estimate] = ()) -> str:
    """The first rule that rows of a model break; empty if they keep them all."""
    if not isinstance(rows, list) or not all(isinstance(row, Estimate) for row in rows):
        return "it gives a list of Estimate rows"
    questions = {measure.name: measure.question for measure in one.measures}
    if any(questions.get(row.measure) not in ("", row.question) for row in rows):
        return "its rows are of the questions and measures that it declares"
    if one.sha256 and any(row.model != one.name for row in rows):
        return "the field model of its rows is its own name"
    ids = [row.id for row in rows]
    if len(set(ids)) < len(ids) or set(ids) & {row.id for row in before}:
        return "no two rows have one id"
    if any(not _is_said(row) for row in rows):
        return "a number is finite, and a row without one has a status and a reason"
    return ""


def failed(one: EstimateModel, what: str) -> list[Estimate]:
    """A row for each of its measures that says why there is no number."""
    reason = f"The model {one.name} {what}, so it gives no number."
    return [
        Estimate(
            measure.question or one.question,
            measure.name,
            "cohort",
            model=one.name,
            status="not_estimable",
            reason=reason,
        )
        for measure in one.measures
    ]


def _is_said(row: Estimate) -> bool:
    numbers = [getattr(row, name) for name in NUMBER_COLUMNS]
    finite = all(value is None or math.isfinite(value) for value in numbers)
    return finite and (row.status in ("ok", "flagged") or bool(row.reason))


def _line(one: EstimateModel, error: Exception) -> str:
    """Where in the model's file it happened; never what the error says: that may hold data."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == f"{one.name}.py"]
    return f", line {lines[-1]}" if lines else ""
