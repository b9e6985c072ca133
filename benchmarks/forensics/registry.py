"""Registries of laboratory values as centres send them, one unit swap in some, as histograms.

Levels and spreads are the simulator's (``analysis.simulate.parameters``), its rounding and units
too. Centres are smaller than there (ten people or more), and where the simulator lets them differ
only by their people, they differ by some per cent here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.units.forensics import BINS_PER_OCTAVE
from analysis.simulate import labs
from analysis.simulate.parameters import values
from data_schema.declarations import analytes

RESULTS_A_QUARTER = {"pth": 0.8, "calcium": 1.4, "phosphate": 1.4, "albumin": 1.4}
RESULTS_A_QUARTER |= {"alkaline_phosphatase": 0.45, "vitamin_d_25oh": 0.25, "bicarbonate": 0.45}
BETWEEN_CENTRES = {"pth": 0.135, "calcium": 0.01, "phosphate": 0.03, "albumin": 0.03}
BETWEEN_CENTRES |= {"alkaline_phosphatase": 0.05, "vitamin_d_25oh": 0.05, "bicarbonate": 0.02}
SPREADS = {"simulator": BETWEEN_CENTRES, "wide": BETWEEN_CENTRES | {"pth": 0.20}}  # SD of ln level
SEEDS = {"tuning": 20260101, "claim": 20261122}  # thresholds were chosen on the first alone
TWO_UNITS = ("pth", "calcium", "phosphate", "albumin", "vitamin_d_25oh")
NEW_PEOPLE, OUTLIERS = 0.06, 0.001  # a quarter; of results, a tenth or ten times the value
FEWEST_ROWS = 30


@dataclass(frozen=True)
class Swap:
    """A centre that declares the other unit of these analytes from a day, for some quarters."""

    centre: int
    analytes: tuple[str, ...]
    first: int
    last: int
    share: float  # of the first quarter's results


@dataclass(frozen=True)
class Registry:
    histograms: pd.DataFrame  # with ``swapped``: of ``n``, those in another unit than declared
    ranges: pd.DataFrame
    swap: Swap | None


def draw(seed: int, swapped: bool, spread: str = "simulator", of: str = "claim") -> Registry:
    """A registry of 12 to 60 centres over 8 to 40 quarters; the same for the same arguments.

    ``spread``: of centres' levels; ``of``: the family of seeds.
    """
    sequence = np.random.SeedSequence([SEEDS[of], seed, int(swapped)])
    rng = np.random.default_rng(sequence)
    between = SPREADS[spread]
    centres, quarters = int(rng.integers(12, 61)), int(rng.integers(8, 41))
    preset = values(("era_2010s_us", "era_1996_2001")[seed % 2])
    people = np.maximum(rng.lognormal(np.log(25), 0.7, centres), 10).astype(int)
    conventional = _unit_systems(rng, centres, quarters)
    swap = _draw_swap(rng, centres, quarters) if swapped else None
    pieces, ranges = [], []
    for name in RESULTS_A_QUARTER:
        rows = _results(rng, name, people, quarters, preset, between[name])
        sent = _sent(rng, name, rows, conventional, swap)
        pieces.append(_histogram(name, sent, sent["value"]))
        if name == "pth":
            limit = np.where(sent["conventional"], 65.0, 65.0 / labs.PTH_PER_PMOL)
            ranges.append(_histogram(name, sent, limit))
    return Registry(pd.concat(pieces), pd.concat(ranges), swap)


def _unit_systems(rng: np.random.Generator, centres: int, quarters: int) -> NDArray[np.bool_]:
    """Centres × quarters: reports in mg/dL and pg/mL or not; a tenth changes, and says so."""
    system = np.repeat(rng.random(centres) < 0.6, quarters).reshape(centres, quarters)
    changes = np.flatnonzero(rng.random(centres) < 0.1)
    for centre in changes:
        system[centre, rng.integers(0, quarters) :] ^= True
    return system


def _draw_swap(rng: np.random.Generator, centres: int, quarters: int) -> Swap:
    several = rng.random() < 0.5
    one = (TWO_UNITS[rng.integers(len(TWO_UNITS))],)
    first = int(rng.integers(0, quarters)) if rng.random() < 0.7 else 0
    last = quarters if rng.random() < 0.7 else int(rng.integers(first + 1, quarters + 1))
    share = 1.0 if first == 0 or rng.random() < 0.3 else float(rng.uniform(0.05, 1.0))
    return Swap(int(rng.integers(centres)), TWO_UNITS[:4] if several else one, first, last, share)


def _results(
    rng: np.random.Generator, name: str, people: NDArray[np.int64], quarters: int, p, between: float
) -> dict[str, NDArray]:
    """Centre, quarter and underlying value of each result."""
    places = np.repeat(np.arange(len(people)), people)
    person = np.cumsum(rng.random((len(places), quarters)) < NEW_PEOPLE, axis=1)
    count = rng.poisson(RESULTS_A_QUARTER[name], person.shape)
    slot, quarter = (np.repeat(a.ravel(), count.ravel()) for a in np.indices(person.shape))
    who = slot * (quarters + 1) + person[slot, quarter]
    own = rng.standard_normal(len(places) * (quarters + 1))[who]
    noise = rng.standard_normal(len(slot))
    centre = places[slot]
    shift = rng.normal(0, between, len(people))[centre]
    return {
        "centre": centre,
        "quarter": quarter,
        "value": _value(name, own, noise, p) * np.exp(shift),
    }


def _value(name: str, own: NDArray, noise: NDArray, p) -> NDArray[np.float64]:
    """Underlying value: pg/mL, mg/dL, g/L, U/L, nmol/L, mmol/L."""
    if name == "pth":
        return np.exp(p["target_log_pth"] + p["log_pth_between_sd"] * own + 0.45 * noise)
    if name == "calcium":
        return p["target_calcium"] - 0.16 + p["calcium_between_sd"] * own + 0.45 * noise
    if name == "phosphate":
        spread = p["log_phosphate_between_sd"] * own + 0.21 * noise
        return np.exp(p["target_log_phosphate"] + spread)
    if name == "albumin":
        return p["albumin"] + p["albumin_between_sd"] * own + p["albumin_noise_sd"] * noise
    if name == "alkaline_phosphatase":
        return np.exp(p["log_alkaline"] + 0.40 * own + 0.206 * noise)
    if name == "vitamin_d_25oh":
        return np.exp(p["log_vitamin_d"] + p["log_vitamin_d_sd"] * (0.8 * own + 0.6 * noise))
    return p["bicarbonate"] + p["bicarbonate_sd"] * (0.6 * own + 0.8 * noise)


def _sent(
    rng: np.random.Generator,
    name: str,
    rows: dict[str, NDArray],
    conventional: NDArray[np.bool_],
    swap: Swap | None,
) -> dict[str, NDArray]:
    """As the centre writes it down: rounded, in its unit, beside the unit it declares."""
    number = [a.name for a in labs.ANALYTES].index(name)
    kind = labs.ANALYTES[number]
    system = conventional[rows["centre"], rows["quarter"]]
    steps, _ = labs.recorded(number, rows["value"], system)
    decimals = np.where(system, kind.conventional.decimals, kind.si.decimals)
    outlier = np.where(rng.random(len(steps)) < OUTLIERS, rng.choice([0.1, 10.0], len(steps)), 1.0)
    wrong = np.zeros(len(steps), dtype=bool)
    if swap is not None and name in swap.analytes:
        quarter = rows["quarter"]
        wrong = (rows["centre"] == swap.centre) & (quarter >= swap.first) & (quarter < swap.last)
        wrong &= (quarter > swap.first) | (rng.random(len(steps)) < swap.share)
    return {
        "centre": rows["centre"],
        "quarter": rows["quarter"],
        "value": np.maximum(steps, 1) / 10.0**decimals * outlier,
        "conventional": system,
        "unit": np.where(system ^ wrong, kind.conventional.unit, kind.si.unit),
        "swapped": wrong,
    }


def _histogram(name: str, sent: dict[str, NDArray], value: NDArray[np.float64]) -> pd.DataFrame:
    factors = {row.unit: row.factor for row in analytes()[name].units}
    units, unit = np.unique(sent["unit"], return_inverse=True)
    factor = np.array([factors[u] for u in units])[unit]
    bins = np.floor(np.log2(value * factor) * BINS_PER_OCTAVE).astype(np.int64)
    low = bins.min()
    shape = (sent["centre"].max() + 1, sent["quarter"].max() + 1, len(units), bins.max() - low + 1)
    place = np.ravel_multi_index((sent["centre"], sent["quarter"], unit, bins - low), shape)
    n = np.bincount(place)
    swapped = np.bincount(place, sent["swapped"], minlength=len(n))
    held = np.flatnonzero(n)
    centre, quarter, kind, bin_ = np.unravel_index(held, shape)
    names = np.array([f"C{i:03d}" for i in range(shape[0])], dtype=object)
    return pd.DataFrame(
        {
            "centre_id": names[centre],
            "analyte": name,
            "quarter": quarter + 8040,
            "unit": units.astype(object)[kind],
            "bin": bin_ + low,
            "n": n[held],
            "swapped": swapped[held].astype(np.int64),
        }
    )
