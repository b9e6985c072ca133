"""What is true of the simulator's people: counts among hundreds of thousands, kept as numbers.

``python -m benchmarks.coverage.large_population`` writes ``truth.json``. The people are those of
the simulator before a row is written; no code is shared with the stages that read an extract.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.runner import map_in_order
from analysis.simulate import study_window
from analysis.simulate.exits import END, LOST, STOPPED
from analysis.simulate.parameters import values
from analysis.simulate.people import FAR, draw_centres, ordinal
from analysis.simulate.pilot import (
    Block,
    followed_for,
    from_the_start,
    simulate_block,
    solved_hazard,
)
from analysis.simulate.setting import Setting
from analysis.study import PROTOCOLS, Study, read_study
from data_schema.follow_up import DAYS_A_YEAR

STORED = Path(__file__).with_name("truth.json")
PROTOCOL = {"A": "scenario_a", "D": "simulated"}
SEED = 20_261_130
PIECE, PIECES = 10_000, 20
HORIZON = int(10 * DAYS_A_YEAR)
FIVE_YEARS = int(5 * DAYS_A_YEAR)
QUARTILES = (0.25, 0.5, 0.75)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class People:
    """Days since first dialysis: followed on ``(start, stop]``, ``state`` at ``stop`` (1 onset on
    record, 2 another end, 0 neither); of those counted on the date, how many and who is a case."""

    start: Ints
    stop: Ints
    state: Ints
    counted: int
    cases: int


@dataclass(frozen=True)
class Truth:
    """Of recorded onset; quartiles in days among onsets by ten years."""

    prevalence: float
    by_five_years: float
    quartiles: tuple[float, ...]
    hazard: float  # the simulator's baseline: a truth of another simulator is no truth


def study_of(scenario: str) -> Study:
    return read_study(PROTOCOLS / f"{PROTOCOL[scenario]}.toml")


def setting_of(scenario: str, centres_seed: int) -> Setting:
    study = study_of(scenario)
    assert study.simulation is not None
    given, window = study.simulation, study_window(study)
    ratios = tuple(sorted(given.log_hazard_ratios.items()))
    hazard = solved_hazard(ratios, given.preset, scenario, given.prevalence_target, window)
    p = values(given.preset)
    return Setting(scenario, hazard, window, draw_centres(centres_seed, p), p)


def piece(number: int, scenario: str, whole: bool) -> People:
    """Ten thousand people of the registry, or (``whole``) followed from first dialysis to the end
    of their ten years, none entering late and none lost."""
    rng = np.random.default_rng([SEED, ord(scenario), whole, number])
    setting = setting_of(scenario, SEED + number)
    span = (0, PIECE)
    if whole:
        setting = from_the_start(setting)
        return followed(followed_for(rng, span, setting, HORIZON), FAR, 0)
    date = ordinal(max(study_of(scenario).prevalence.point_dates))
    return followed(simulate_block(rng, span, setting), setting.window.end, date)


def followed(block: Block, end: int, date: int) -> People:
    course, people, found = block.course, block.course.people, block.detection.detected_day
    first, entry = people.first_day, people.entry_day
    stopped = course.exit_cause[0] == STOPPED  # dialysis: followed until they die of it
    gone = np.where(stopped, course.death_day, course.exit_day[0])
    leave = np.minimum(np.minimum(gone, people.coverage_end), end)
    stop = np.minimum(found, leave)
    other = (gone == leave) & ~np.isin(course.exit_cause[0], (LOST, END))
    state = np.where(found <= leave, 1, np.where(other, 2, 0))
    kept = stop > entry
    there = (course.episode_start <= date) & (date < course.exit_day)
    there = there.any(axis=0) & (date >= first + 90)
    there &= (people.coverage_start <= date) & (date < people.coverage_end)
    return People(
        (entry - first)[kept],
        (stop - first)[kept],
        state[kept],
        int(there.sum()),
        int((there & (found <= date)).sum()),
    )


def incidence(pieces: list[People]) -> NDArray[np.float64]:
    """``F(t) = Σ_{s ≤ t} S(s−) d1(s) / Y(s)`` to ten years, by day; Y: start < s <= stop."""
    days = HORIZON + 1
    enter, leave, onset, event = np.zeros((4, days + 1))
    for one in pieces:
        stop = np.minimum(one.stop, days)
        enter += np.bincount(np.minimum(one.start, days), minlength=days + 1)
        leave += np.bincount(stop, minlength=days + 1)
        onset += np.bincount(stop[one.state == 1], minlength=days + 1)
        event += np.bincount(stop[one.state > 0], minlength=days + 1)
    at_risk = np.maximum(np.cumsum(enter) - enter - (np.cumsum(leave) - leave), 1.0)
    left = np.cumprod(1 - event / at_risk)
    return np.cumsum(np.append(1.0, left[:-1]) * onset / at_risk)[:days]


def truth_of(registry: list[People], curve: NDArray[np.float64], hazard: float) -> Truth:
    quartiles = tuple(float(np.searchsorted(curve, q * curve[HORIZON])) for q in QUARTILES)
    prevalence = sum(one.cases for one in registry) / sum(one.counted for one in registry)
    return Truth(prevalence, float(curve[FIVE_YEARS]), quartiles, hazard)


def compute(threads: int, pieces: int = PIECES) -> dict[str, Truth]:
    """By scenario and whether people enter as in the registry or all of them on day 90."""
    found: dict[str, Truth] = {}
    for scenario in PROTOCOL:
        hazard = setting_of(scenario, 0).hazard.scale
        both = {
            whole: list(
                map_in_order(partial(piece, scenario=scenario, whole=whole), range(pieces), threads)
            )
            for whole in (False, True)
        }
        for whole, name in ((False, "as entered"), (True, "from day 90")):
            found[f"{scenario}, {name}"] = truth_of(both[False], incidence(both[whole]), hazard)
    return found


def stored() -> dict[str, Truth]:
    rows = json.loads(STORED.read_text("utf-8"))["truth"]
    return {
        name: Truth(**{**row, "quartiles": tuple(row["quartiles"])}) for name, row in rows.items()
    }


def main() -> None:
    found = {name: asdict(one) for name, one in compute(os.cpu_count() or 1).items()}
    document = {"seed": SEED, "people": PIECE * PIECES, "truth": found}
    STORED.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
