"""First pass: typed rows stream out of DuckDB, cut into buckets, and are never held whole.

Rows lie in ``work/rows/<table>/<chunk>_<batch>.arrow``, a record batch a bucket, in the order of
the file. Columns of few values are dictionary-encoded; a person is the place among the bucket's
people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from analysis import store
from analysis.ingest.columns.column_types import (
    COMPARATORS,
    STATUS_COLUMNS,
    rule_names,
    typed_names,
)
from analysis.ingest.columns.encoded_columns import codes_of, numbers_of
from analysis.ingest.sql.quoting import literal, quoted
from data_schema.declarations import Table, analytes

ROWS_A_BATCH = 2**20
ENCODED_HERE = ("centre_id", "_out_of_scope")  # few values in many rows, not known beforehand
LOW_BITS = 0xFFFFFFFF  # of a record number, in a sum that cannot overflow

Observer = Callable[[pa.RecordBatch], None]


@dataclass
class RecordCounts:
    """Records of a table by file, with two sums of their numbers that tell whether all came."""

    records: Counter = field(default_factory=Counter)
    sums: Counter = field(default_factory=Counter)
    scopes: set[str] = field(default_factory=set)

    def observe(self, batch: pa.RecordBatch) -> None:
        file = batch.column("_file")
        names, code = file.dictionary.to_pylist(), codes_of(file)
        row = batch.column("_row").to_numpy()
        sums = np.zeros(len(names), dtype=np.int64)
        np.add.at(sums, code, (row & LOW_BITS) + ((row * row) & LOW_BITS))
        counts = np.bincount(code, minlength=len(names))
        for name, count, total in zip(names, counts.tolist(), sums.tolist(), strict=True):
            self.records[name] += count
            self.sums[name] += total
        scope = batch.column("_out_of_scope")
        if scope.null_count < len(scope):
            self.scopes.update(scope.dictionary.to_pylist())

    def add(self, other: RecordCounts) -> None:
        """Add the counts of another part of the table."""
        self.records.update(other.records)
        self.sums.update(other.sums)
        self.scopes |= other.scopes

    def are_complete(self, connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> bool:
        """Whether each record of the views ``files`` was counted once."""
        whole = {}
        for file in files:
            rows = connection.execute(
                f"SELECT _file, count(*), sum(_row & {LOW_BITS}) + "
                f"sum((_row * _row) & {LOW_BITS}) FROM {quoted(file)} GROUP BY 1"
            ).fetchall()
            whole.update({name: (n, int(total)) for name, n, total in rows})
        return whole == {name: (n, self.sums[name]) for name, n in self.records.items() if n}


def stage_rows(
    rows: Iterable[pa.RecordBatch], folder: Path, number: int, observers: Sequence[Observer]
) -> None:
    """Write ``rows`` (one column is ``_bucket``) by bucket into ``folder``; each batch is observed.

    Files are named by the ``number`` of the chunk, which no other chunk of the table has.
    """
    store.private_folder(folder)
    for place, batch in enumerate(map(_encoded, rows)):
        for observe in observers:
            observe(batch)
        _write_by_bucket(folder / f"{number:05d}_{place:05d}.arrow", batch)


def selected_rows(connection: duckdb.DuckDBPyConnection, select: str) -> Iterator[pa.RecordBatch]:
    """The rows of a SELECT in batches, or one batch without rows."""
    reader = connection.sql(select).to_arrow_reader(ROWS_A_BATCH)
    found = False
    for batch in reader:
        found = True
        yield batch
    if not found:
        nothing = [pa.array([], kind) for kind in reader.schema.types]
        yield pa.RecordBatch.from_arrays(nothing, schema=reader.schema)


def _encoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    for name in set(ENCODED_HERE) & set(batch.schema.names):
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, name, batch.column(place).dictionary_encode())
    return batch


def _write_by_bucket(path: Path, batch: pa.RecordBatch) -> None:
    """A record batch for each bucket that has rows, and one without rows, first."""
    bucket = numbers_of(batch.column("_bucket"), 0)
    counts = np.bincount(bucket)
    starts = np.cumsum(counts) - counts
    rows = batch.remove_column(batch.schema.get_field_index("_bucket"))
    ordered = rows.take(pa.array(np.argsort(bucket, kind="stable")))
    present = np.flatnonzero(counts)
    store.write_batches(
        path,
        ordered.schema,
        {-1: ordered.slice(0, 0)} | {int(n): ordered.slice(starts[n], counts[n]) for n in present},
    )


def staged_rows(folder: Path, number: int) -> pa.Table:
    """The rows of a table in one bucket, in the order of their chunks."""
    files = sorted(folder.glob("*.arrow"))
    found = [store.read_batch(path, number) for path in files]
    rows = [batch for batch in found if batch is not None]
    empty = store.read_batch(files[0], -1)
    assert empty is not None
    return pa.Table.from_batches(rows or [empty]).unify_dictionaries()


def staged_select(table: Table, typed: str, files: list[str]) -> str:
    """SELECT of the rows to stage: bucket, person, and closed sets of values as enumerations.

    ``typed``: a relation of typed rows with ``STATUS_COLUMNS``; of patients also with ``_bucket``.
    People are those of ``_people``; a row of nobody known is in the first bucket, without a person.
    """
    enums = _enumerations(table, files)
    names = typed_names(table.columns)
    bucket, join = "0", ""
    if table.name == "patients":
        bucket = "t._bucket"
    elif "patient_id" in names:
        names.remove("patient_id")
        bucket, join = "coalesce(p._bucket, 0)", "LEFT JOIN _people p USING (patient_id)"
    cells = [f"CAST({bucket} AS USMALLINT) AS _bucket"]
    cells += ["p._person"] if join else []
    for name in (*names, "_file", "_row", *STATUS_COLUMNS, "_out_of_scope"):
        cell, kind = f"t.{quoted(name)}", enums.get(name)
        cells.append(f"TRY_CAST({cell} AS {kind}) AS {quoted(name)}" if kind else cell)
    return f"SELECT {', '.join(cells)} FROM {typed} t {join}"


def _enumerations(table: Table, files: list[str]) -> dict[str, str]:
    """Columns whose values are known beforehand, as SQL types."""
    values = {c.name: c.values for c in table.columns if c.type == "category"}
    rules, flags = rule_names(table)
    values |= {"_file": tuple(sorted(files)), "_rule": rules, "_flag": flags}
    if table.name == "labs":
        units = {row.unit for analyte in analytes().values() for row in analyte.units}
        values |= {"comparator": COMPARATORS, "unit": tuple(sorted(units))}
    if "analyte" in values:
        values["analyte"] = tuple(sorted(values["analyte"]))  # codes in the order of the names
    return {
        name: f"ENUM({', '.join(map(literal, listed))})"
        for name, listed in values.items()
        if listed
    }
