"""Why the hazard of recorded onset rises with later entry: disease that nobody had seen before it.

Where onset is recorded on its day (scenario A) entry makes no difference. Where it is found late
(scenario D) it does, and no longer once those who were ill at entry are left out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.simulate.pilot import simulate_block, solved_hazard
from analysis.survival.cox_regression.model import cox
from benchmarks.coverage.large_population import setting_of, study_of
from data_schema.follow_up import DAYS_A_YEAR

PEOPLE, SEED, TARGET = 10_000, 5107, 0.12
LIMIT = 3.9  # standard errors


def people(scenario: str) -> tuple[np.ndarray, ...]:
    """Start and stop since first dialysis, recorded onset, and whether it had begun at entry."""
    setting, simulation = setting_of(scenario, SEED), study_of(scenario).simulation
    ratios = tuple(sorted(simulation.log_hazard_ratios.items()))
    hazard = solved_hazard(ratios, simulation.preset, scenario, TARGET, setting.window)
    rng = np.random.default_rng([SEED, ord(scenario)])
    block = simulate_block(rng, (0, PEOPLE), replace(setting, hazard=hazard))
    course, found = block.course, block.detection.detected_day
    own = course.people
    leave = np.minimum(np.minimum(course.exit_day[0], own.coverage_end), setting.window.end)
    stop = np.minimum(found, leave)
    columns = (own.entry_day - own.first_day, stop - own.first_day)
    flags = (found <= leave, course.onset_day <= own.entry_day)
    return tuple(column[stop > own.entry_day] for column in (*columns, *flags))


def distance(start: np.ndarray, stop: np.ndarray, event: np.ndarray) -> float:
    """Standard errors of the log hazard ratio per later year of entry from no difference."""
    fit = cox(start[:, None] / DAYS_A_YEAR, stop, event.astype(int), start=start)
    return float(fit.coefficients[0] / fit.std_error[0])


def test_entry_makes_no_difference_where_onset_is_recorded_on_its_day() -> None:
    start, stop, event, ill = people("A")
    assert not (event & ill).any()
    assert abs(distance(start, stop, event)) < LIMIT


def test_where_onset_is_found_late_those_ill_at_entry_make_the_difference() -> None:
    start, stop, event, ill = people("D")
    late = start > DAYS_A_YEAR
    assert (event & ill & late).sum() > 0.2 * (event & late).sum()
    assert distance(start, stop, event) > LIMIT
    assert distance(start[~ill], stop[~ill], event[~ill]) < LIMIT
