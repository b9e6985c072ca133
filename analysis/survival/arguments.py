"""What an estimator accepts: arrays checked once, at the door.

Every check raises ``ValueError`` naming the argument and the first offending index, never the
value. Intervals are ``(start, stop]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def refuse(name: str, bad: NDArray[np.bool_], what: str) -> None:
    """Raise ``ValueError`` if any element of ``bad`` is true, naming the first."""
    if bad.any():
        raise ValueError(f"{name}[{int(np.argmax(bad))}] {what}")


def vector(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """A finite float vector, contiguous, of the length asked for; a copy if it is read-only."""
    out = np.require(values, np.float64, ["C", "W"])
    if out.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, has {out.ndim} dimensions")
    require_length(name, out, length)
    refuse(name, ~np.isfinite(out), "is not finite")
    return out


def matrix(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """A finite float matrix (rows × covariates), C-contiguous; a copy if it is read-only."""
    out = np.require(values, np.float64, ["C", "W"])
    if out.ndim != 2:
        raise ValueError(f"{name} must be two-dimensional, has {out.ndim} dimensions")
    require_length(name, out, length)
    with np.errstate(over="ignore", invalid="ignore"):
        suspect = not np.isfinite(out.sum())  # one quick pass; only then look for the row
    if suspect:
        refuse(name, np.asarray(~np.isfinite(out).all(axis=1)), "is not finite")
    return out


def require_length(name: str, values: NDArray[Any], length: int | None) -> None:
    """``ValueError`` naming the argument whose number of rows is not ``length``."""
    if length is not None and len(values) != length:
        raise ValueError(f"{name} has {len(values)} rows, expected {length}")


def follow_up(stop: ArrayLike, start: ArrayLike | None) -> tuple[Floats, Floats | None]:
    """``(start, stop]``: non-negative, start before stop; ``start=None`` means entry at zero."""
    stop_ = vector("stop", stop)
    if start is None:
        refuse("stop", stop_ < 0, "is negative")
        return stop_, None
    start_ = vector("start", start, len(stop_))
    refuse("start", start_ < 0, "is negative")
    refuse("stop", stop_ <= start_, "is not after start")
    return stop_, start_


def states(name: str, values: ArrayLike, length: int) -> Ints:
    """Non-negative whole numbers: 0 is censored, 1, 2, ... are events or causes."""
    raw = vector(name, values, length)
    refuse(name, (raw < 0) | (raw != np.floor(raw)), "is not a non-negative whole number")
    return raw.astype(np.int64)


def indicator(name: str, values: ArrayLike, length: int) -> Ints:
    """0 or 1."""
    out = states(name, values, length)
    refuse(name, out > 1, "is not 0 or 1")
    return out


def case_weights(weights: ArrayLike | None, length: int) -> Floats:
    """Positive weights; ``None`` is one a row."""
    if weights is None:
        return np.ones(length)
    out = vector("weights", weights, length)
    refuse("weights", out <= 0, "is not positive")
    return out


def labels(name: str, values: ArrayLike | None, length: int) -> Ints | None:
    """Any labels (ids, strata, clusters) as codes 0, 1, ... in sorted order of the labels."""
    return None if values is None else _coded(name, values, length)[1]


def _coded(name: str, values: ArrayLike, length: int) -> tuple[NDArray[Any], Ints]:
    """The distinct labels, sorted, and each row's place among them."""
    raw = np.asarray(values)
    if raw.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, has {raw.ndim} dimensions")
    require_length(name, raw, length)
    if raw.dtype.kind == "f":
        refuse(name, ~np.isfinite(raw), "is not finite")
    if raw.dtype.kind in "iu" and len(raw) and raw.min() >= 0 and raw.max() <= 2 * len(raw):
        present = np.zeros(int(raw.max()) + 1, dtype=bool)
        present[raw] = True
        return np.flatnonzero(present), (np.cumsum(present) - 1)[raw]
    distinct, codes = np.unique(raw, return_inverse=True)
    return distinct, codes.astype(np.int64).reshape(-1)


def no_overlap(ids: Ints | None, start: Floats | None, stop: Floats) -> None:
    """Rows of one id may touch but not overlap: else a person would be at risk twice."""
    if ids is None:
        return
    begin = np.zeros_like(stop) if start is None else start
    order = np.lexsort((begin, ids))
    same = ids[order][1:] == ids[order][:-1]
    overlap = np.zeros(len(stop), dtype=bool)
    overlap[order[1:]] = same & (begin[order][1:] < stop[order][:-1])
    refuse("start", overlap, "overlaps an earlier row of the same id")


def strata(name: str, values: ArrayLike | None, length: int) -> tuple[Ints, tuple[object, ...]]:
    """Codes 0, 1, ... and the sorted labels they stand for; one stratum for ``None``."""
    if values is None:
        return np.zeros(length, np.int64), (0,)
    distinct, codes = _coded(name, values, length)
    return codes, tuple(distinct.tolist())


def nested(name: str, outer: Ints | None, inner: Ints | None) -> None:
    """Every id lies in one cluster: else a person would count as several independent ones."""
    if outer is None or inner is None or outer is inner or not len(inner):
        return
    first = np.full(int(inner.max()) + 1, -1)
    rows = np.arange(len(inner))[::-1]
    first[inner[rows]] = rows
    refuse(name, outer != outer[first[inner]], "is not that of an earlier row of the same id")
