"""The page of twenty people, the program and R: quartiles of onset, the share by 15 months."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from r_says import r_says

from analysis.estimates.how_soon.incidence import cumulative_curve
from analysis.estimates.how_soon.onset_timing import HORIZON, case_day, onset_timing
from analysis.estimates.how_soon.starting_time import at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.study import PROTOCOLS, read_study
from data_schema.follow_up import STATES

PAGE = Path(__file__).parents[2] / "docs" / "twenty_people.md"
Row = dict[str, str]


def tables() -> list[list[Row]]:
    """The tables of the page, cells as text."""
    found: list[list[list[str]]] = []
    before = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not before.startswith("|"):
                found.append([])
            found[-1].append(cells)
        before = line
    return [[dict(zip(one[0], row, strict=True)) for row in one[2:]] for one in found]


PEOPLE, STEPS, WANTED, BY_R = tables()


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    frame = pd.DataFrame(PEOPLE).astype({"entry": float, "exit": float})
    states = {name: code for code, name in enumerate(STATES)}
    source_population = frame.assign(
        person=np.arange(len(frame)),
        in_cohort=True,
        state=[states.get(reason, 0) for reason in frame["reason"]],
    )
    study = read_study(PROTOCOLS / "simulated.toml")
    horizons = study.horizons.model_copy(update={"fewest_at_risk": 3})
    facts = {"tables": ["diagnoses"], "calendar": True, "precision": "day"}
    followed = source_population.assign(
        start=source_population["entry"], stop=source_population["exit"]
    )
    tables = HeldTables({"at_risk_periods": followed[["person", "start", "stop", "state"]]})
    return Cohort(study.model_copy(update={"horizons": horizons}), facts, source_population, tables)


def number(text: str) -> float:
    over, _, under = text.partition("/")
    return float(over) / float(under or 1)


def test_there_are_twenty_people_and_ten_onsets() -> None:
    assert len(PEOPLE) == 20
    assert sum(row["reason"] == "onset" for row in PEOPLE) == len(STEPS) == 10


@pytest.mark.parametrize("row", STEPS, ids=lambda row: f"day {row['onset on day']}")
def test_each_step_of_the_curve(cohort: Cohort, row: Row) -> None:
    at_risk = at_risk_periods(cohort)
    curve = cumulative_curve(cohort, at_risk)
    at = curve.at(np.array([float(row["onset on day"])]))
    where = np.flatnonzero(curve.times == float(row["onset on day"]))[0]
    before = curve.estimate[where - 1, 0] if where else 0.0
    assert at_risk.since == 90
    assert curve.n_risk[where] == float(row["at risk"])
    assert 323 * at.estimate[0, 0] == pytest.approx(number(row["incidence"]), rel=1e-12)
    assert 323 * (at.estimate[0, 0] - before) == pytest.approx(number(row["step"]), rel=1e-12)


@pytest.mark.parametrize("row", WANTED, ids=lambda row: f"{row['measure']} {row['x']}")
def test_quartiles_and_the_share(cohort: Cohort, row: Row) -> None:
    [found] = [
        one
        for one in onset_timing(cohort)
        if one.measure == row["measure"] and (not row["x"] or one.x == float(row["x"]))
    ]
    assert found.status == "ok"
    assert found.denominator == 10
    assert found.estimate == pytest.approx(number(row["estimate"]), rel=1e-12)
    assert found.lower is not None and found.upper is not None and found.estimate is not None
    assert found.lower <= found.estimate <= found.upper


def test_the_error_of_the_share_by_a_slow_loop(cohort: Cohort) -> None:
    """Delta method by numbers: every hazard increment moved, multinomial at each time."""
    [share] = [row for row in onset_timing(cohort) if row.measure == "share_by_case_time"]
    people = cohort.people
    entry, exit_, state = (people[name].to_numpy(float) for name in ("entry", "exit", "state"))
    days = np.unique(exit_[(state > 0) & (exit_ <= HORIZON)])
    n = np.array([((entry < day) & (exit_ >= day)).sum() for day in days], dtype=float)
    d = np.array([[((exit_ == day) & (state == c)).sum() for c in (1, 2, 3)] for day in days])

    def early(h: np.ndarray) -> float:
        free, incidence, by_case = 1.0, 0.0, 0.0
        for day, step in zip(days, h, strict=True):
            incidence += free * step[0]
            free *= 1 - step.sum()
            by_case = incidence if day <= case_day() else by_case
        return by_case / incidence

    slope = gradient(early, d / n[:, None])
    variance = 0.0
    for k, at_risk in enumerate(n):
        h = d[k] / at_risk
        spread = (np.diag(h) - np.outer(h, h)) / at_risk
        variance += slope[k] @ spread @ slope[k]
    assert share.std_error == pytest.approx(np.sqrt(variance), rel=1e-6)


def gradient(of: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    slope = np.zeros_like(at)
    for place in np.ndindex(*at.shape):
        step = np.zeros_like(at)
        step[place] = 1e-6
        slope[place] = (of(at + step) - of(at - step)) / 2e-6
    return slope


def test_what_r_says_is_what_comes_out(cohort: Cohort) -> None:
    said = {row["R"]: float(row["value"]) for row in BY_R}
    curve = cumulative_curve(cohort, at_risk_periods(cohort)).at(np.array([HORIZON]))
    rows = onset_timing(cohort)
    ours = {
        f"survival quartile {row.x:g}": 365.25 * row.estimate
        for row in rows
        if row.x is not None and row.estimate is not None
    }
    ours |= {
        "survival share by 15 months": rows[-1].estimate,
        "survival incidence by 10 years": curve.estimate[0, 0],
        "etm incidence by 10 years": curve.estimate[0, 0],
        "etm standard error by 10 years": curve.std_error[0, 0],
    }
    assert ours == pytest.approx(said, rel=1e-8)


@pytest.mark.needs_r
def test_r_says_it_again(tmp_path: Path) -> None:
    """``tests/spec/twenty_people.R`` on the people of the page."""
    file = tmp_path / "people.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, PEOPLE[0])
        writer.writeheader()
        writer.writerows(PEOPLE)
    said = r_says("twenty_people.R", file)
    assert said == pytest.approx({row["R"]: float(row["value"]) for row in BY_R}, rel=1e-8)
