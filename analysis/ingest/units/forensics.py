"""Unit forensics: the unit of a centre's values by analyte and quarter, never by row.

Evidence for each unit that the analyte may be sent in: how well the level of the centre's values,
read in that unit, agrees with the registry's other centres (``unit_reference``), and whether the
upper limits that the laboratory reports agree with it. Quarters are judged together as long as
nothing changes (``unit_steps``): a swap is a step in time.

With ``m`` the level of a run of quarters in octaves, ``d`` the shift to another unit, ``mu`` and
``tau`` the level and spread of centres, ``sigma`` the spread of values and ``k`` the people behind
them, ``m + d ~ N(mu, tau² + sigma²/k)`` if the values are in that unit. Prior odds of a wrong unit
are 1 to 1,000, and 3 to 7 while another analyte of the centre is surely swapped; that no listed
unit fits is a hypothesis of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.units.evidence import (
    Candidates,
    Runs,
    candidates,
    log_posterior,
    log_total,
    range_support,
)
from analysis.ingest.units.mixture import mixed_cells
from analysis.ingest.units.reference import (
    FEWEST_ROWS,
    Located,
    Reference,
    Values,
    located,
    people_behind,
    reference,
)
from analysis.ingest.units.steps import likeliest_states
from data_schema.declarations import Analyte

Numbers = NDArray[np.int64]

BINS_PER_OCTAVE = 8
KEYS = ["centre_id", "analyte", "quarter", "unit"]
COLUMNS = [*KEYS, "verdict", "factor", "resolved", "evidence", "level", "expected", "n"]

FEWEST_TO_CONVERT = 30
PRIOR_WRONG, PRIOR_IN_COMPANY = 1e-3, 0.3
SURE = 0.99  # a unit is taken to be the one
LOG_DOUBT = float(np.log(0.2))  # the unit declared is doubted
LOG_DOUBT_IN_COMPANY = float(np.log(0.5))  # the same, beside a swap of another analyte
LOG_DOUBT_OF_FEW = float(np.log(1e-4))  # the same, in less than 30 values
CHANGE = 7.0  # log odds against a change of unit from one quarter to the next: 1 in 1,000


def unit_verdicts(
    histograms: pd.DataFrame, analytes: Mapping[str, Analyte], ranges: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The verdict on each (centre_id, analyte, quarter, unit), in ascending order of these.

    ``histograms``: ``centre_id, analyte, quarter, unit, bin, n``; ``bin`` is
    ``floor(8 log2(value × factor of the unit as sent))``, missing for bounds. ``quarter`` is
    4 × year + 0..3, ``centre_id`` '' where the row has none (then nothing is judged).
    ``ranges``: the same of the upper limits that laboratories report.

    Returns ``verdict`` (declared, swapped, ambiguous), ``factor`` to the canonical unit by the
    unit ``resolved`` (missing where ambiguous), ``evidence`` (log posterior odds that the declared
    unit is wrong; missing where not judged), ``level`` and ``expected`` (octaves) and ``n`` of the
    run of quarters judged together. ``ValueError`` for an unknown analyte or unit.
    """
    unknown = sorted(set(histograms["analyte"].unique()) - set(analytes))
    if unknown:
        raise ValueError(f"histograms: analyte {unknown[0]!r} is not declared")
    if len(histograms) == 0:
        return pd.DataFrame({c: [] for c in COLUMNS})
    cells, values, limits = _cells(histograms, ranges)
    names = cells["analyte"].to_numpy(object)
    places = _places(cells)
    read = [
        _read(analytes[name], cells, np.flatnonzero(names == name), places, values, limits)
        for name in sorted(set(names))
    ]
    found = [_decided(each, np.full(len(each.runs.n), PRIOR_WRONG)) for each in read]
    swapped = [
        each.place[each.of_cell(own["verdict"]) == "swapped"]
        for each, own in zip(read, found, strict=True)
    ]
    for at, each in enumerate(read):
        beside = np.concatenate([own for other, own in enumerate(swapped) if other != at] or [[]])
        prior = _prior(each, beside)
        if (prior != PRIOR_WRONG).any():
            found[at] = _decided(each, prior)
    order = np.concatenate([each.cells for each in read])
    columns = {
        name: np.concatenate(
            [each.of_cell(own[name]) for each, own in zip(read, found, strict=True)]
        )[np.argsort(order)]
        for name in found[0]
    }
    return cells.assign(**columns)[COLUMNS]


@dataclass(frozen=True)
class _Read:
    """An analyte's cells, the runs of quarters that they form, and what these are held against."""

    analyte: Analyte
    units: Candidates
    cells: Numbers  # places in the table of all cells
    place: Numbers  # centre and quarter of each cell
    run: Numbers  # of each cell
    mixed: NDArray[np.bool_]  # runs of one quarter that holds two units
    runs: Runs
    judged: NDArray[np.bool_]
    expected: Reference
    support: NDArray[np.float64]

    def of_cell(self, of_run: NDArray) -> NDArray:
        return of_run[self.run]


def _cells(
    histograms: pd.DataFrame, ranges: pd.DataFrame | None
) -> tuple[pd.DataFrame, Values, Values | None]:
    """Every centre, analyte, quarter and unit, ascending; bins of values and of upper limits."""
    codes, values_of = zip(*(pd.factorize(histograms[key], sort=True) for key in KEYS), strict=True)
    sizes = [len(listed) for listed in values_of]
    found, number = np.unique(np.ravel_multi_index(codes, sizes), return_inverse=True)
    at = np.unravel_index(found, sizes)
    cells = pd.DataFrame({k: np.asarray(v)[c] for k, v, c in zip(KEYS, values_of, at, strict=True)})
    values = _values(histograms, number)
    if ranges is None or len(ranges) == 0:
        return cells, values, None
    held = ranges[KEYS].merge(cells.assign(cell=np.arange(len(cells))), on=KEYS, how="left")
    return cells, values, _values(ranges, held["cell"].fillna(-1).to_numpy(np.int64))


def _places(cells: pd.DataFrame) -> NDArray[np.int64]:
    """Centre and quarter in one number, by centre (in the order of ids) and then quarter."""
    centre = pd.factorize(cells["centre_id"], sort=True)[0]
    return centre * 2**20 + cells["quarter"].to_numpy(np.int64)


def _values(histogram: pd.DataFrame, cell: Numbers) -> Values:
    """The bins of known cells that hold values: neither bounds nor 0."""
    n = histogram["n"].to_numpy(np.int64)
    bins = histogram["bin"].to_numpy(np.float64, na_value=np.nan)
    kept = np.isfinite(bins) & (n > 0) & (cell >= 0)
    return Values(cell[kept], (bins[kept] + 0.5) / BINS_PER_OCTAVE, n[kept])


def _within(values: Values, own: Numbers, cells: int) -> Values:
    """The bins of the cells ``own``, numbered in their order."""
    number = np.full(cells, -1, dtype=np.int64)
    number[own] = np.arange(len(own))
    cell = number[values.cell]
    kept = cell >= 0
    return Values(cell[kept], values.at[kept], values.n[kept])


def _read(
    analyte: Analyte,
    table: pd.DataFrame,
    own: Numbers,
    places: Numbers,
    values: Values,
    limits: Values | None,
) -> _Read:
    units = candidates(analyte)
    kind = _kinds(analyte, units, table["unit"].to_numpy(object)[own])
    place = places[own]
    values = _within(values, own, len(table))
    limits = None if limits is None else _within(limits, own, len(table))
    centre = np.unique(place >> 20, return_inverse=True)[1]
    column = np.unique(place & (2**20 - 1), return_inverse=True)[1]
    first, series = np.unique(
        centre * len(units.names) + kind, return_index=True, return_inverse=True
    )[1:]
    n = np.bincount(values.cell, values.n, minlength=len(own))
    whole = located(series[values.cell], values.at, values.n, len(first))
    judged = (table["centre_id"].to_numpy(object)[own[first]] != "") & (whole.n >= FEWEST_ROWS)
    expected = reference(analyte, whole, judged, people_behind(series, column, n, len(first)))
    quarter = located(values.cell, values.at, values.n, len(own))
    fit = _fit(units, (series, column, kind), quarter, judged, expected)
    run = _runs(likeliest_states(fit, CHANGE), series, column)
    mixed = mixed_cells(series, column, run, values, expected.within)
    alone = np.where(mixed, int(run.max()) + 1 + np.arange(len(own)), run)
    begins, run = np.unique(alone, return_index=True, return_inverse=True)[1:]
    held = located(run[values.cell], values.at, values.n, len(begins))
    people = people_behind(run, column, n, len(begins))
    runs = Runs(series[begins], kind[begins], held.level, held.n, people)
    support = range_support(analyte, units, runs, run, centre, limits)
    return _Read(
        analyte, units, own, place, run, mixed[begins], runs, judged[runs.series], expected, support
    )


def _kinds(analyte: Analyte, units: Candidates, sent: NDArray[np.object_]) -> Numbers:
    """Place of each unit as sent among the candidates."""
    place = {factor: index for index, factor in enumerate(units.factors.tolist())}
    kinds = {row.unit: place[row.factor] for row in analyte.units}
    unknown = sorted(set(sent) - set(kinds))
    if unknown:
        raise ValueError(f"histograms: unit {unknown[0]!r} is not one of the analyte's")
    return np.array([kinds[unit] for unit in sent], dtype=np.int64)


def _prior(read: _Read, swapped: NDArray) -> NDArray[np.float64]:
    """Prior probability of a wrong unit: higher beside a swap of another analyte at that time.

    ``swapped``: places of those. A centre that mislabels one analyte mostly mislabels its unit
    system.
    """
    beside = np.isin(read.place, swapped)
    share = np.bincount(read.run, beside) / np.bincount(read.run)
    return np.where(share > 0.5, PRIOR_IN_COMPANY, PRIOR_WRONG)


def _fit(
    units: Candidates,
    cells: tuple[Numbers, Numbers, Numbers],
    found: Located,
    judged: NDArray[np.bool_],
    expected: Reference,
) -> NDArray[np.float64]:
    """Log likelihood of each quarter's level if its values were in each unit.

    ``cells``: series, column and unit declared of each; ``found``: its level.
    """
    s, column, kind = cells
    fit = np.zeros((len(judged), int(column.max()) + 1, len(units.names)))
    rows = np.flatnonzero((found.n > 0) & judged[s] & np.isfinite(expected.level[s]))
    s, column = s[rows], column[rows]
    off = found.level[rows, None] + units.shifts(kind[rows]) - expected.level[s, None]
    variance = expected.between[s] ** 2 + expected.within**2 / found.n[rows]
    np.add.at(fit, (s, column), -(off**2) / (2 * variance[:, None]))
    return fit


def _runs(path: Numbers, series: Numbers, column: Numbers) -> Numbers:
    """The number of the run of quarters that each cell belongs to, over all series."""
    changes = np.ones(path.shape, dtype=np.int64)
    changes[:, 1:] = path[:, 1:] != path[:, :-1]
    number = np.cumsum(changes.ravel()).reshape(path.shape) - 1
    return number[series, column]


def _decided(read: _Read, prior: NDArray[np.float64]) -> dict[str, NDArray]:
    """Verdict, factor, unit and evidence of each run."""
    analyte, units, runs, expected = read.analyte, read.units, read.runs, read.expected
    odds = log_posterior(units, runs, expected, read.support, prior)
    kind, level = runs.kind, runs.level
    mu = expected.level[runs.series]
    known = read.judged & np.isfinite(mu) & np.isfinite(level)
    chance = np.exp(np.where(known[:, None], odds, 0.0))
    rows = np.arange(len(kind))
    best = odds[:, :-1].argmax(axis=1)
    many = runs.n >= FEWEST_TO_CONVERT
    shifted = level + units.octaves[best] - units.octaves[kind]
    swapped = known & (best != kind) & many & _plausible(analyte, shifted)
    swapped &= chance[rows, best] >= SURE
    few = runs.n < FEWEST_ROWS
    doubt = np.where(prior > PRIOR_WRONG, LOG_DOUBT_IN_COMPANY, LOG_DOUBT)
    strict = ~many & (prior == PRIOR_WRONG)  # quarters are many: some few values stray
    doubtful = odds[rows, kind] < np.where(strict, LOG_DOUBT_OF_FEW, doubt)
    doubtful |= expected.by_band[runs.series] & many & ~_plausible(analyte, level)
    verdict = np.where(swapped, "swapped", np.where(known & doubtful, "ambiguous", "declared"))
    named = np.isin(runs.series, runs.series[(verdict != "declared") & ~few])
    verdict = np.where(few & ~named, "declared", verdict)
    mixed = read.mixed & (named | many)  # by themselves few values tell nothing
    verdict = np.where(mixed, "ambiguous", verdict).astype(object)
    unit = np.where(swapped, best, kind)
    refused = verdict == "ambiguous"
    wrong = log_total(np.where(_is(kind, odds), -np.inf, odds))
    return {
        "verdict": verdict,
        "factor": np.where(refused, np.nan, units.factors[unit]),
        "resolved": np.where(refused, "", np.array(units.names, dtype=object)[unit]),
        "evidence": np.where(known, wrong - odds[rows, kind], np.nan),
        "level": level,
        "expected": mu,
        "n": runs.n.astype(np.int64),
    }


def _is(kind: NDArray[np.int64], odds: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.arange(odds.shape[1])[None, :] == kind[:, None]


def _plausible(analyte: Analyte, level: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a level lies in the published band of centre medians; true without a band."""
    if analyte.plausible_median is None:
        return np.ones(len(level), dtype=bool)
    low, high = np.log2(analyte.plausible_median)
    return (level >= low) & (level <= high)
