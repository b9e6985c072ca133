"""Evidence for each unit that a run of quarters may be in: log posterior probabilities.

The level, read in a unit, is held against the registry's; the upper limits that the laboratory
reports, read in it, against the analyte's normal upper limit. A range may be in another unit than
the value beside it, so ranges weigh at most a hundredfold, and not at all where those of most
centres disagree with the units declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.ingest.units.reference import Octaves, Reference, Values, located
from data_schema.declarations import Analyte

PRIOR_NONE = 1e-4
WIDTH_OF_NONE = 14.0  # octaves over which a level in no listed unit may lie
RANGE_SPREAD = 0.35  # octaves: upper limits of assays differ
RANGE_MOST = float(np.log(100.0))


@dataclass(frozen=True)
class Candidates:
    """The units of an analyte that differ by a factor."""

    names: tuple[str, ...]
    factors: NDArray[np.float64]

    @property
    def octaves(self) -> Octaves:
        return np.log2(self.factors)

    def shifts(self, kind: NDArray[np.int64]) -> Octaves:
        """Octaves from each declared unit (rows) to each unit (columns)."""
        return self.octaves[None, :] - self.octaves[kind][:, None]


class Runs(NamedTuple):
    """Runs of quarters judged together: their series, unit declared, level, values, people."""

    series: NDArray[np.int64]
    kind: NDArray[np.int64]
    level: Octaves
    n: NDArray[np.float64]
    people: NDArray[np.float64]


def candidates(analyte: Analyte) -> Candidates:
    """One name a factor: the first that analytes.toml lists."""
    named: dict[float, str] = {}
    for row in analyte.units:
        named.setdefault(row.factor, row.unit)
    return Candidates(tuple(named.values()), np.array(list(named)))


def log_posterior(
    units: Candidates,
    runs: Runs,
    expected: Reference,
    support: NDArray[np.float64],
    prior_wrong: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Log probability of each unit and, last, of none of them: runs × (units + 1).

    ``support``: what ranges add, runs × units; ``prior_wrong``: prior probability of another unit
    than declared, by run.
    """
    series, kind, people = runs.series, runs.kind, runs.people
    variance = expected.variance(series, people)[:, None]
    off = runs.level[:, None] + units.shifts(kind) - expected.level[series][:, None]
    fit = -(off**2) / (2 * variance) - np.log(2 * np.pi * variance) / 2 + support
    declared = np.arange(len(units.names))[None, :] == kind[:, None]
    others = max(len(units.names) - 1, 1)
    wrong = prior_wrong[:, None]
    prior = np.where(declared, 1 - wrong - PRIOR_NONE, wrong / others)
    none = np.full((len(kind), 1), np.log(PRIOR_NONE / WIDTH_OF_NONE))
    joint = np.concatenate([fit + np.log(prior), none], axis=1)
    return joint - log_total(joint)[:, None]


def log_total(terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """``log(sum(exp(terms)))`` of each row; NaN where one is, as of a run without values."""
    known = np.flatnonzero(~np.isnan(terms).any(axis=1))
    total = np.full(len(terms), np.nan)
    total[known] = np.logaddexp.reduce(terms[known], axis=1)
    return total


def range_support(
    analyte: Analyte,
    units: Candidates,
    runs: Runs,
    run: NDArray[np.int64],
    centre: NDArray[np.int64],
    values: Values | None,
) -> NDArray[np.float64]:
    """What the reported upper limits add to each unit's log likelihood: runs × units.

    ``run`` and ``centre`` of each cell; ``values``: bins of the upper limits, or nothing.
    """
    none = np.zeros((len(runs.kind), len(units.names)))
    if values is None or len(values.n) == 0 or analyte.normal is None or len(units.names) < 2:
        return none
    limit = float(np.log2(analyte.normal[1]))
    by_centre = located(centre[values.cell], values.at, values.n, int(centre.max()) + 1).level
    nearest = np.abs(units.octaves[:, None] - units.octaves[None, :])
    if not abs(np.nanmedian(by_centre) - limit) <= nearest[nearest > 0].min() / 2:
        return none
    level = located(run[values.cell], values.at, values.n, len(none)).level
    fit = -((level[:, None] + units.shifts(runs.kind) - limit) ** 2) / (2 * RANGE_SPREAD**2)
    gain = fit - fit[np.arange(len(fit)), runs.kind][:, None]
    return np.nan_to_num(np.clip(gain, -RANGE_MOST, RANGE_MOST))
