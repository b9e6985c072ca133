"""Who is in the registry: centres, people, when they start dialysis and when they are observable.

Days are whole days since 1970-01-01; ``FAR`` stands for "not within the data".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

FAR = 10**6
YEAR = 365.25
HD, HHD, PD = 0, 1, 2
PRIMARY_RENAL_DISEASE = {
    "diabetes": 0.44,
    "hypertension": 0.27,
    "glomerulonephritis": 0.10,
    "cystic": 0.04,
    "congenital": 0.02,
    "renal_other": 0.06,
    "other": 0.04,
    "unknown": 0.03,
}
CENTRE_STREAM = 2**31  # seed streams of blocks are 0, 1, 2, ...; this one is the centres'


@dataclass(frozen=True)
class Window:
    """First and last day of the data, and the cohort's wait after first dialysis."""

    start: int
    end: int
    entry_after_days: int = 90


@dataclass(frozen=True)
class Centres:
    conventional: np.ndarray  # bool: mg/dL and pg/mL, else SI
    assay: np.ndarray  # -1, 0, 1
    log_pth: np.ndarray
    log_phosphate: np.ndarray
    assessment_days: np.ndarray


@dataclass(frozen=True)
class People:
    """One block of people; every array has one entry a person."""

    number: np.ndarray  # in the whole registry, from 0
    male: np.ndarray
    birth_day: np.ndarray
    first_day: np.ndarray  # first dialysis
    registry_day: np.ndarray
    coverage_start: np.ndarray
    coverage_end: np.ndarray  # FAR: to the end of data
    entry_day: np.ndarray  # of the cohort: follow-up starts after this day
    centre: np.ndarray
    disease: np.ndarray  # primary renal disease, index
    modality: np.ndarray  # at first visit
    first_visit: np.ndarray
    late: np.ndarray  # registered after first dialysis
    excluded: np.ndarray  # carries a look-alike's code
    warfarin: np.ndarray

    @property
    def age(self) -> np.ndarray:
        """Years at first dialysis."""
        return (self.first_day - self.birth_day) / YEAR

    def __len__(self) -> int:
        return len(self.number)


def ordinal(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def draw_centres(seed: int, p: Mapping[str, float]) -> Centres:
    """Centres are the same for every block of a registry."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, CENTRE_STREAM]))
    count = int(p["centre_count"])
    place = rng.permutation(count) / count
    return Centres(
        conventional=place < p["conventional_share"],
        assay=rng.permutation(np.arange(count) % 3) - 1,
        log_pth=rng.normal(0, p["centre_log_pth_sd"], count),
        log_phosphate=rng.normal(0, p["centre_log_phosphate_sd"], count),
        assessment_days=np.where(
            np.arange(count) % 10 < 6, p["assessment_days"], p["assessment_days_slow"]
        ),
    )


def draw_people(
    rng: np.random.Generator, first: int, count: int, window: Window, p: Mapping[str, float]
) -> People:
    """``count`` people numbered from ``first``, alive and on dialysis when registered."""
    stock = rng.random(count) < p["stock_share"]
    first_day, registry_day = _starts(rng, stock, window, p)
    coverage_start, coverage_end = _coverage(rng, registry_day, window, p)
    age = rng.normal(p["age_mean"] + p["stock_age_shift"] * stock, p["age_sd"], count)
    age = np.clip(age, 18, 95)
    kind = rng.random(count)
    modality = np.where(
        kind < p["peritoneal_share"],
        PD,
        np.where(kind < p["peritoneal_share"] + p["home_share"], HHD, HD),
    )
    look_alike = p["connective_share"] + p["sarcoid_share"] + p["cancer_share"]
    entry_day = np.maximum(
        np.maximum(first_day + window.entry_after_days, registry_day), coverage_start
    )
    return People(
        number=np.arange(first, first + count),
        male=rng.random(count) < p["male_share"],
        birth_day=first_day - np.floor(age * YEAR).astype(np.int64),
        first_day=first_day,
        registry_day=registry_day,
        coverage_start=coverage_start,
        coverage_end=coverage_end,
        entry_day=entry_day,
        centre=rng.integers(0, int(p["centre_count"]), count),
        disease=rng.choice(
            len(PRIMARY_RENAL_DISEASE), count, p=list(PRIMARY_RENAL_DISEASE.values())
        ),
        modality=modality,
        first_visit=registry_day + rng.integers(0, 14, count),
        late=registry_day > first_day,
        excluded=rng.random(count) < look_alike,
        warfarin=rng.random(count) < p["warfarin_share"],
    )


def _starts(
    rng: np.random.Generator, stock: np.ndarray, window: Window, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """First dialysis and registry entry; a month before the end of data at the latest."""
    count, last = len(stock), window.end - 30
    vintage = np.minimum(rng.exponential(p["stock_vintage_years"], count), 25) * YEAR
    before = window.start - 1 - vintage.astype(np.int64)
    within = rng.integers(window.start, last, count)
    first_day = np.where(stock, before, within)
    delay = 1 + (rng.exponential(p["late_delay_years"], count) * YEAR).astype(np.int64)
    delayed = (rng.random(count) < p["late_share"]) & (first_day + delay < last)
    after_opening = np.where(delayed, np.maximum(first_day + delay, window.start), window.start)
    registry_day = np.where(stock, after_opening, first_day + delay * delayed)
    return first_day, registry_day


def _coverage(
    rng: np.random.Generator, registry_day: np.ndarray, window: Window, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    count, last = len(registry_day), window.end - 30
    wait = rng.integers(30, 366, count)
    waits = (rng.random(count) < p["coverage_late_share"]) & (registry_day + wait < last)
    start = registry_day + wait * waits
    length = 100 + (rng.exponential(p["coverage_years"], count) * YEAR).astype(np.int64)
    ends = (rng.random(count) < p["coverage_end_share"]) & (start + length < last)
    return start, np.where(ends, start + length, FAR)
