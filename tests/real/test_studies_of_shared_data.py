"""Whole studies of the shared data packs, from the extract to the estimates."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import cohort, estimates, ingest, store
from analysis.study import PROTOCOLS, read_study

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data"
STUDIES = ("rio_dialysis", "four_d")

pytestmark = pytest.mark.needs_shared
Rows = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The estimates of a study, by its name; each study runs once."""
    done: dict[str, pd.DataFrame] = {}

    def of(name: str) -> pd.DataFrame:
        if not (SHARED / name).is_dir():
            pytest.skip(f"the {name} pack is absent")
        if name not in done:
            done[name] = _estimates(name, tmp_path_factory.mktemp(name))
        return done[name]

    return of


def _estimates(name: str, folder: Path) -> pd.DataFrame:
    study = read_study(PROTOCOLS / f"{name}.toml")
    ingest.run(study, SHARED / name, folder / "ingest")
    cohort.run(study, folder / "ingest", folder / "cohort", threads=1)
    provenance = {"extract": {}, "n": None, "seed": None}
    estimates.run(study, folder / "cohort", folder / "estimates", None, provenance)
    return store.read_frame(folder / "estimates" / "estimates.parquet")


def _at(frame: pd.DataFrame, years: list[float]) -> np.ndarray:
    return frame.set_index("time").loc[[365.25 * y for y in years], "estimate"].to_numpy()


def _curve(frame: pd.DataFrame, measure: str, outcome: str, strata: str = "") -> pd.DataFrame:
    return frame[
        (frame["measure"] == measure)
        & (frame["outcome"] == outcome)
        & (frame["strata"].fillna("") == strata)
    ]


def test_rio_survival_since_dialysis_began(rows: Rows) -> None:
    curve = _curve(rows("rio_dialysis"), "survival", "death")
    assert np.round(_at(curve, [1, 2]), 3).tolist() == [0.786, 0.702]


def test_rio_survival_on_the_calendar_with_late_entry(rows: Rows) -> None:
    curve = _curve(rows("rio_dialysis"), "survival", "death", "time_scale=calendar")
    assert np.round(_at(curve, [1, 2]), 3).tolist() == [0.802, 0.644]


@pytest.mark.parametrize(("column", "outcome"), [(0, "onset"), (1, "death")])
def test_four_d_incidence_is_that_of_r(rows: Rows, column: int, outcome: str) -> None:
    r = json.loads((HERE / "four_d_curves.json").read_text())
    curve = _curve(rows("four_d"), "cumulative_incidence", outcome)
    where = [r["years"].index(year) for year in (1, 3, 5)]
    for package in ("incidence", "etm"):
        expected = np.array(r[package])[where, column]
        np.testing.assert_allclose(_at(curve, [1, 3, 5]), expected, rtol=1e-8)


def test_four_d_standard_errors_are_those_of_etm(rows: Rows) -> None:
    r = json.loads((HERE / "four_d_curves.json").read_text())
    where = [r["years"].index(year) for year in (1, 3, 5)]
    curve = _curve(rows("four_d"), "cumulative_incidence", "onset").set_index("time")
    variance = curve.loc[[365.25, 3 * 365.25, 5 * 365.25], "std_error"] ** 2
    np.testing.assert_allclose(variance, np.array(r["etm_variance"])[where, 0], rtol=1e-8)


@pytest.mark.parametrize(("name", "people"), [("rio_dialysis", 6805), ("four_d", 636)])
def test_everybody_is_accounted_for(rows: Rows, name: str, people: int) -> None:
    frame = rows(name)
    total = frame[(frame["measure"] == "rows") & (frame["level"] == "total")]
    assert set(total["numerator"]) == {people}  # once for each table read from the file
    flow = frame[frame["measure"] == "attrition"]
    remaining = flow[flow["level"] == "remaining"].sort_values("x")["numerator"].to_numpy()
    excluded = flow[flow["level"] == "excluded"].sort_values("x")["numerator"].to_numpy()
    assert remaining[0] == people
    assert np.array_equal(remaining[:-1] - excluded, remaining[1:])
    exits = frame.loc[frame["measure"] == "exits", "numerator"].sum()
    assert exits == remaining[-1]


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("question", ["how_common", "what_then"])
def test_what_cannot_be_answered_is_one_sentence(rows: Rows, name: str, question: str) -> None:
    mine = rows(name)[rows(name)["question"] == question]
    assert mine["measure"].tolist() == ["statement"]
    assert mine["status"].tolist() == ["not_available"]
    assert mine["reason"].str.len().min() > 20


@pytest.mark.parametrize("name", STUDIES)
def test_the_model_has_finite_ratios(rows: Rows, name: str) -> None:
    ratios = rows(name)[rows(name)["measure"] == "hazard_ratio"]
    assert len(ratios) and (ratios["status"] == "ok").all()
    assert ((ratios["lower"] < ratios["estimate"]) & (ratios["estimate"] < ratios["upper"])).all()
