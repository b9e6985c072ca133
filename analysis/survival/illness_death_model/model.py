"""Onset seen only at assessments, and death that may come first, or after an onset never seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ..arguments import Floats
from ..interval_censored.parametric_fit import ParametricResult
from ..interval_censored.parametric_maximum import maximise
from ..interval_censored.weibull import weibull
from .likelihood import illness_death_likelihood
from .people import IllnessDeathPeople, illness_death_people

AfterOnset = Literal["own", "proportional", "same"]

# From the free coefficients to (intercept, shape) of the three transitions.
MAPS: dict[str, Floats] = {
    "own": np.eye(6),
    "proportional": np.vstack([np.eye(4, 5), [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]]),
    "same": np.vstack([np.eye(4), [0, 0, 1, 0], [0, 0, 0, 1]]),
}
NAMES = {
    "own": ("death_after_onset_intercept", "death_after_onset_log_time"),
    "proportional": ("log_ratio_after_onset",),
    "same": (),
}


@dataclass(frozen=True)
class IllnessDeathResult:
    """Weibull transitions: log Λ(t) = γ_0 + γ_1 log t, t since the origin in every one.

    ``coefficients`` (6,) and ``covariance`` (6, 6): (γ_0, γ_1) of onset, death without onset,
    death after onset. ``other_exits``: exit state -> Weibull fit of that exit, whose hazard is
    taken to be the same before and after onset, so that its likelihood stands apart. Where
    ``status`` is ``not_estimable`` numbers are NaN and ``reason`` says why.
    """

    after_onset: AfterOnset
    coefficients: Floats
    covariance: Floats
    other_exits: dict[int, ParametricResult]
    log_likelihood: float
    n: int
    n_onset: int
    n_death: int
    n_death_after_onset: int
    last_time: float
    iterations: int
    status: Literal["ok", "not_estimable"]
    reason: str

    @property
    def std_error(self) -> Floats:
        return np.sqrt(np.diag(self.covariance))


def illness_death(
    last_negative: ArrayLike,
    first_positive: ArrayLike,
    exit_: ArrayLike,
    exit_state: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    free_at_entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    after_onset: AfterOnset = "proportional",
) -> IllnessDeathResult:
    """Interval-censored Markov illness–death model, each transition log Λ(t) = γ_0 + γ_1 log t.

    With S_0(t) = exp(−Λ_01 − Λ_02) and, for onset at v, S_1(x | v) = exp(−Λ_12(x) + Λ_12(v)), a
    person last assessed as free at l and leaving at x contributes

    - onset never seen, alive at x: S_0(x) + ∫_l^x S_0 λ_01 S_1(x | ·);
    - onset never seen, died at x: S_0(x) λ_02(x) + λ_12(x) ∫_l^x S_0 λ_01 S_1(x | ·);
    - onset seen in (l, u]: ∫_l^u S_0 λ_01 S_1(x | ·), times λ_12(x) if dead at x; the integrand
      at u if the onset is exact;

    divided by what entry at a presupposes: S_0(a), alive and free of onset; or, where
    ``free_at_entry`` is false, S_0(a) + ∫_0^a S_0 λ_01 S_1(a | ·), alive whatever the state (right
    only if nobody could be seen to have onset before entry). A model that censors at the last
    negative assessment instead loses the onsets that death hides.

    ``exit_`` is the end of all follow-up, also after an onset seen. ``exit_state``: 0 alive, 1
    died, 2, 3, … other exits (transplantation): censoring here and a Weibull of their own, with the
    same hazard before and after onset. ``after_onset``: death after onset has its ``own`` Weibull,
    is ``proportional`` to that without onset, or the ``same``.

    Integrals: Gauss–Legendre, 24 nodes on t^(1/6). No onset, no death, monotone likelihood:
    statuses.

    Shapes: all (n,), in any one unit of time.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Joly, Commenges, Helmer and Letenneur (2002) Biostatistics 3:433; Touraine, Gerds and
    Joly (2017) Journal of Statistical Software 79(7).

    >>> negative, positive = [2, 3, 5, 1, 4, 6, 2, 7], [3, 5, np.inf, np.inf, 6, np.inf, np.inf, 8]
    >>> left, state = [6, 7, 8, 3, 8, 9, 4, 9], [1, 0, 0, 1, 1, 0, 1, 0]
    >>> fit = illness_death(negative, positive, left, state, after_onset="same")
    >>> fit.status, fit.n_onset, fit.n_death
    ('ok', 4, 4)
    """
    if after_onset not in MAPS:
        raise ValueError(f"after_onset must be one of {', '.join(MAPS)}")
    people = illness_death_people(
        last_negative,
        first_positive,
        exit_,
        exit_state,
        entry=entry,
        free_at_entry=free_at_entry,
        weights=weights,
    )
    if not people.seen.any():
        return _not_estimable(people, after_onset, 0, "no onset was observed")
    if not (people.exit_state == 1).any():
        return _not_estimable(people, after_onset, 0, "no death was observed")
    map_ = MAPS[after_onset]
    names = ("onset_intercept", "onset_log_time", "death_intercept", "death_log_time")
    found = maximise(
        illness_death_likelihood(people, map_).evaluate,
        _start(people, map_.shape[1]),
        np.ones(map_.shape[1]),
        (*names, *NAMES[after_onset]),
    )
    if found.reason:
        return _not_estimable(people, after_onset, found.iterations, found.reason)
    return IllnessDeathResult(
        after_onset=after_onset,
        coefficients=map_ @ found.coefficients,
        covariance=map_ @ found.covariance @ map_.T,
        other_exits=_other_exits(people),
        log_likelihood=found.log_likelihood,
        iterations=found.iterations,
        status="ok",
        reason="",
        **_described(people),
    )


def _start(people: IllnessDeathPeople, size: int) -> Floats:
    """Constant hazards at crude rates, death the same before and after onset."""
    at_risk = people.weights @ (people.exit - people.entry)
    onset = people.weights[people.seen].sum() / at_risk
    death = people.weights[people.exit_state == 1].sum() / at_risk
    start = np.array([np.log(onset), 1.0, np.log(death), 1.0, np.log(death), 1.0])
    return np.append(start[:4], 0.0) if size == 5 else start[:size]


def _not_estimable(
    people: IllnessDeathPeople, after_onset: AfterOnset, iterations: int, reason: str
) -> IllnessDeathResult:
    return IllnessDeathResult(
        after_onset=after_onset,
        coefficients=np.full(6, np.nan),
        covariance=np.full((6, 6), np.nan),
        other_exits={},
        log_likelihood=np.nan,
        iterations=iterations,
        status="not_estimable",
        reason=reason,
        **_described(people),
    )


def _described(people: IllnessDeathPeople) -> dict[str, Any]:
    return {
        "n": len(people.exit),
        "n_onset": int(people.seen.sum()),
        "n_death": int((people.exit_state == 1).sum()),
        "n_death_after_onset": int(people.died_after_seen_onset.sum()),
        "last_time": float(people.exit.max(initial=0.0)),
    }


def _other_exits(people: IllnessDeathPeople) -> dict[int, ParametricResult]:
    """A Weibull for each further reason of leaving; all else censors it."""
    fits = {}
    for state in np.unique(people.exit_state[people.exit_state > 1]).tolist():
        upper = np.where(people.exit_state == state, people.exit, np.inf)
        fits[state] = weibull(people.exit, upper, entry=people.entry, weights=people.weights)
    return fits
