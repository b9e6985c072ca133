"""Read the released rows back from the file that leaves."""

from __future__ import annotations

import csv
from pathlib import Path

from analysis.publish.refusal import PublishError
from data_schema.results import COLUMNS, MEASURES, NUMBER_COLUMNS, Estimate


def read_rows(path: Path) -> list[Estimate]:
    """The rows of an ``estimates.csv``; ``PublishError`` naming file and line."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise PublishError(f"{path.name}: line 1: not the columns of a table of estimates")
        return [_row(record, path, number) for number, record in enumerate(reader, start=2)]


def _row(record: dict[str, str], path: Path, line: int) -> Estimate:
    try:
        numbers = {name: float(record[name]) if record[name] else None for name in NUMBER_COLUMNS}
        texts = {n: v for n, v in record.items() if n != "id" and n not in numbers}
        row = Estimate(**texts, **numbers)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise PublishError(f"{path.name}: line {line}: not a row of estimates") from None
    if row.measure not in MEASURES:
        raise PublishError(f"{path.name}: line {line}: measure: not declared")
    return row
