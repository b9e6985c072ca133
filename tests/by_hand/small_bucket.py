"""A bucket of a few people, written as days since first dialysis, and the protocol for it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.cohort.bucket import Bucket
from analysis.study import Study
from data_schema.declarations import Column, table

FIRST = date(2010, 1, 1)
PLAIN: dict[str, Any] = {
    "name": "small",
    "title": "A few people",
    "question": "How common is it?",
    "source": "native",
    "population": {
        "sentence": "People on chronic dialysis",
        "data_start": date(2005, 1, 1),
        "data_end": date(2019, 12, 31),
    },
    "outcome": {
        "kind": "calcinosis",
        "label": "calcinosis",
        "competing": ["death", "transplant", "recovery"],
    },
    "release": {"holder": "public", "min_count": 1, "rounding": 1},
}


def study(**parts: dict[str, Any]) -> Study:
    """The plain protocol with some keys of its parts changed."""
    changed = {name: {**PLAIN.get(name, {}), **part} for name, part in parts.items()}
    return Study.model_validate({**PLAIN, **changed})


def on(day: int) -> date:
    """The date of a day of somebody who started on ``FIRST``."""
    return FIRST + timedelta(days=day)


def bucket(
    patients: list[dict[str, Any]], precision: str = "day", **tables: list[dict[str, Any]]
) -> Bucket:
    """Typed tables in memory; dates as ``date``, people named ``p``: a row number of ``patients``.

    A person without ``first_dialysis_date`` started on ``FIRST``.
    """
    people = [
        {"first_dialysis_date": FIRST, "patient_id": str(i), **row}
        for i, row in enumerate(patients)
    ]
    frames = {name: _typed(name, rows) for name, rows in tables.items()}
    labs = pa.Table.from_pandas(frames.pop("labs")).column if "labs" in frames else None
    available = frozenset(["patients", *tables])
    return Bucket(0, precision, _typed("patients", people), frames, available, labs)


def _typed(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = {c.name: _column(c, rows) for c in table(name).columns}
    frame = pd.DataFrame(columns)
    if name == "labs":
        frame = frame.assign(value_si=[float(row.get("value_si", row["value"])) for row in rows])
    if name == "patients":
        return frame
    return frame.assign(person=pd.Series([row["p"] for row in rows], dtype="int64"))


def _column(column: Column, rows: list[dict[str, Any]]) -> pd.Series:
    cells = [row.get(column.name, column.default) for row in rows]
    if column.type in ("date", "partial_date"):
        return pd.to_datetime(pd.Series(cells, dtype=object)).astype("datetime64[s]")
    if column.type in ("decimal", "integer", "bounded_number"):
        return pd.Series(cells, dtype="float64")
    return pd.Series(cells, dtype=object)
