"""Read the released rows back from the file that leaves."""

from __future__ import annotations

import csv
from pathlib import Path

from analysis.publish.refusal import PublishError
from data_schema.measures import Measures
from data_schema.results import NUMBER_COLUMNS, RELEASED_COLUMNS, RESTS_ON, Released

NUMBERS = tuple(name for name in NUMBER_COLUMNS if name not in RESTS_ON)


def read_rows(path: Path, measures: Measures, *, earlier: bool = False) -> list[Released]:
    """The rows of an ``estimates.csv``; ``PublishError`` naming file and line.

    ``measures``: those that travel with the rows. Of an ``earlier`` release, rows of measures that
    are no longer declared are left out: nothing now can be compared with them.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != RELEASED_COLUMNS:
            raise PublishError(f"{path.name}: line 1: not the columns of a table of estimates")
        return [
            _row(record, measures, f"{path.name}: line {number}")
            for number, record in enumerate(reader, start=2)
            if not (earlier and record["measure"] not in measures)
        ]


def _row(record: dict[str, str], measures: Measures, where: str) -> Released:
    if record["measure"] not in measures:
        raise PublishError(f"{where}: measure: not declared")
    try:
        numbers = {name: float(record[name]) if record[name] else None for name in NUMBERS}
        texts = {n: v for n, v in record.items() if n != "id" and n not in numbers}
        return Released(**texts, **numbers, declaration=measures[record["measure"]])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise PublishError(f"{where}: not a row of estimates") from None
