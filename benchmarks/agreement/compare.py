"""Cells of the table: how far apart two answers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The largest relative difference from R. Firth's is in standard errors: R's maximum is found by
# numerical derivatives of its likelihood.
FROM_R = {
    ("kaplan_meier", "estimate"): 1e-10,
    ("kaplan_meier", "std_error"): 1e-10,
    ("aalen_johansen", "estimate"): 1e-10,
    ("aalen_johansen", "std_error"): 1e-10,
    ("aalen_johansen", "jackknife"): 1e-10,
    ("cox", "coefficients"): 1e-8,
    ("cox", "std_error"): 1e-7,
    ("cox", "robust"): 1e-6,
    ("fine_gray", "coefficients"): 1e-7,
    ("fine_gray", "naive"): 1e-6,
    ("fine_gray", "robust"): 1e-6,
    ("fine_gray", "std_error"): 1e-6,
    ("firth", "coefficients"): 1e-7,
    ("firth", "std_error"): 1e-6,
}
NOTHING = 1e-15  # a probability or error of 0, as far as it can be told
FROM_PEERS = 1e-6  # peers stop their iterations earlier
WEIGHTED = {
    "robust": "robust standard error, weights as known",
    "std_error": "robust standard error, weights as estimated",
}
LABELS = {
    "estimate": "estimate",
    "std_error": "standard error",
    "jackknife": "standard error, jackknife",
    "coefficients": "coefficients",
    "robust": "robust standard error",
    "naive": "inverse information",
}


@dataclass(frozen=True)
class Cell:
    """``apart`` is ``None`` where there is nothing to compare; ``text`` says why."""

    apart: float | None
    text: str


def label(work: str, quantity: str) -> str:
    return WEIGHTED.get(quantity, LABELS[quantity]) if work == "fine_gray" else LABELS[quantity]


def allowed(work: str, quantity: str, peer: str) -> float:
    return FROM_R[work, quantity] if peer == "R" else max(FROM_PEERS, FROM_R[work, quantity])


def distance(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Largest ``|ours - theirs| / |theirs|``; where theirs is 0, ``|ours|``; infinite at NaN."""
    if ours.shape != theirs.shape:
        return np.inf
    size = np.abs(theirs)
    relative = np.abs(ours - theirs) / np.where(size > NOTHING, size, 1.0)
    return float(np.where(np.isfinite(relative), relative, np.inf).max(initial=0.0))


def cell(ours: dict | str, theirs: dict | None, quantity: str) -> Cell:
    if theirs is None:
        return Cell(None, "absent")
    if "not_offered" in theirs:
        return Cell(None, "not offered")
    if "error" in theirs:
        return Cell(None, "error")
    if isinstance(ours, str):
        return Cell(None, _unestimable(theirs))
    if quantity not in theirs:
        return Cell(None, "not offered")
    numbers = np.asarray(theirs[quantity], dtype=float)
    apart = distance(np.asarray(ours[quantity]), numbers)
    if np.isnan(numbers).any():
        return Cell(apart, "NaN")
    return Cell(apart, f"{apart:.0e}" if apart else "0")


def _unestimable(theirs: dict) -> str:
    """What a peer says where ours says that there is no estimate."""
    worst = np.abs(np.asarray(theirs["coefficients"], dtype=float)).max()
    return f"HR {np.exp(min(worst, 700)):.0e}" if np.isfinite(worst) else "NaN"
