"""What became of a bucket's rows, counted; and those that were rejected."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.columns.encoded_columns import Codes
from analysis.ingest.columns.row_kernels import count_marks
from analysis.ingest.second_pass.bucket_rows import BucketRows, Places
from analysis.ingest.second_pass.flags import Marks
from analysis.ingest.second_pass.lab_rows import LabRows

FATES = ("file", "rule", "flag", "scope")


def one_a_record(rows: BucketRows, rule: NDArray) -> Places | None:
    """The row that says what became of each record: a used one, else a rejected one.

    Of several rejected ones that of the least ``rule``, a number a row; of several out of scope
    that of the first in the order of their words. None where every record is one row.
    """
    if rows.one_by_one:
        return None
    worse = np.where(rows.used, 0, np.where(rows.rule.none, 2, 1))
    order = np.lexsort((rows.scope.rank, rule, worse, rows.record, rows.file))
    file, record = rows.file[order], rows.record[order]
    new = np.append(True, (np.diff(file) != 0) | (np.diff(record) != 0))
    return None if new.all() else order[new[: len(order)]].astype(np.int32)


def fates(rows: BucketRows, chosen: Places | None = None) -> pd.DataFrame:
    """Counts of rows (all, or those ``chosen``) by ``file``, ``rule``, ``flag`` and ``scope``."""
    marks = dict(zip(FATES[1:], (rows.rule, rows.flag, rows.scope), strict=True))
    every = np.arange(rows.n, dtype=np.int32) if chosen is None else chosen
    return _counted(every, rows.file, {"file": rows.files}, marks)


def _counted(
    rows: Places, code: Codes, words: dict[str, list[str]], marks: dict[str, Marks]
) -> pd.DataFrame:
    """How many of the ``rows`` (``n``) have each combination of a word and three marks."""
    names = {**words, **{name: ["", *mark.words] for name, mark in marks.items()}}
    sizes = np.array([len(listed) for listed in names.values()], dtype=np.int64)
    counts = np.zeros(int(sizes.prod()), dtype=np.int64)
    count_marks(rows, code, *(mark.code for mark in marks.values()), sizes[1:], counts)
    found = np.flatnonzero(counts)
    at = np.unravel_index(found, tuple(sizes))
    cells = {
        name: np.array(listed, dtype=object)[code]
        for (name, listed), code in zip(names.items(), at, strict=True)
    }
    return pd.DataFrame({**cells, "n": counts[found]})


def rejected(rows: BucketRows) -> pd.DataFrame:
    """``file``, ``row``, ``rule`` of each rejected row."""
    found = np.flatnonzero(~rows.rule.none)
    return pd.DataFrame(
        {
            "file": np.array(rows.files, dtype=object)[rows.file[found]],
            "row": rows.record[found],
            "rule": rows.rule.word(found),
        }
    )


def conversions(rows: LabRows, used: Places) -> pd.DataFrame:
    """Rows ``used`` by ``analyte``, ``unit`` as sent and ``resolved`` ('': that is the unit)."""
    marks = {"unit": Marks(rows.unit, rows.units), "resolved": rows.resolved}
    marks["_"] = Marks.without(rows.n)
    return _counted(used, rows.analyte, {"analyte": rows.analytes}, marks).drop(columns="_")
