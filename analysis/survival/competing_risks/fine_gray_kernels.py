"""Compiled passes over rows for the subdistribution hazard model; serial, in row order.

``share`` is ``1 / g(T)`` for the rows kept after a competing event and 0 for the others.
"""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.compiled import F1, F2, I1, I2, compiled
from ..risk_set_sums.row_kernels import add, linear


@compiled(f"void({F2}, {F1}, {F1}, {I1}, {F1}, {F1}, {F2})")
def kept_tables(
    rows: Floats,
    beta: Floats,
    weights: Floats,
    last: Ints,
    share: Floats,
    risk: Floats,
    table: Floats,
) -> None:
    """``r = w exp(xᵀβ)``, and ``Σ r (1, x) / g(T)`` added to the first event time after T.

    ``rows`` and ``beta`` are padded; the table has one row more than there are times.
    """
    for i in range(np.uint64(len(rows))):
        risk[i] = weights[i] * np.exp(linear(rows, i, beta))
        if share[i] > 0:
            add(rows, i, risk[i] * share[i], table, np.uint64(last[i]))


@compiled(f"void({F2}, {F1}, {F1}, {I1}, {F2})")
def add_kept(rows: Floats, risk: Floats, share: Floats, place: Ints, table: Floats) -> None:
    """Add ``Σ r (1, x) / g(T)`` over the rows kept to the table, by ``place``."""
    for i in range(np.uint64(len(rows))):
        if share[i] > 0:
            add(rows, i, risk[i] * share[i], table, np.uint64(place[i]))


@compiled(f"void({F2}, {F1}, {F1}, {I1}, {F1}, {F2}, {F2})")
def expected_residuals(
    rows: Floats,
    risk: Floats,
    exposure: Floats,
    last: Ints,
    share: Floats,
    to_come: Floats,
    out: Floats,
) -> None:
    """Turn ``out``, ``Σ m dΛ`` while at risk, into ``r (Σ m dΛ − x A)`` of each row.

    ``to_come`` are sums of ``g m dΛ`` from each event time on, ``exposure`` is A; all padded.
    """
    for i in range(np.uint64(len(rows))):
        b = np.uint64(last[i])
        for j in range(np.uint64(rows.shape[1])):
            drift = out[i, j] + share[i] * to_come[b, j]
            out[i, j] = risk[i] * (drift - rows[i, j] * exposure[i])


@compiled(f"void({F2}, {F1}, {I1}, {F2}, {F2})")
def add_events(rows: Floats, weights: Floats, event_time: Ints, means: Floats, out: Floats) -> None:
    """Add ``w (x − m)`` of the rows with an event at time number ``event_time`` (−1: none)."""
    for i in range(np.uint64(len(rows))):
        if event_time[i] >= 0:
            k = np.uint64(event_time[i])
            for j in range(np.uint64(rows.shape[1])):
                out[i, j] += weights[i] * (rows[i, j] - means[k, j])


@compiled(f"void({I2}, {F2}, {F2}, {F1}, {F2})")
def follow(span: Ints, pull: Floats, upto: Floats, scale: Floats, out: Floats) -> None:
    """Add ``scale · (pull[moved] − upto[last] + upto[first])`` to ``out``.

    ``span`` (rows, 3) is ``first, last, moved``; −1 for rows that do not move.
    """
    for i in range(np.uint64(len(out))):
        a, b, m = np.uint64(span[i, 0]), np.uint64(span[i, 1]), span[i, 2]
        for j in range(np.uint64(out.shape[1])):
            out[i, j] += scale[i] * (upto[a, j] - upto[b, j])
        if m >= 0:
            moved = np.uint64(m)
            for j in range(np.uint64(out.shape[1])):
                out[i, j] += scale[i] * pull[moved, j]
