"""An illness-death model on all onsets and a drawn sample of everybody else (case-cohort)."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arguments import Floats, Ints
from .likelihood import illness_death_likelihood
from .model import MAPS, AfterOnset, IllnessDeathResult, illness_death
from .people import IllnessDeathPeople, illness_death_people

GROUPS = 100


def case_cohort(
    last_negative: ArrayLike,
    first_positive: ArrayLike,
    exit_: ArrayLike,
    exit_state: ArrayLike,
    *,
    entry: ArrayLike,
    share: float,
    after_onset: AfterOnset = "proportional",
) -> IllnessDeathResult:
    """Illness–death model from all onsets and a sample of everybody else (case-cohort design).

    :func:`illness_death` where of the people without a seen onset only ``share`` were sampled. They
    count ``1 / share`` each, and the weighted likelihood is that of everybody in expectation.
    Variance in two parts: ``I⁻¹``, as if all had been there, and ``I⁻¹ V I⁻¹`` for the sampling, V
    the variance of the weighted score under simple random sampling without replacement, from the
    spread of its sums over 100 groups of those sampled: ``(1 − share) · 100 · var(sum)``. Other
    exits are as uncertain as those sampled leave them. ``share`` 1 is :func:`illness_death`.

    Shapes: all (n,), in any one unit of time.
    Errors: as :func:`illness_death`, and ``share`` outside (0, 1].
    Source: Borgan, Langholz, Samuelsen, Goldstein and Pogoda (2000) Lifetime Data Analysis 6:39;
    random groups: Wolter (2007), 2.

    >>> negative, positive = [2, 3, 5, 1, 4, 6, 2, 7], [3, 5, np.inf, np.inf, 6, np.inf, np.inf, 8]
    >>> left, state = [6, 7, 8, 3, 8, 9, 4, 9], [1, 0, 0, 1, 1, 0, 1, 0]
    >>> known = (negative, positive, left, state)
    >>> fit = case_cohort(*known, entry=[0] * 8, share=0.5, after_onset="same")
    >>> fit.status, fit.n
    ('ok', 8)
    """
    if not 0 < share <= 1:
        raise ValueError("share must lie above 0 and at most at 1")
    seen = np.isfinite(np.asarray(first_positive, dtype=float))
    weights = np.where(seen, 1.0, 1 / share)
    arrays = (last_negative, first_positive, exit_, exit_state)
    fit = illness_death(*arrays, entry=entry, weights=weights, after_onset=after_onset)
    if share == 1 or fit.status == "not_estimable":
        return fit
    people = illness_death_people(*arrays, entry=entry, free_at_entry=None, weights=weights)
    spread = _score_variance(people, np.flatnonzero(~seen), fit) * (1 - share)
    return replace(
        fit,
        covariance=fit.covariance + fit.covariance @ spread @ fit.covariance,
        other_exits={
            state: replace(one, covariance=one.covariance / share)
            for state, one in fit.other_exits.items()
        },
    )


def _score_variance(people: IllnessDeathPeople, drawn: Ints, fit: IllnessDeathResult) -> Floats:
    """Variance of the score of those drawn, as of the six coefficients: (6, 6)."""
    map_ = MAPS[fit.after_onset]
    back = np.linalg.pinv(map_)
    free = back @ fit.coefficients
    sums = np.array(
        [
            illness_death_likelihood(_some(people, drawn[g::GROUPS]), map_).evaluate(free).score
            for g in range(min(GROUPS, len(drawn)))
        ]
    )
    out: Floats = back.T @ (len(sums) * np.cov(sums.T, ddof=1)) @ back
    return out


def _some(people: IllnessDeathPeople, chosen: Ints) -> IllnessDeathPeople:
    arrays: dict[str, NDArray[Any]] = {
        one.name: getattr(people, one.name)[chosen] for one in fields(IllnessDeathPeople)
    }
    return IllnessDeathPeople(**arrays)
