"""Counts of a bucket's rows by outcome (used, rejected, out of scope); the rejected rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes
from analysis.ingest.second_pass.bucket_rows import BucketRows, Places
from analysis.ingest.second_pass.flags import RowFlags
from analysis.ingest.second_pass.lab_rows import LabRows

OUTCOME = ("file", "rule", "flag", "scope")


def one_row_a_record(rows: BucketRows, rule: NDArray) -> Places | None:
    """The row that decides the outcome of each record: a used one, else a rejected one.

    Of several rejected ones that of the least ``rule``, a number a row; of several out of scope
    that of the first scope in byte order. None where every record is one row.
    """
    if rows.are_records_in_order:
        return None
    worse = np.where(rows.used, 0, np.where(rows.rule.unset, 2, 1))
    order = np.lexsort((rows.scope.rank, rule, worse, rows.record, rows.file))
    file, record = rows.file[order], rows.record[order]
    new = np.append(True, (np.diff(file) != 0) | (np.diff(record) != 0))
    return None if new.all() else order[new[: len(order)]].astype(np.int32)


def outcomes(rows: BucketRows, chosen: Places | None = None) -> pd.DataFrame:
    """Counts of rows (all, or those ``chosen``) by ``file``, ``rule``, ``flag`` and ``scope``."""
    flags = dict(zip(OUTCOME[1:], (rows.rule, rows.flag, rows.scope), strict=True))
    every = np.arange(rows.n, dtype=np.int32) if chosen is None else chosen
    return _counted(every, rows.file, {"file": rows.files}, flags)


def _counted(
    rows: Places, code: Codes, values: dict[str, list[str]], flags: dict[str, RowFlags]
) -> pd.DataFrame:
    """How many of the ``rows`` (``n``) have each combination of a value and of flags."""
    names = {**values, **{name: ["", *flag.names] for name, flag in flags.items()}}
    sizes = tuple(len(listed) for listed in names.values())
    cells: tuple[NDArray, ...] = (code[rows], *(flag.code[rows] + 1 for flag in flags.values()))
    number = np.asarray(np.ravel_multi_index(cells, sizes))
    found, counts = np.unique(number, return_counts=True)
    at = zip(names.items(), np.unravel_index(found, sizes), strict=True)
    columns = {name: np.array(listed, dtype=object)[place] for (name, listed), place in at}
    return pd.DataFrame({**columns, "n": counts})


def rejected(rows: BucketRows) -> pd.DataFrame:
    """``file``, ``row``, ``rule`` of each rejected row."""
    found = np.flatnonzero(~rows.rule.unset)
    return pd.DataFrame(
        {
            "file": np.array(rows.files, dtype=object)[rows.file[found]],
            "row": rows.record[found],
            "rule": rows.rule.names_at(found),
        }
    )


def conversions(rows: LabRows, used: Places) -> pd.DataFrame:
    """Rows ``used`` by ``analyte``, ``unit`` as sent and ``resolved`` ('': that is the unit)."""
    flags = {"unit": RowFlags(rows.unit, rows.units), "resolved": rows.resolved}
    return _counted(used, rows.analyte, {"analyte": rows.analytes}, flags)
