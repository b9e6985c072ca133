"""Models over the buckets of a cohort: the ratios of all rows in memory, the same bits wherever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_bucket import study
from small_cohort import PERSON, cohort

from analysis import store
from analysis.estimates.inputs.cohort_tables import read_cohort
from analysis.estimates.who import interval_sums as sums
from analysis.estimates.who.complete_rows import counted, design
from analysis.estimates.who.risk_factors import fitted, risk_factors
from analysis.runner import Workers
from analysis.study import Model, Term

PTH = Term(name="log2_pth", variable="pth", transform="log2", label="PTH")
AGE = Term(name="age", variable="age_at_entry", transform="per", per=10.0, label="Age")
MALE = Term(name="male", variable="sex", transform="indicator", level="male", label="Male")
MODEL = Model(name="m", label="m", causes=("onset", "death", "recovery"), terms=(PTH, AGE, MALE))
STUDY = study(exposures={"labs": ["pth"]}).model_copy(update={"models": (MODEL,)})
BUCKETS = 6
SILENT, UNKNOWN, EMPTY = 1, 3, 4  # buckets without an event, a complete row, a person followed


def bucket(number: int, n: int = 150) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People, a few not followed, and their intervals in whole weeks: many ties."""
    rng = np.random.default_rng(number)
    person = np.arange(n) + n * number
    people = pd.DataFrame({"person": person, **{name: [PERSON[name]] * n for name in PERSON}})
    people = people.assign(
        sex=rng.choice(["male", "female", "unknown"], n, p=[0.5, 0.45, 0.05]),
        age_at_entry=np.where(rng.random(n) < 0.05, np.nan, rng.uniform(30, 80, n)),
        in_cohort=(rng.random(n) < 0.9) & (number != EMPTY),
    )
    followed = person[people["in_cohort"]]
    rows = np.repeat(followed, 3)
    start = 90.0 + 7 * np.tile([0, 4, 9], len(followed))
    stop = (
        start
        + np.tile([28.0, 35, 7], len(followed))
        + 7 * rng.integers(0, 9, len(rows)) * (np.arange(len(rows)) % 3 == 2)
    )
    state = np.where(np.arange(len(rows)) % 3 == 2, rng.choice(3, len(rows), p=[0.5, 0.2, 0.3]), 0)
    pth = np.where(rng.random(len(rows)) < 0.2, np.nan, np.exp(rng.normal(3 + 0.3 * state, 1)))
    return people, pd.DataFrame(
        {
            "person": rows,
            "start": start,
            "stop": stop,
            "state": 0 * state if number == SILENT else state,
            "pth": np.nan * pth if number == UNKNOWN else pth,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cohort")
    for number in range(BUCKETS):
        people, intervals = bucket(number)
        store.write_frame(place / "people" / f"{number:04d}.parquet", people)
        store.write_frame(place / "intervals" / f"{number:04d}.parquet", intervals)
    facts = {"buckets": BUCKETS, "tables": ["labs", "diagnoses"], "calendar": True}
    store.write_json(place / "facts.json", facts)
    return place


def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no registry were small enough to be held."""
    monkeypatch.setattr(sums, "HELD_BYTES", 0)


def test_buckets_give_the_fit_of_all_rows_in_memory(folder: Path, monkeypatch) -> None:
    spread(monkeypatch)
    given = read_cohort(STUDY, folder)
    found = sums.interval_sums(given, MODEL)
    assert found.held is None
    rows = design(given, MODEL)
    for state, fit in zip((1, 2), found.fits([1, 2]), strict=True):
        whole = fitted(MODEL, rows, (rows["state"] == state).astype(int))
        assert whole.status == fit.status == "ok"
        np.testing.assert_allclose(fit.coefficients, whole.coefficients, rtol=1e-10)
        np.testing.assert_allclose(fit.std_error, whole.std_error, rtol=1e-10)


def test_what_is_counted_adds_up_over_buckets(folder: Path, monkeypatch) -> None:
    spread(monkeypatch)
    given = read_cohort(STUDY, folder)
    rows = design(given, MODEL)
    found, all_rows = sums.interval_sums(given, MODEL).counts, counted(rows)
    assert (found.rows, found.people, found.days) == (
        len(rows),
        rows["person"].nunique(),
        (rows["stop"] - rows["start"]).sum(),
    )
    assert found.ends.tolist() == all_rows.ends.tolist()
    assert found.ends[1] == (rows["state"] == 1).sum()


@pytest.mark.parametrize("groups", [2, 64])
def test_the_bits_do_not_depend_on_who_adds(folder: Path, monkeypatch, groups: int) -> None:
    monkeypatch.setattr(sums, "GROUPS", groups)
    held = risk_factors(read_cohort(STUDY, folder))
    spread(monkeypatch)
    assert risk_factors(read_cohort(STUDY, folder)) == held
    with Workers(2) as workers:
        assert risk_factors(read_cohort(STUDY, folder, workers)) == held


def test_failures_have_the_same_sentences(folder: Path, monkeypatch) -> None:
    """No recovery in any bucket; a term that nobody has; a level that nobody is of."""
    spread(monkeypatch)
    reasons = {row.outcome: row.reason for row in risk_factors(read_cohort(STUDY, folder))}
    assert reasons == {"onset": "", "death": "", "recovery": "No events."}
    nobody = PTH.model_copy(update={"variable": "phosphate"})
    assert said(folder, nobody) == "No person has every covariate of the model known at one time."
    flat = MALE.model_copy(update={"level": "other"})
    assert said(folder, flat) == "Column 1 constant within every risk set."


@pytest.mark.parametrize("more", [{"strata": ("sex",)}, {"penalty": "firth"}])
def test_models_fitted_from_rows_in_memory_say_the_same(folder: Path, more: dict) -> None:
    nobody = PTH.model_copy(update={"variable": "phosphate"})
    expected = "No person has every covariate of the model known at one time."
    assert said(folder, nobody, **more) == expected


def said(folder: Path, term: Term, **more: object) -> str:
    model = MODEL.model_copy(update={"causes": ("onset",), "terms": (PTH, term), **more})
    given = read_cohort(STUDY.model_copy(update={"models": (model,)}), folder)
    (reason,) = {row.reason for row in risk_factors(given)}
    return reason


def test_a_cohort_in_memory_is_one_part_and_is_held() -> None:
    people = [{"age_at_entry": age, "state": state} for age, state in ((40.0, 1), (70.0, 0))]
    given = replace(cohort(people, STUDY, pth=[8.0, 2.0]), study=STUDY)
    found = sums.interval_sums(given, MODEL)
    assert [len(rows.stop) for rows in found.held or ()] == [2]
    assert found.counts.people == 2
