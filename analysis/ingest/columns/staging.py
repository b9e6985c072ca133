"""First pass: typed rows stream out of DuckDB, cut into buckets, and are never held whole.

Rows lie in ``work/rows/<table>/<slice>_<part>.arrow``, a batch a bucket, in the order in which they
came, as they are or as ``coded_rows``. Words that a column may hold are codes there; a person is
the place in the bucket's people.
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
from analysis.ingest.columns.column_types import COMPARATORS, MARKS, rule_names, typed_names
from analysis.ingest.columns.decode_kernels import add_records, order_buckets
from analysis.ingest.columns.encoded_rows import CodedRows, staged_table
from analysis.ingest.sql.quoting import literal, quoted
from data_schema.declarations import Table, analytes

ROWS_A_BATCH = 2**20
RECODED = ("centre_id", "_out_of_scope")  # few words in many rows, not known beforehand

Watch = Callable[[pa.RecordBatch | CodedRows], None]


@dataclass
class Seen:
    """What a table's stream held: for each file its records and two sums that say which."""

    records: Counter = field(default_factory=Counter)
    sums: Counter = field(default_factory=Counter)
    scopes: set[str] = field(default_factory=set)

    def watch(self, batch: pa.RecordBatch | CodedRows) -> None:
        file = batch.column("_file")
        names = file.dictionary.to_pylist()
        counts, sums = (np.zeros(len(names), dtype=np.int64) for _ in range(2))
        code = file.indices.to_numpy(zero_copy_only=False).astype(np.int32)
        add_records(code, batch.column("_row").to_numpy(zero_copy_only=False), counts, sums)
        for name, count, total in zip(names, counts.tolist(), sums.tolist(), strict=True):
            self.records[name] += count
            self.sums[name] += total
        scope = batch.column("_out_of_scope")
        if scope.null_count < len(scope):
            self.scopes.update(scope.dictionary.to_pylist())

    def add(self, other: Seen) -> None:
        """Take in what another part of the table held."""
        self.records.update(other.records)
        self.sums.update(other.sums)
        self.scopes |= other.scopes

    def is_all_of(self, connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> bool:
        """Whether the stream held each record of the views ``files`` once."""
        whole = {}
        for file in files:
            rows = connection.execute(
                "SELECT _file, count(*), sum(_row & 4294967295) + "
                f"sum((_row * _row) & 4294967295) FROM {quoted(file)} GROUP BY 1"
            ).fetchall()
            whole.update({name: (n, int(total)) for name, n, total in rows})
        return whole == {name: (n, self.sums[name]) for name, n in self.records.items() if n}


def stage_rows(
    rows: Iterable[pa.RecordBatch | CodedRows], folder: Path, number: int, watch: Sequence[Watch]
) -> None:
    """Keep ``rows`` (one column is ``_bucket``) by bucket in ``folder``.

    Files are named by the ``number`` of the slice, which no other slice of the table has.
    """
    store.private_folder(folder)
    for part, batch in enumerate(map(_recoded, rows)):
        for look in watch:
            look(batch)
        _write_by_bucket(folder / f"{number:05d}_{part:05d}.arrow", batch)


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


def _recoded(batch: pa.RecordBatch | CodedRows) -> pa.RecordBatch | CodedRows:
    if isinstance(batch, CodedRows):
        return batch
    for name in set(RECODED) & set(batch.schema.names):
        place = batch.schema.get_field_index(name)
        batch = batch.set_column(place, name, batch.column(place).dictionary_encode())
    return batch


def _write_by_bucket(path: Path, batch: pa.RecordBatch | CodedRows) -> None:
    """A batch a bucket that has rows, and one without rows, first."""
    bucket = batch.column("_bucket").to_numpy(zero_copy_only=False).astype(np.uint16, copy=False)
    counts = np.bincount(bucket)
    starts = np.cumsum(counts) - counts
    order = np.empty(len(bucket), dtype=np.uint32)
    order_buckets(bucket, starts.copy(), order)
    if isinstance(batch, CodedRows):
        ordered = batch.in_order(order)
    else:
        rows = batch.remove_column(batch.schema.get_field_index("_bucket"))
        ordered = rows.take(pa.array(order))
    present = np.flatnonzero(counts)
    store.write_batches(
        path,
        ordered.schema,
        {-1: ordered.slice(0, 0)} | {int(n): ordered.slice(starts[n], counts[n]) for n in present},
    )


def staged_rows(folder: Path, number: int) -> pa.Table:
    """The rows of a table in one bucket, in the order of their slices."""
    files = sorted(folder.glob("*.arrow"))
    found = [store.read_batch(path, number) for path in files]
    rows = [batch for batch in found if batch is not None]
    empty = store.read_batch(files[0], -1)
    assert empty is not None
    return staged_table(rows or [empty])


def staged_select(table: Table, typed: str, files: list[str], marks: Sequence[str] = MARKS) -> str:
    """SELECT of the rows to stage: bucket, person, and words as codes.

    ``typed``: a relation of typed rows with ``marks``; of patients also with ``_bucket``. People
    are those of ``_people``; a row of nobody known is in the first bucket, without a person.
    """
    codes = _code_columns(table, files)
    names = typed_names(table.columns)
    bucket, join = "0", ""
    if table.name == "patients":
        bucket = "t._bucket"
    elif "patient_id" in names:
        names.remove("patient_id")
        bucket, join = "coalesce(p._bucket, 0)", "LEFT JOIN _people p USING (patient_id)"
    cells = [f"CAST({bucket} AS USMALLINT) AS _bucket"]
    cells += ["p._person"] if join else []
    for name in (*names, "_file", "_row", *marks, "_out_of_scope"):
        cell, code = f"t.{quoted(name)}", codes.get(name)
        cells.append(f"TRY_CAST({cell} AS {code}) AS {quoted(name)}" if code else cell)
    return f"SELECT {', '.join(cells)} FROM {typed} t {join}"


def _code_columns(table: Table, files: list[str]) -> dict[str, str]:
    """Columns that hold one of a few words, as SQL types."""
    words = {c.name: c.values for c in table.columns if c.type == "category"}
    rules, flags = rule_names(table)
    words |= {"_file": tuple(sorted(files)), "_rule": rules, "_flag": flags}
    if table.name == "labs":
        units = {row.unit for analyte in analytes().values() for row in analyte.units}
        words |= {"comparator": COMPARATORS, "unit": tuple(sorted(units))}
    if "analyte" in words:
        words["analyte"] = tuple(sorted(words["analyte"]))  # codes in the order of the words
    return {
        name: f"ENUM({', '.join(map(literal, values))})" for name, values in words.items() if values
    }
