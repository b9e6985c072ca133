"""Which unit a centre's values are really in, per centre, analyte and quarter; never per row.

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

from analysis.ingest.unit_evidence import Candidates, candidates, log_posterior, range_support
from analysis.ingest.unit_mixture import mixed_cells
from analysis.ingest.unit_reference import FEWEST_ROWS, Reference, located, people_behind, reference
from analysis.ingest.unit_steps import likeliest_states
from data_schema.declarations import Analyte

BINS_PER_OCTAVE = 8
KEYS = ["centre_id", "analyte", "quarter", "unit"]
PLACE = ["centre_id", "quarter"]
COLUMNS = [*KEYS, "verdict", "factor", "resolved", "evidence", "level", "expected", "n"]

FEWEST_TO_CONVERT = 30
PRIOR_WRONG, PRIOR_IN_COMPANY = 1e-3, 0.3
SURE = 0.99  # a unit is taken to be the one
LOG_DOUBT = float(np.log(0.02))  # the unit declared is doubted
LOG_DOUBT_OF_FEW = float(np.log(1e-4))  # the same, in a run of quarters of less than ten values
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
    read = []
    for name in sorted(histograms["analyte"].unique()):
        if name not in analytes:
            raise ValueError(f"histograms: analyte {name!r} is not declared")
        own = histograms[histograms["analyte"] == name]
        limits = None if ranges is None else ranges[ranges["analyte"] == name]
        read.append(_runs_of(analytes[name], own, limits))
    if not read:
        return pd.DataFrame({c: [] for c in COLUMNS})
    alone = [_verdicts_of(each, np.full(len(each.runs), PRIOR_WRONG)) for each in read]
    company = [
        _verdicts_of(each, _prior(each, [a for a in alone if a is not own]))
        for each, own in zip(read, alone, strict=True)
    ]
    return pd.concat(company).sort_values(KEYS, kind="stable").reset_index(drop=True)[COLUMNS]


@dataclass(frozen=True)
class _Runs:
    """An analyte's cells, the runs of quarters that they form, and what these are held against."""

    analyte: Analyte
    units: Candidates
    cells: pd.DataFrame
    runs: pd.DataFrame
    judged: NDArray[np.bool_]
    expected: Reference
    people: NDArray[np.float64]
    support: NDArray[np.float64]


def _runs_of(analyte: Analyte, histogram: pd.DataFrame, ranges: pd.DataFrame | None) -> _Runs:
    units = candidates(analyte)
    cells, values = _cells(analyte, units, histogram)
    series = _series(cells, values)
    expected = reference(analyte, series, people_behind(cells, "series"))
    path = likeliest_states(_fit(units, cells, values, series, expected), CHANGE)
    cells = cells.assign(run=_runs(cells, path))
    mixed = mixed_cells(cells, values, expected.within)
    alone = int(cells["run"].max()) + 1 + cells["cell"]
    cells = cells.assign(run=cells["run"].mask(mixed, alone), mixed=mixed)
    runs = _levels(cells, values, "run").merge(
        cells.drop_duplicates("run")[["run", "series", "kind"]], on="run"
    )
    support = range_support(analyte, units, cells, runs, _range_values(cells, ranges))
    judged = series["judged"].to_numpy()[runs["series"]]
    people = people_behind(cells, "run")
    return _Runs(analyte, units, cells, runs, judged, expected, people, support)


def _verdicts_of(read: _Runs, prior: NDArray[np.float64]) -> pd.DataFrame:
    odds = log_posterior(read.units, read.runs, read.expected, read.people, read.support, prior)
    found = read.cells.drop(columns="n").merge(_decided(read, odds), on="run")
    return found.assign(
        verdict=found["verdict"].mask(found["mixed"], "ambiguous"),
        factor=found["factor"].mask(found["mixed"], np.nan),
        resolved=found["resolved"].mask(found["mixed"], ""),
    )


def _prior(read: _Runs, others: list[pd.DataFrame]) -> NDArray[np.float64]:
    """Prior probability of a wrong unit: higher beside a swap of another analyte at that time.

    A centre that mislabels one analyte mostly mislabels its unit system.
    """
    swapped = [other.loc[other["verdict"] == "swapped", PLACE] for other in others]
    places = pd.concat(swapped).drop_duplicates() if swapped else read.cells.iloc[:0][PLACE]
    known = pd.MultiIndex.from_frame(places)
    beside = pd.MultiIndex.from_frame(read.cells[PLACE]).isin(known)
    share = pd.Series(beside).groupby(read.cells["run"].to_numpy()).mean()
    most = share.reindex(read.runs["run"]).to_numpy() > 0.5
    return np.where(most, PRIOR_IN_COMPANY, PRIOR_WRONG)


def _cells(
    analyte: Analyte, units: Candidates, histogram: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row a centre, quarter and unit; and the bins, each with the cell it belongs to."""
    declared = {row.unit: row.factor for row in analyte.units}
    unknown = sorted(set(histogram["unit"]) - set(declared))
    if unknown:
        raise ValueError(f"histograms: unit {unknown[0]!r} is not one of the analyte's")
    place = {factor: index for index, factor in enumerate(units.factors.tolist())}
    number = histogram.groupby(KEYS, sort=True).ngroup().to_numpy()
    _, first = np.unique(number, return_index=True)
    cells = histogram[KEYS].iloc[first].reset_index(drop=True)
    kind = cells["unit"].map({unit: place[f] for unit, f in declared.items()}).to_numpy(np.int64)
    quarter = cells["quarter"].to_numpy(np.int64)
    values = _values(histogram, number)
    cells = cells.assign(
        cell=np.arange(len(cells)),
        kind=kind,
        series=pd.MultiIndex.from_arrays([cells["centre_id"], kind]).factorize()[0],
        column=np.searchsorted(np.unique(quarter), quarter),
        n=np.bincount(values["cell"], values["n"], minlength=len(cells)),
    )
    return cells, values


def _values(histogram: pd.DataFrame, cell: NDArray[np.int64]) -> pd.DataFrame:
    """``cell, at`` (octaves, the middle of the bin) and ``n`` of every bin of a known cell."""
    n = histogram["n"].to_numpy(np.int64)
    bins = histogram["bin"].to_numpy(np.float64, na_value=np.nan)
    kept = np.isfinite(bins) & (n > 0) & (cell >= 0)
    at = (bins[kept] + 0.5) / BINS_PER_OCTAVE
    return pd.DataFrame({"cell": cell[kept], "at": at, "n": n[kept]})


def _range_values(cells: pd.DataFrame, ranges: pd.DataFrame | None) -> pd.DataFrame | None:
    if ranges is None or len(ranges) == 0:
        return None
    cell = ranges[KEYS].merge(cells[[*KEYS, "cell"]], on=KEYS, how="left")["cell"].fillna(-1)
    found = _values(ranges, cell.to_numpy(np.int64))
    return found.assign(run=cells["run"].to_numpy()[found["cell"]])


def _levels(cells: pd.DataFrame, values: pd.DataFrame, by: str) -> pd.DataFrame:
    """Level, spread and size of each group of cells; those without a value have size 0."""
    group = cells[by].to_numpy()[values["cell"]]
    found = located(group, values["at"].to_numpy(), values["n"].to_numpy())
    whole = found.set_index("group").reindex(np.unique(cells[by])).rename_axis(by).reset_index()
    return whole.assign(n=whole["n"].fillna(0.0))


def _series(cells: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """One row a centre and unit that it declares: ``series, level, iqr, n, kind, judged``."""
    first = cells.drop_duplicates("series")[["series", "centre_id", "kind"]]
    whole = _levels(cells, values, "series").merge(first, on="series")
    return whole.assign(judged=(whole["centre_id"] != "") & (whole["n"] >= FEWEST_ROWS))


def _fit(
    units: Candidates,
    cells: pd.DataFrame,
    values: pd.DataFrame,
    series: pd.DataFrame,
    expected: Reference,
) -> NDArray[np.float64]:
    """Log likelihood of each quarter's level if its values were in each unit."""
    fit = np.zeros((len(series), int(cells["column"].max()) + 1, len(units.names)))
    found = _levels(cells, values, "cell")
    s = cells["series"].to_numpy()
    counted = (found["n"].to_numpy() > 0) & series["judged"].to_numpy()[s]
    counted &= np.isfinite(expected.level[s])
    rows, s = np.flatnonzero(counted), s[counted]
    shift = units.octaves[None, :] - units.octaves[cells["kind"].to_numpy()[rows]][:, None]
    off = found["level"].to_numpy()[rows, None] + shift - expected.level[s, None]
    variance = expected.between[s] ** 2 + expected.within**2 / found["n"].to_numpy()[rows]
    np.add.at(fit, (s, cells["column"].to_numpy()[rows]), -(off**2) / (2 * variance[:, None]))
    return fit


def _runs(cells: pd.DataFrame, path: NDArray[np.int64]) -> NDArray[np.int64]:
    """The number of the run of quarters that each cell belongs to, over all series."""
    changes = np.ones(path.shape, dtype=np.int64)
    changes[:, 1:] = path[:, 1:] != path[:, :-1]
    number = np.cumsum(changes.ravel()).reshape(path.shape) - 1
    return number[cells["series"].to_numpy(), cells["column"].to_numpy()]


def _decided(read: _Runs, odds: NDArray[np.float64]) -> pd.DataFrame:
    """Verdict, factor, unit and evidence of each run. ``odds``: runs × (units, then none)."""
    analyte, units, runs, expected = read.analyte, read.units, read.runs, read.expected
    kind, level = runs["kind"].to_numpy(), runs["level"].to_numpy()
    mu = expected.level[runs["series"].to_numpy()]
    known = read.judged & np.isfinite(mu) & np.isfinite(level)
    chance = np.exp(np.where(known[:, None], odds, 0.0))
    rows = np.arange(len(runs))
    best = odds[:, :-1].argmax(axis=1)
    many = runs["n"].to_numpy() >= FEWEST_TO_CONVERT
    shifted = level + units.octaves[best] - units.octaves[kind]
    swapped = known & (best != kind) & many & _plausible(analyte, shifted)
    swapped &= chance[rows, best] >= SURE
    few = runs["n"].to_numpy() < FEWEST_ROWS
    doubtful = odds[rows, kind] < np.where(few, LOG_DOUBT_OF_FEW, LOG_DOUBT)
    doubtful |= expected.by_band[runs["series"]] & many & ~_plausible(analyte, level)
    verdict = np.where(swapped, "swapped", np.where(known & doubtful, "ambiguous", "declared"))
    unit = np.where(swapped, best, kind)
    wrong = np.logaddexp.reduce(np.where(_is(kind, odds), -np.inf, odds), axis=1)
    return pd.DataFrame(
        {
            "run": runs["run"],
            "verdict": verdict,
            "factor": np.where(verdict == "ambiguous", np.nan, units.factors[unit]),
            "resolved": np.where(verdict == "ambiguous", "", np.array(units.names)[unit]),
            "evidence": np.where(known, wrong - odds[rows, kind], np.nan),
            "level": level,
            "expected": mu,
            "n": runs["n"].astype(np.int64),
        }
    )


def _is(kind: NDArray[np.int64], odds: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.arange(odds.shape[1])[None, :] == kind[:, None]


def _plausible(analyte: Analyte, level: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether a level lies in the published band of centre medians; true without a band."""
    if analyte.plausible_median is None:
        return np.ones(len(level), dtype=bool)
    low, high = np.log2(analyte.plausible_median)
    return (level >= low) & (level <= high)
