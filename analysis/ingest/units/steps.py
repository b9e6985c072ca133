"""Changes of a centre's unit in time: the most likely path through the quarters.

A centre that swaps its unit does so on a day and for some time, so the state of a quarter (which
unit its values are in) is nearly always that of the quarter before. Viterbi (1967), for all
series at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def likeliest_states(fit: NDArray[np.float64], change: float) -> NDArray[np.int64]:
    """The path of states with the greatest sum of ``fit`` less ``change`` for each change.

    ``fit``: series × quarters × states, log likelihoods (0 throughout a quarter without values).
    Returns series × quarters. Ties keep the lower state and do not change.
    """
    series, quarters, states = fit.shape
    came_from = np.zeros((series, quarters, states), dtype=np.int64)
    score = fit[:, 0, :].copy()
    rows = np.arange(series)
    for quarter in range(1, quarters):
        best = score.argmax(axis=1)
        jump = score[rows, best][:, None] - change
        stays = score >= jump
        came_from[:, quarter, :] = np.where(stays, np.arange(states), best[:, None])
        score = np.where(stays, score, jump) + fit[:, quarter, :]
    path = np.zeros((series, quarters), dtype=np.int64)
    if quarters:
        path[:, -1] = score.argmax(axis=1)
    for quarter in range(quarters - 1, 0, -1):
        path[:, quarter - 1] = came_from[rows, quarter, path[:, quarter]]
    return path
