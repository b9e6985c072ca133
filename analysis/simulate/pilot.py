"""Solves the baseline hazard for the prevalence asked for, from a pilot with its own fixed seed.

The pilot does not depend on N or on the seed of the registry, so one protocol has one truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.simulate.course import Course
from analysis.simulate.detection import Detection, detect, observed
from analysis.simulate.enrolment import enrolled
from analysis.simulate.onset import Hazard, hazard_of
from analysis.simulate.parameters import values
from analysis.simulate.parathyroidectomy import resolution_day
from analysis.simulate.people import FAR, Window, draw_centres
from analysis.simulate.setting import Setting

PILOT_SEED = 20080101
PILOT_PEOPLE = 12000
FIRST_SCALE = 0.008  # where the search starts; high, so that the pilot sees many onsets


@dataclass(frozen=True)
class Block:
    course: Course
    resolved_day: np.ndarray
    detection: Detection


def simulate_block(rng: np.random.Generator, span: tuple[int, int], setting: Setting) -> Block:
    """People ``span[0]`` to ``span[1] - 1``: their course, and what is recorded of it."""
    course = enrolled(rng, span, setting).run()
    resolved = resolution_day(rng, course.onset_day, course.operation_day, setting.p)
    return Block(course, resolved, detect(rng, course, resolved, setting))


def observable(course: Course, window: Window) -> np.ndarray:
    """On dialysis on the first day of coverage: those of whom an onset can be recorded."""
    return observed(course, window, np.arange(len(course.people)), course.people.coverage_start)


def expected_cases(block: Block, window: Window) -> np.ndarray:
    """Expected cases a person, given their state when coverage began.

    1 with the disease then; otherwise the cumulative hazard run through from then until onset,
    exit or the end of coverage. The difference to the count of cases is a martingale.
    """
    course, opening = block.course, block.course.people.coverage_start
    before = (course.onset_day <= opening) & (block.resolved_day > opening)
    after = course.entry_hazard + course.risk_hazard.sum(axis=0)
    return observable(course, window) * (before + after)


@lru_cache(maxsize=16)
def solved_hazard(
    log_hazard_ratios: tuple[tuple[str, float], ...],
    preset: str,
    ladder: str,
    target: float,
    window: Window,
) -> Hazard:
    """The hazard under which the recorded prevalence is ``target``; ValueError if out of reach."""
    p = values(preset)
    if not 0 < target < 0.5:
        raise ValueError("simulation.prevalence_target: not between 0 and 0.5")
    hazard = hazard_of(dict(log_hazard_ratios), FIRST_SCALE, p)
    rng = np.random.default_rng(np.random.SeedSequence([PILOT_SEED, 0]))
    setting = Setting(ladder, hazard, window, draw_centres(PILOT_SEED, p), p)
    block = simulate_block(rng, (0, PILOT_PEOPLE), setting)
    course, found = block.course, block.detection
    true_case = course.onset_day < FAR
    expected = expected_cases(block, window)
    share_recorded = (true_case & (found.detected_day < FAR)).sum() / expected.sum()
    recorded_wrongly = (~true_case & (found.detected_day < FAR)).mean()
    if ladder == "D":
        recorded_wrongly = p["false_code_share"]
    wanted = max(target - float(recorded_wrongly), target / 10) / float(share_recorded)
    followed = course.history_hazard + course.entry_hazard + course.risk_hazard.sum(axis=0)
    total = observable(course, window) * followed  # at the pilot's scale
    return replace(hazard, scale=FIRST_SCALE * _scaling(total, wanted))


def _scaling(total: np.ndarray, wanted: float) -> float:
    """The ``c`` with ``mean(1 - exp(-c total)) = wanted``, by bisection."""
    low, high = 0.0, 50.0
    if np.mean(1 - np.exp(-high * total)) < wanted:
        raise ValueError("simulation.prevalence_target: cannot be reached")
    for _ in range(60):
        middle = (low + high) / 2
        if np.mean(1 - np.exp(-middle * total)) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cumulative_incidence(
    hazard: Hazard, preset: str, ladder: str, window: Window, years: tuple[float, ...]
) -> dict[float, float]:
    """True cumulative incidence of onset since first dialysis, competing exits present.

    Among those on dialysis and free of calcinosis on the day of entry (day 90), all registered
    from first dialysis and followed for as long as it takes: the mean cumulative hazard run
    through by each horizon (its expectation is the incidence, with less noise than a count).
    """
    p = dict(values(preset))
    for share in ("history_years", "late_share", "coverage_late_share", "coverage_end_share"):
        p[share] = 0.0
    p["lost_rate"] = 0.0  # loss is censoring, not an end of its own
    days = tuple(int(np.floor(y * 365.25)) for y in years)
    rng = np.random.default_rng(np.random.SeedSequence([PILOT_SEED, 1]))
    longer = replace(window, end=window.end + max(days, default=0))
    setting = Setting(ladder, hazard, longer, draw_centres(PILOT_SEED, p), p, horizons=days)
    course = enrolled(rng, (0, PILOT_PEOPLE), setting).run()
    entry = course.people.entry_day
    at_risk = (course.exit_day[0] > entry) & (course.onset_day > entry)
    return {y: float(course.horizon_hazard[row][at_risk].mean()) for row, y in enumerate(years)}
