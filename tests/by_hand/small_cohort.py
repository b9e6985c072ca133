"""A cohort of a few people as the estimates stage reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from small_bucket import study

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.study import Study

NEVER = np.inf
PERSON: dict[str, Any] = {
    "sex": "female",
    "age_at_entry": 50.0,
    "primary_renal_disease": "diabetes",
    "centre_id": "C0",
    "origin": 0.0,
    "protocol_entry": 90.0,
    "entry": 90.0,
    "exit": 1000.0,
    "exit_reason": "end_of_data",
    "state": 0,
    "leave": 1000.0,
    "leave_reason": "end_of_data",
    "onset": NEVER,
    "onset_unobserved": "",
    "tier": "",
    "free_since": NEVER,
    "last_negative_by_exit": -NEVER,
    "parathyroidectomy": NEVER,
    "resolution": NEVER,
    "left_out_at": "",
    "precision": "day",
    "covered_from": 0.0,
    "covered_to": NEVER,
}
TABLES = ("patients", "diagnoses", "assessments", "procedures", "labs", "modality_spells")


def cohort(
    people: list[dict[str, Any]],
    protocol: Study | None = None,
    spells: list[tuple[int, float, float, str]] = (),
    tables: tuple[str, ...] = TABLES,
    **intervals: list[float],
) -> Cohort:
    """``people`` differ from ``PERSON``; ``intervals`` are labs on one interval a person."""
    rows = [{"person": i, **PERSON, **row} for i, row in enumerate(people)]
    # who is not transplanted or recovered is in the registry from entry to leaving
    seen = {"registered": "entry", "gone": "leave"}
    seen |= {"last_entry": "entry", "period_leave": "leave"}
    seen |= {name: "leave_reason" for name in ("period_leave_reason", "operated_leave_reason")}
    rows = [{**row, **{new: row.get(new, row[old]) for new, old in seen.items()}} for row in rows]
    source_population = pd.DataFrame(
        rows, columns=[*rows[0]] if rows else ["person", *PERSON, *seen]
    )
    source_population = source_population.assign(
        in_cohort=source_population["left_out_at"] == "",
        operated_leave=source_population["leave"].where(
            source_population["parathyroidectomy"] >= source_population["entry"], -NEVER
        ),
    )
    followed = source_population[source_population["in_cohort"]]
    at_risk_periods = pd.DataFrame(
        {
            "person": followed["person"],
            "start": followed["entry"],
            "stop": followed["exit"],
            "state": followed["state"],
        }
    )
    return Cohort(
        protocol or study(),
        {"tables": list(tables), "precision": "day", "calendar": True},
        source_population.drop(columns=["covered_from", "covered_to"]),
        HeldTables(
            {
                "at_risk_periods": at_risk_periods,
                "covered": _covered(source_population),
                "intervals": at_risk_periods.assign(**intervals),
                "spells": _spells(list(spells)),
            }
        ),
    )


def with_table(cohort: Cohort, name: str, frame: pd.DataFrame) -> Cohort:
    """The cohort with another table in place of one."""
    assert isinstance(cohort.tables, HeldTables)
    return replace(cohort, tables=HeldTables(cohort.tables.frames | {name: frame}))


def _covered(source_population: pd.DataFrame) -> pd.DataFrame:
    """One stay each, from ``covered_from`` to ``covered_to``, for whom it holds a day."""
    rows = source_population[source_population["covered_to"] > source_population["covered_from"]]
    columns = {"covered_from": "start", "covered_to": "stop"}
    return rows[["person", *columns]].rename(columns=columns).reset_index(drop=True)


def _spells(rows: list[tuple[int, float, float, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["person", "start", "stop", "modality"])
    return frame.astype({"person": "int64", "start": "float64", "stop": "float64"})
