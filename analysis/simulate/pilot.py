"""Solves the baseline hazard for the prevalence asked for, from a pilot with its own fixed seed.

The pilot does not depend on N or on the seed of the registry, so one protocol has one truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from analysis.simulate.course import Course
from analysis.simulate.detection import Detection, detect, observed
from analysis.simulate.enrolment import enrolled
from analysis.simulate.onset import Hazard, hazard_of
from analysis.simulate.parameters import values
from analysis.simulate.parathyroidectomy import resolution_day
from analysis.simulate.people import FAR, Centres, Window, draw_centres
from analysis.simulate.setting import Setting

PILOT_SEED = 20080101
PILOT_PEOPLE = 10_000
NO_ONSET = 1e-9  # a baseline under which nobody has onset
MORE_ONSETS = 3.0  # the second pilot sees this many times the onsets asked for


@dataclass(frozen=True)
class Block:
    course: Course
    resolved_day: np.ndarray
    detection: Detection


def simulate_block(rng: np.random.Generator, span: tuple[int, int], setting: Setting) -> Block:
    """People ``span[0]`` to ``span[1] - 1``: their course, and what is recorded of it."""
    return _recorded_block(rng, enrolled(rng, span, setting).run(), setting)


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
    scenario: str,
    target: float,
    window: Window,
) -> Hazard:
    """The hazard under which the recorded prevalence is ``target``; ValueError if out of reach.

    One pilot in which nobody has onset measures how much cumulative hazard people run through
    while observable; a second one measures which share of the onsets of that is recorded (some
    resolve before coverage begins; in scenarios C and D some are never seen).
    """
    p = values(preset)
    if not 0 < target < 0.5:
        raise ValueError("simulation.prevalence_target: not between 0 and 0.5")
    hazard = hazard_of(dict(log_hazard_ratios), NO_ONSET, p)
    setting = Setting(scenario, hazard, window, _centres(preset), p)
    course = _pilot(setting).course
    followed = course.history_hazard + course.entry_hazard + course.risk_hazard.sum(axis=0)
    total = observable(course, window) * followed
    scaling = MORE_ONSETS * _scaling(total, target)
    block = _pilot(replace(setting, hazard=replace(hazard, scale=NO_ONSET * scaling)))
    share = _recorded(block, scenario, window) / np.sum(1 - np.exp(-scaling * total))
    wanted = max(target - _recorded_in_error(block, scenario, p), target / 10) / float(share)
    return replace(hazard, scale=NO_ONSET * _scaling(total, wanted))


def _pilot(setting: Setting) -> Block:
    rng = np.random.default_rng(np.random.SeedSequence([PILOT_SEED, 0]))
    return simulate_block(rng, (0, PILOT_PEOPLE), setting)


def _recorded(block: Block, scenario: str, window: Window) -> float:
    """True cases on record; where every onset is recorded, their expectation, which varies less."""
    if scenario in ("A", "B"):
        return float(expected_cases(block, window).sum())
    return float(((block.course.onset_day < FAR) & (block.detection.detected_day < FAR)).sum())


def _recorded_in_error(block: Block, scenario: str, p: Mapping[str, float]) -> float:
    """Expected proportion recorded without disease (scenario D): wrong codes and wrong films."""
    if scenario != "D":
        return 0.0
    films = len(block.detection.assessments["day"]) / len(block.course.people)
    return p["false_code_share"] + p["radiograph_false_positive"] * films


def _scaling(total: np.ndarray, wanted: float) -> float:
    """The ``c`` with ``mean(1 - exp(-c total)) = wanted``, by bisection."""
    low, high = 0.0, 1e10
    if np.mean(1 - np.exp(-high * total)) < wanted:
        raise ValueError("simulation.prevalence_target: cannot be reached")
    for _ in range(100):
        middle = (low + high) / 2
        if np.mean(1 - np.exp(-middle * total)) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@lru_cache(maxsize=16)
def cumulative_incidence(
    hazard: Hazard, preset: str, scenario: str, window: Window, years: tuple[float, ...]
) -> dict[float, float]:
    """True cumulative incidence of onset since first dialysis, competing exits present.

    Among those on dialysis and free of calcinosis on the day of entry (day 90), all registered
    from first dialysis and followed for as long as it takes: the mean cumulative hazard run
    through by each horizon (its expectation is the incidence, with less noise than a count).
    """
    days = tuple(int(np.floor(y * 365.25)) for y in years)
    setting = from_the_start(
        Setting(scenario, hazard, window, _centres(preset), values(preset), days)
    )
    rng = np.random.default_rng(np.random.SeedSequence([PILOT_SEED, 1]))
    course = followed_for(rng, (0, PILOT_PEOPLE), setting, max(days, default=0)).course
    entry = course.people.entry_day
    at_risk = (course.exit_day[0] > entry) & (course.onset_day > entry)
    return {y: float(course.horizon_hazard[row][at_risk].mean()) for row, y in enumerate(years)}


def from_the_start(setting: Setting) -> Setting:
    """The same with all people registered and covered from first dialysis, and no one lost."""
    p = dict(setting.p)
    for share in ("history_years", "late_share", "coverage_late_share", "coverage_end_share"):
        p[share] = 0.0
    p["lost_rate"] = 0.0  # loss is censoring, not an end of its own
    return replace(setting, p=p)


def followed_for(
    rng: np.random.Generator, span: tuple[int, int], setting: Setting, days: int
) -> Block:
    """People who start within the window, followed so many days beyond it: nobody is cut short."""
    walk = enrolled(rng, span, setting)
    longer = replace(setting, window=replace(setting.window, end=setting.window.end + days))
    walk.window = longer.window
    return _recorded_block(rng, walk.run(), longer)


def _recorded_block(rng: np.random.Generator, course: Course, setting: Setting) -> Block:
    resolved = resolution_day(rng, course.onset_day, course.operation_day, setting.p)
    return Block(course, resolved, detect(rng, course, resolved, setting))


def _centres(preset: str) -> Centres:
    return draw_centres(PILOT_SEED, values(preset))
