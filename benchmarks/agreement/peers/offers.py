"""What a peer does not offer, told from its signature; and steps of a curve."""

from __future__ import annotations

from typing import Any

import numpy as np


class NotOfferedError(Exception):
    """The peer has no argument for what the job needs."""


def lacks(job: dict[str, Any], **needs: str) -> None:
    """Raise where the job needs what the peer lacks: ``lacks(job, late="late entry")``."""
    missing = [words for need, words in needs.items() if job[need]]
    if missing:
        raise NotOfferedError("no " + ", no ".join(missing))


def read_at(times, values, asked, before: float = 0.0) -> np.ndarray:
    """A right-continuous step function with ``values`` from ``times`` on, read at ``asked``."""
    steps = np.append(before, np.asarray(values, dtype=float))
    return steps[np.searchsorted(np.asarray(times, dtype=float), asked, side="right")]


def roots(covariance) -> np.ndarray:
    return np.sqrt(np.diag(np.asarray(covariance, dtype=float)))
