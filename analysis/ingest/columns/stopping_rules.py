"""Rules of a record that stop the run: the first record that breaks one is named, and no value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from analysis.ingest.columns.encoded_columns import word_codes
from analysis.ingest.columns.encoded_rows import CodedRows
from data_schema.declarations import Table
from data_schema.refusal import refusal


class RowStops:
    """Watches a table's typed rows as they stream by. Raises ``Refusal`` at the first."""

    def __init__(self, table: Table) -> None:
        self.rules = {f"{r.column}:{r.id}": r for r in table.rules if r.severity == "stop"}

    def watch(self, batch: pa.RecordBatch | CodedRows) -> None:
        """Tables whose rows come as codes have no such rules."""
        if not self.rules or isinstance(batch, CodedRows):
            return
        words = batch.column("_rule").dictionary.to_pylist()
        code = word_codes(batch.column("_rule"))
        stops = [place for place, word in enumerate(words) if word in self.rules]
        found = np.flatnonzero(np.isin(code, stops))
        if len(found) == 0:
            return
        first = int(found[0])
        rule = self.rules[words[code[first]]]
        file = batch.column("_file").slice(first, 1).to_pylist()[0]
        row = batch.column("_row").slice(first, 1).to_pylist()[0]
        says = f"{rule.id}: {rule.says[0].lower()}{rule.says[1:]}"
        raise refusal(says, file=file, row=row, column=rule.column)
