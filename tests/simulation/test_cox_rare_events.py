"""Few events: Firth's estimate beside the unpenalised one; coverage where events abound.

``python -m pytest tests/simulation/test_cox_rare_events.py -m nightly -s`` prints the whole table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from analysis.survival.cox_regression.firth_profile import firth_profile
from analysis.survival.cox_regression.model import CoxResult, cox

BETA = np.array([0.7, 0.4])
MONTE_CARLO = 3.9  # standard errors of a simulated proportion


@dataclass(frozen=True)
class Cell:
    """What a number of simulated studies gave for the first coefficient, a rare exposure's."""

    events: int
    separated: float
    median_bias: float
    rmse: float
    plain_median_bias: float
    plain_rmse: float
    failed: int


def study(rng: np.random.Generator, n: int, n_events: int) -> dict:
    """Late entry in whole days; the first ``n_events`` events end the observation of the rest."""
    X = np.column_stack([rng.random(n) < 0.08, rng.normal(size=n)]).astype(float)
    start = rng.integers(0, 200, n).astype(float)
    wait = np.ceil(rng.exponential(4000 * np.exp(-X @ BETA)))
    last = np.sort(start + wait)[n_events - 1]
    kept = start < last
    stop = np.minimum(start + wait, last)
    event = (start + wait <= last).astype(int)
    return {"X": X[kept], "start": start[kept], "stop": stop[kept], "event": event[kept]}


def cell(n_runs: int, n_events: int, n: int = 250) -> Cell:
    rng = np.random.default_rng(n_events)
    plain, firth, failed = [], [], 0
    for _ in range(n_runs):
        data = study(rng, n, n_events)
        ordinary, penalised = cox(**data), cox(**data, penalty="firth")
        if penalised.coefficients is None:
            failed += 1
            continue
        firth.append(penalised.coefficients[0] - BETA[0])
        if ordinary.coefficients is not None:
            plain.append(ordinary.coefficients[0] - BETA[0])
            assert abs(ordinary.coefficients[0]) < 15  # a separated fit is never a number
        else:
            assert "monotone likelihood" in ordinary.reason
    return Cell(
        n_events,
        1 - len(plain) / len(firth),
        float(np.median(firth)),
        float(np.sqrt(np.mean(np.square(firth)))),
        float(np.median(plain)),
        float(np.sqrt(np.mean(np.square(plain)))),
        failed,
    )


def test_firth_estimates_where_ten_events_often_separate():
    few = cell(300, 10)
    assert few.failed == 0
    assert 0.05 < few.separated < 0.5
    assert abs(few.median_bias) < 0.25
    # the unpenalised fits left are a selection, which flatters them; Firth's are all there
    assert few.rmse < 1.2


def test_bias_and_error_shrink_with_events():
    few, many = cell(200, 10), cell(200, 50)
    assert many.separated < few.separated
    assert many.rmse < few.rmse


@pytest.mark.nightly
def test_firth_beside_unpenalised_at_ten_twenty_fifty_events():
    cells = [cell(4000, events) for events in (10, 20, 50)]
    for each in cells:
        print(each)
    assert all(each.failed == 0 for each in cells)
    assert cells[0].separated > cells[1].separated > cells[2].separated
    assert abs(cells[2].median_bias) < 0.06


def covered(limits: tuple[float, float]) -> bool:
    return bool(limits[0] <= BETA[0] <= limits[1])


def wald(fit: CoxResult, std_error: np.ndarray) -> tuple[float, float]:
    reach = 1.959963984540054 * std_error[0]
    return fit.coefficients[0] - reach, fit.coefficients[0] + reach


def coverage(n_runs: int, n_events: int) -> dict[str, float]:
    rng = np.random.default_rng(7)
    hits = {"model": 0, "robust": 0, "profile": 0}
    for _ in range(n_runs):
        data = study(rng, 1500, n_events)
        fit = cox(**data, id=np.arange(len(data["stop"])))
        firth = cox(**data, penalty="firth")
        profile = firth_profile(firth, columns=[0])
        hits["model"] += covered(wald(fit, fit.std_error))
        hits["robust"] += covered(wald(fit, fit.robust_std_error))
        hits["profile"] += covered((profile.lower[0], profile.upper[0]))
    return {name: count / n_runs for name, count in hits.items()}


def assert_covers(n_runs: int, n_events: int) -> None:
    reached = coverage(n_runs, n_events)
    print(n_events, reached)
    bound = MONTE_CARLO * np.sqrt(0.95 * 0.05 / n_runs)
    for name, value in reached.items():
        assert abs(value - 0.95) <= bound, name


def test_intervals_cover_at_four_hundred_events():
    assert_covers(200, 400)


@pytest.mark.nightly
def test_intervals_cover_at_four_hundred_events_at_length():
    assert_covers(4000, 400)
