"""Frames as Arrow tables, sooner than pandas and Arrow make them of each other."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa

PLAIN = {"int64", "float64", "bool", "object"}  # kinds of columns that a frame mostly has


def frame_table(frame: pd.DataFrame) -> pa.Table:
    """What ``pa.Table.from_pandas`` makes of it, for frames of many cells and for many frames."""
    columns = dict(frame.items())
    kinds = tuple(str(column.dtype) for column in columns.values())
    are_plain = len(columns) == frame.shape[1] and all(isinstance(name, str) for name in columns)
    if frame.attrs or not are_plain or not PLAIN.issuperset(kinds):
        return pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
    cells = [_cells(column.to_numpy()) for column in columns.values()]
    types = tuple(column.type for column in cells)
    return pa.Table.from_arrays(cells, schema=_schema(tuple(columns), kinds, types))


def _cells(column: np.ndarray) -> pa.Array:
    """A column; a number that is NaN is missing. NumPy finds these faster than Arrow does."""
    if column.dtype != np.float64:
        return pa.array(column, from_pandas=True)
    known = ~np.isnan(column)
    missing = len(column) - np.count_nonzero(known)
    bits = pa.py_buffer(np.packbits(known, bitorder="little")) if missing else None
    numbers = pa.py_buffer(np.ascontiguousarray(column))
    return pa.Array.from_buffers(pa.float64(), len(column), [bits, numbers], missing)


@cache
def _schema(
    names: tuple[str, ...], kinds: tuple[str, ...], types: tuple[pa.DataType, ...]
) -> pa.Schema:
    """With what pandas notes of such a frame, put in words once for all frames alike."""
    empty = pd.DataFrame({n: pd.Series(dtype=kind) for n, kind in zip(names, kinds, strict=True)})
    schema = pa.schema(zip(names, types, strict=True))
    return pa.Table.from_pandas(empty, schema, preserve_index=False, nthreads=1).schema
