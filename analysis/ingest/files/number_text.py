"""Shortest decimal text of a number, where cells are read as text.

Ids are text. One that its holder keeps as a floating number is exact only below a bound of its
kind; from there on neighbours are one number, and people would be merged. Such a number is written
with an exponent, ``1.2345678901234568e+16``, as spreadsheets also write what they have rounded
(``1.23457E+16``): no id may be written so, while an id such as ``12e45678`` or ``1e16`` is text.
"""

from __future__ import annotations

import math

import numpy as np

# below it every whole number has a number of its own; a workbook keeps 15 digits (ECMA-376)
EXACT = {"double": 2.0**53, "float": 2.0**24, "workbook": 1e15}
# SAS keeps the first bytes of a double where a LENGTH is declared: its bounds for 3 to 7 of them
# (SAS Companion for Windows, Numeric Variables). A transport file holds numbers of IBM's form,
# exact eight times as far, but what it was written from had the shorter fraction of IEEE.
SHORTENED = {f"{n} bytes": 2.0 ** (8 * n - 11) for n in range(3, 8)}
EXACT |= SHORTENED
FLOATING = {"DOUBLE": "double", "FLOAT": "float"}  # column types of Parquet
MIDNIGHTS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")  # without a time zone
EXPONENT = r"^-?[0-9]([.,][0-9]+)?[eE]\+[0-9]{2,}$"


def number_text(value: float, kind: str = "double") -> str | None:
    """The text of a number that was kept as ``kind``, a key of ``EXACT``; nothing for NaN."""
    if math.isnan(value):
        return None
    if not value.is_integer():
        return str(np.float32(value)) if kind == "float" else repr(value)
    return str(int(value)) if abs(value) < EXACT[kind] else f"{value:.16e}"


def cell_text(cell: str, kind: str) -> str:
    """SQL: the text of a cell of Parquet of type ``kind``; NULL where it is NULL or NaN.

    Midnight is the day alone: some writers know no dates. Bytes are read as UTF-8 where they are.
    """
    text = f"CAST({cell} AS VARCHAR)"
    if kind in MIDNIGHTS:
        is_day = f"isfinite({cell}) AND {cell} = date_trunc('day', {cell})"
        return f"CASE WHEN {is_day} THEN CAST(CAST({cell} AS DATE) AS VARCHAR) ELSE {text} END"
    if kind == "BLOB":
        return f"coalesce(TRY(decode({cell})), {text})"
    if kind not in FLOATING:
        return text
    whole = f"isfinite({cell}) AND {cell} = trunc({cell})"
    exact = f"abs({cell}) < {EXACT[FLOATING[kind]]}"
    return (
        f"CASE WHEN isnan({cell}) THEN NULL WHEN NOT ({whole}) THEN {text} "
        f"WHEN {exact} THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) "
        f"ELSE format('{{:.16e}}', CAST({cell} AS DOUBLE)) END"
    )


def is_rounded(text: str) -> str:
    """SQL: whether this text of an id is a floating number that has lost its last digits."""
    beyond = f"abs(TRY_CAST({text} AS DOUBLE)) >= {EXACT['double']}"
    return (
        f"((contains({text}, '+') AND regexp_matches({text}, '{EXPONENT}')) "
        f"OR (ends_with({text}, '.0') AND {beyond}))"
    )
