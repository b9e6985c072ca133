"""The illness–death likelihood of people seen now and then, as arrays the kernel walks through."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arguments import Floats
from ..interval_censored.parametric_likelihood import Evaluation, impossible
from .likelihood_kernels import log_likelihood
from .people import IllnessDeathPeople

NODES = 24
POWER = 6.0  # nodes are evenly spread on t^(1/POWER): a Weibull density is smooth there


def gauss_legendre(n: int = NODES) -> tuple[Floats, Floats]:
    """Nodes and weights on (0, 1)."""
    node, weight = np.polynomial.legendre.leggauss(n)
    return (node + 1) / 2, weight / 2


@dataclass(frozen=True)
class IllnessDeathLikelihood:
    """Log-likelihood of free coefficients φ, θ = ``map`` · φ.

    θ (6,) is (γ_0, γ_1) of onset, death without onset and death after onset: log Λ(t) = γ_0 +
    γ_1 log t. Rows of ``known`` (low, high, exit, entry, weight) are people, then, with a negative
    weight, the probability of being alive at entry of those not known to be free of onset then.
    """

    known: Floats
    died: NDArray[np.bool_]
    may_be_free: NDArray[np.bool_]
    map: Floats

    def evaluate(self, free: Floats) -> Evaluation:
        """Value and derivatives by φ; −inf where a shape is not positive."""
        theta = self.map @ free
        if not (theta[1::2] > 0).all() or not np.isfinite(theta).all():
            return impossible(len(free))
        score, second = np.zeros(6), np.zeros((6, 6))
        quadrature = np.column_stack(gauss_legendre())
        rows = (self.known, self.died, self.may_be_free)
        with np.errstate(all="ignore"):
            value = log_likelihood(theta, *rows, quadrature, POWER, score, second)
        if not (np.isfinite(value) and np.isfinite(score).all() and np.isfinite(second).all()):
            return impossible(len(free))
        second = np.triu(second) + np.triu(second, 1).T
        return Evaluation(value, score @ self.map, -(self.map.T @ second @ self.map))


def illness_death_likelihood(people: IllnessDeathPeople, map_: Floats) -> IllnessDeathLikelihood:
    """Rows for :func:`illness_death_kernels.log_likelihood`."""
    alive = np.flatnonzero(~people.free_at_entry & (people.entry > 0))
    at_entry = people.entry[alive]
    no, yes = np.zeros(len(alive), dtype=bool), np.ones(len(alive), dtype=bool)
    high = np.where(people.seen, people.first_positive, people.exit)
    start = np.where(people.free_at_entry, people.entry, 0.0)
    those = (people.last_negative, high, people.exit, start, people.weights)
    zero = np.zeros(len(alive))
    entering = (zero, at_entry, at_entry, zero, -people.weights[alive])
    return IllnessDeathLikelihood(
        known=np.vstack([np.column_stack(those), np.column_stack(entering)]),
        died=np.concatenate([people.exit_state == 1, no]),
        may_be_free=np.concatenate([~people.seen, yes]),
        map=map_,
    )
