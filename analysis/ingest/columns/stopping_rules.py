"""Rules of a record that stop the run: the first record that breaks one is named, and no value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from analysis.ingest.columns.encoded_columns import codes_of
from data_schema.declarations import Table
from data_schema.refusal import refusal


class StoppingRules:
    """Rules of a table that stop the run, checked on each batch of its typed rows."""

    def __init__(self, table: Table) -> None:
        self.rules = {f"{r.column}:{r.id}": r for r in table.rules if r.severity == "stop"}

    def observe(self, batch: pa.RecordBatch) -> None:
        """Raises ``Refusal`` at the first row that breaks one."""
        if not self.rules:
            return
        names, code = batch.column("_rule").dictionary.to_pylist(), codes_of(batch.column("_rule"))
        stops = [place for place, name in enumerate(names) if name in self.rules]
        found = np.flatnonzero(np.isin(code, stops))
        if len(found) == 0:
            return
        first = int(found[0])
        rule = self.rules[names[code[first]]]
        file = batch.column("_file").slice(first, 1).to_pylist()[0]
        row = batch.column("_row").slice(first, 1).to_pylist()[0]
        says = f"{rule.id}: {rule.says[0].lower()}{rule.says[1:]}"
        raise refusal(says, file=file, row=row, column=rule.column)
