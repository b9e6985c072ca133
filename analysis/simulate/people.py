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
class SimulatedPeople:
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
    modality: np.ndarray  # at first dialysis
    first_visit: np.ndarray  # soon after first dialysis, registered or not
    late: np.ndarray  # registered after first dialysis
    excluded: np.ndarray  # carries a look-alike's code
    warfarin: np.ndarray
    dies_at_once: np.ndarray  # on the day of first dialysis

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
    rng: np.random.Generator, count: int, window: Window, p: Mapping[str, float]
) -> SimulatedPeople:
    """``count`` people who start dialysis, some of them long before they are registered.

    Those must live on dialysis until then to be in the registry: see ``walk.enrolled``.
    """
    first_day, first_visit, registry_day = _starts(rng, count, window, p)
    coverage_start, coverage_end = _coverage(rng, registry_day, window, p)
    age = np.clip(rng.normal(p["age_mean"], p["age_sd"], count), 18, 95)
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
    late = registry_day > first_day
    return SimulatedPeople(
        number=np.arange(count),
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
        first_visit=first_visit,
        late=late,
        excluded=rng.random(count) < look_alike,
        warfarin=rng.random(count) < p["warfarin_share"],
        dies_at_once=(rng.random(count) < p["first_day_death_share"]) & ~late,
    )


def _starts(
    rng: np.random.Generator, count: int, window: Window, p: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First dialysis, first visit and registry entry; a month before the end at the latest.

    First dialysis is uniform over the years before the registry opened and those after. Who is
    registered late is registered on a visit: the last values known are those of that day.
    """
    last, step = window.end - 30, int(p["visit_days"])
    first_day = rng.integers(window.start - int(p["history_years"] * YEAR), last, count)
    first_visit = first_day + rng.integers(0, 14, count)
    opening = window.start + rng.integers(0, 30, count)
    delay = 1 + (rng.exponential(p["late_delay_years"], count) * YEAR).astype(np.int64)
    delayed = (rng.random(count) < p["late_share"]) & (first_day + delay < last - step)
    wanted = np.where(first_day < window.start, opening, first_day)
    wanted = np.where(delayed, np.maximum(wanted, first_day + delay), wanted)
    visits = np.maximum(-(-(wanted - first_visit) // step), 1)
    late = wanted > first_day
    return first_day, first_visit, np.where(late, first_visit + visits * step, first_day)


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
