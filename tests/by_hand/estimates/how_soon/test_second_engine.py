"""The second engine: agrees on hard rows, finds a wrong number, and may fail without harm.

Eighty people, tied days, late entry; every fifth leaves and comes back, every tenth at once (rows
that touch).
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_bucket import study
from small_cohort import cohort, with_table

from analysis import disclose, store
from analysis.disclose import DisclosureError, disclosed, policy_of
from analysis.estimates.how_soon import incidence as primary
from analysis.estimates.how_soon import lifelines_curves, second_engine
from analysis.estimates.inputs.cohort_tables import Cohort
from data_schema.measures import declared
from data_schema.results import Estimate, released

HORIZONS = {"years": [1, 2], "curve_end_years": 3, "fewest_at_risk": 2}
COMPETING = study(horizons=HORIZONS)
DEATH = study(
    horizons=HORIZONS,
    outcome={"kind": "death", "label": "death", "competing": []},
    population={"time_scales": ["dialysis", "calendar"]},
)


def people(protocol=COMPETING, n: int = 80) -> Cohort:
    rng = np.random.default_rng(5)
    entry = rng.choice([90.0, 90.0, 100.0, 150.0, 300.0], n)
    stop = entry + rng.choice([30.0, 60.0, 200.0, 400.0, 630.0], n) + rng.integers(0, 3, n)
    state = rng.integers(0, 2 if protocol is DEATH else 4, n)
    rows = [
        {"entry": a, "exit": b, "state": int(c), "origin": float(10 * i)}
        for i, (a, b, c) in enumerate(zip(entry, stop, state, strict=True))
    ]
    made = cohort(rows, protocol)
    at_risk = made.at_risk_periods()
    parts = []
    for number, row in enumerate(at_risk.itertuples(index=False)):
        whole = row._asdict()
        if number % 5 == 0:
            away = 0.0 if number % 10 == 0 else 10.0
            half = float(np.floor((row.start + row.stop) / 2))
            parts.append({**whole, "stop": half, "state": 0})
            whole = {**whole, "start": half + away}
        parts.append(whole)
    return with_table(made, "at_risk_periods", pd.DataFrame(parts))


def rows_of(made: Cohort) -> list[Estimate]:
    rows = primary.incidence(made)
    return rows + second_engine.second_engine(made, rows)


def compared(rows: list[Estimate]) -> dict[tuple[str, str, str], Estimate]:
    found = [row for row in rows if row.measure == "second_engine"]
    return {(row.term, row.outcome, row.strata): row for row in found}


def test_both_engines_agree_on_ties_late_entry_and_returns() -> None:
    found = compared(rows_of(people()))
    events = ("onset", "death", "transplant", "recovery")
    assert set(found) == {
        *(("cumulative_incidence", event, "") for event in events),
        *(("cumulative_hazard", event, "") for event in events),
        ("naive_one_minus_km", "onset", ""),
        ("right_censored", "onset", ""),
    }
    weibull = found.pop(("right_censored", "onset", ""))
    assert {(row.estimate, row.level, row.status) for row in found.values()} == {
        (1e-12, "gates", "ok")
    }
    assert (weibull.level, weibull.status) == ("shown", "ok") and weibull.estimate <= weibull.x


def test_both_engines_agree_on_survival_on_either_clock() -> None:
    found = compared(rows_of(people(DEATH)))
    assert set(found) == {
        ("survival", "death", ""),
        ("survival", "death", "time_scale=calendar"),
        ("right_censored", "death", ""),
    }
    assert {row.estimate for row in found.values() if row.term == "survival"} == {1e-12}


@pytest.mark.parametrize("column", ["estimate", "n_event", "n_risk"])
def test_a_wrong_number_in_a_curve_is_found_and_nothing_is_released(
    column, monkeypatch, tmp_path
) -> None:
    right = primary.aalen_johansen

    def wrong(*given, **named):
        curve = right(*given, **named)
        values = getattr(curve, column).copy()
        values[3:] += 1e-9 if column == "estimate" else 1.0
        return replace(curve, **{column: values})

    monkeypatch.setattr(primary, "aalen_johansen", wrong)
    made = people()
    folder = store.empty_folder(tmp_path / "estimates")
    store.write_frame(folder / "estimates.parquet", store.estimates_frame(rows_of(made)))
    store.write_measures(folder, declared())
    store.write_json(folder / "study.json", {})
    store.write_manifest(folder)
    with pytest.raises(DisclosureError, match="the second engine differs by .* nothing is rel"):
        disclose.run(made.study, folder, tmp_path / "released")
    assert not (tmp_path / "released").exists()


def test_a_wrong_hazard_is_found(monkeypatch) -> None:
    right = second_engine.nelson_aalen

    def wrong(*given, **named):
        curve = right(*given, **named)
        return replace(curve, estimate=curve.estimate * (1 + 1e-7))

    monkeypatch.setattr(second_engine, "nelson_aalen", wrong)
    with pytest.raises(DisclosureError, match="cumulative_hazard onset"):
        disclosed(rows_of(people()), policy_of(COMPETING))


def test_a_second_engine_that_fails_is_told_and_stops_nothing(monkeypatch) -> None:
    def broken(*_):
        raise ZeroDivisionError("person 17")

    monkeypatch.setattr(second_engine.peer, "kaplan_meier_curve", broken)
    rows = rows_of(people())
    found = compared(rows)
    for key in (("cumulative_incidence", "death", ""), ("naive_one_minus_km", "onset", "")):
        assert (found[key].status, found[key].estimate) == ("not_estimable", None)
        assert found[key].reason == "lifelines stopped (ZeroDivisionError)."
    assert found["cumulative_hazard", "death", ""].status == "ok"
    assert {released(row) for row in rows} <= set(disclosed(rows, policy_of(COMPETING)))


def test_lifelines_stops_of_itself_where_an_early_risk_set_empties() -> None:
    alone = [{"entry": 90.0, "exit": 100.0, "state": 1}]
    made = cohort([*alone, *({"entry": 200.0 + i, "exit": 900.0 - i} for i in range(9))], DEATH)
    found = compared(rows_of(made))
    assert found["survival", "death", ""].reason == "lifelines stopped (StatError)."


def test_a_number_that_is_missing_in_the_second_engine_is_no_agreement(monkeypatch) -> None:
    right = lifelines_curves.nelson_aalen_curve

    def gap(*given):
        curve = right(*given)
        return replace(curve, value=np.full_like(curve.value, np.nan))

    monkeypatch.setattr(second_engine.peer, "nelson_aalen_curve", gap)
    row = compared(rows_of(people()))["cumulative_incidence", "onset", ""]
    assert (row.estimate, row.status) == (None, "not_estimable")


def test_many_people_are_compared_on_one_seeded_sample(monkeypatch) -> None:
    seen: list[int] = []
    right = second_engine.incidence

    def counted(sample):
        seen.append(sample.at_risk_periods()["person"].nunique())
        return right(sample)

    monkeypatch.setattr(second_engine, "MOST_PEOPLE", 50)
    monkeypatch.setattr(second_engine, "incidence", counted)
    first, second = rows_of(people()), rows_of(people())
    assert seen == [50, 50] and first == second
    found = [row for row in compared(first).values() if row.level == "gates"]
    assert {(row.estimate, row.reason) for row in found} == {
        (1e-12, "Both engines on a random sample of 50 people.")
    }


def test_how_numpy_and_python_warn_is_left_as_it_was() -> None:
    before = np.geterr(), list(warnings.filters)
    rows_of(people())
    assert (np.geterr(), list(warnings.filters)) == before


def test_without_a_curve_nothing_is_compared() -> None:
    assert second_engine.second_engine(cohort([]), primary.incidence(cohort([]))) == []
