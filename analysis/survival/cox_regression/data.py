"""What the likelihood of a Cox model is made of: rows, steps, and its parts at a point."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..arguments import Floats, Ints
from ..risk_set_sums.risk_sets import RiskSets


@dataclass(frozen=True)
class CoxData:
    """Kept rows less the centre of their stratum (the likelihood is the same, the digits are kept).

    ``rows`` are a one, the covariates, zeros (:mod:`row_kernels`), ``event_rows`` those of the
    events in order of time; ``base`` is offset over weight.
    The centre is the mean over the stratum's events. ``event_total`` is Σ w x over the events,
    ``event_offset`` Σ w offset.
    """

    sets: RiskSets
    rows: Floats
    n_columns: int
    base: Floats
    event_rows: Floats
    event_total: Floats
    event_offset: float
    centre: Floats
    offset_centre: Floats
    steps: Steps

    @property
    def X(self) -> Floats:  # noqa: N802 - as in the papers
        """Centred covariates of the kept rows: n × p, a view."""
        return self.rows[:, 1 : self.n_columns + 1]

    @property
    def weight(self) -> Floats:
        return self.base[1]

    @property
    def event_x(self) -> Floats:
        return self.event_rows[:, 1 : self.n_columns + 1]


@dataclass(frozen=True)
class Steps:
    """The likelihood's steps, grouped by event time: ``n`` at each, each of weight ``of_time``."""

    n: Ints
    of_time: Floats

    @cached_property
    def total(self) -> float:
        """Weight of all steps. Not a product of vectors: a BLAS would start threads for that."""
        return float(np.sum(self.n * self.of_time))

    @cached_property
    def tied(self) -> bool:
        """Whether there is a time with more than one step."""
        return bool((self.n > 1).any())

    @cached_property
    def first(self) -> Ints:
        """Where the steps of each time begin, and the end of the last."""
        return np.concatenate([[0], np.cumsum(self.n)])

    @cached_property
    def time(self) -> Ints:
        """Rank of the event time of each step."""
        return np.repeat(np.arange(len(self.n)), self.n)

    @cached_property
    def fraction(self) -> Floats:
        """Efron's share taken from the tied events: 0, 1/d, ... (d - 1)/d."""
        return (np.arange(len(self.time)) - self.first[self.time]) / self.n[self.time]

    @cached_property
    def weight(self) -> Floats:
        return self.of_time[self.time]


@dataclass(frozen=True)
class RiskSums:
    """Sums of padded rows by event time: over risk sets, and over tied events.

    ``of_events`` is Σ w x over all events, ``of_offsets`` Σ w offset. Rows elsewhere are added.
    """

    total: Floats
    tied: Floats
    of_events: Floats
    of_offsets: float = 0.0

    def __add__(self, more: RiskSums) -> RiskSums:
        return RiskSums(
            self.total + more.total,
            self.tied + more.tied,
            self.of_events + more.of_events,
            self.of_offsets + more.of_offsets,
        )


@dataclass(frozen=True)
class Evaluation:
    """The likelihood at ``beta``; ``risk`` is by kept row, empty where rows are not held.

    ``by_time`` is, for each event time, the sum of hazards and of hazards times Efron's fraction;
    ``of_means`` is Σ w̄ m mᵀ. ``total`` and ``tied`` are the sums of padded rows over risk sets
    and over tied events; ``hazard`` and ``mean``, by step, are made when asked for.
    """

    beta: Floats
    risk: Floats
    log_likelihood: float
    score: Floats
    by_time: Floats
    of_means: Floats
    total: Floats = field(repr=False)
    tied: Floats = field(repr=False)
    steps: Steps = field(repr=False)

    def _sums(self, columns: slice | int) -> Floats:
        time, share = self.steps.time, self.steps.fraction
        total, tied = self.total[time, columns], self.tied[time, columns]
        return total - (share * tied.T).T

    @cached_property
    def hazard(self) -> Floats:
        return self.steps.weight / self._sums(0)

    @cached_property
    def mean(self) -> Floats:
        return self._sums(slice(1, len(self.beta) + 1)) / self._sums(0)[:, None]
