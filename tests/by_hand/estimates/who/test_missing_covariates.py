"""Completed cohorts: what is one value, what is derived, and what reaches the table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_bucket import study
from small_cohort import cohort, with_table

from analysis.estimates.how_soon.standardised_incidence import predicted_incidence
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.who.imputed_covariates import imputed_covariates
from analysis.estimates.who.missing_covariates import completed, runs
from analysis.estimates.who.risk_factors import risk_factors
from analysis.estimates.who.sampled_cohort import sampled_cohort
from analysis.study import Missing, Model, Term

ASKED = Missing(method="multiple_imputation", imputations=3, seed=7)
LABS = ("pth", "calcium_corrected")
TERMS = (
    Term(name="log2_pth", variable="pth", transform="log2", label="PTH"),
    Term(name="calcium", variable="calcium_corrected", label="Corrected calcium"),
    Term(name="male", variable="sex", transform="indicator", level="male", label="Male"),
)
MODEL = Model(name="mineral", label="Mineral", causes=("onset", "death"), terms=TERMS)


def protocol(missing=ASKED):
    base = study()
    exposures = base.exposures.model_copy(update={"labs": LABS})
    changed = {"exposures": exposures, "models": (MODEL,), "missing": missing}
    return base.model_copy(update=changed)


def small(n=160, missing=ASKED):
    """One interval a person; every fifth lacks PTH, every seventh albumin, every ninth sex."""
    rng, i = np.random.default_rng(3), np.arange(n)
    pth, albumin = np.exp(3 + 0.5 * rng.normal(size=n)), rng.normal(38, 3, n)
    calcium = rng.normal(2.3, 0.1, n)
    labs = {
        "pth": np.where(i % 5 == 0, np.nan, pth),
        "calcium_corrected": np.where(i % 7 == 0, np.nan, calcium + 0.02 * (40 - albumin)),
        "calcium": calcium,
        "albumin": np.where(i % 7 == 0, np.nan, albumin),
    }
    sexes = np.where(i % 9 == 0, "unknown", np.where(rng.uniform(size=n) < 0.5, "male", "female"))
    people = [
        {"sex": sexes[k], "state": int(k % 4 == 1) + 2 * int(k % 4 == 2), "exit": 500.0 + k}
        for k in range(n)
    ]
    return cohort(people, protocol(missing), **labs)


def intervals(of: Cohort) -> pd.DataFrame:
    return of.tables.whole("intervals")


def test_a_stretch_is_one_value_or_at_most_as_long_as_a_value_is_valid():
    gone = np.nan
    person = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    start = np.array([0.0, 30, 60, 150, 240, 300, 0, 30])
    values = np.array([5.0, 5, gone, gone, gone, 7, gone, 7])
    found = runs(person, start, values, longest=180.0)
    np.testing.assert_array_equal(found, [0, 0, 1, 1, 2, 3, 4, 5])


def test_corrected_calcium_is_derived_from_its_parts_where_it_is_not_known():
    given = small()
    known = intervals(given)["calcium_corrected"].notna().to_numpy()
    for filled in completed(sampled_cohort(given)):
        rows = intervals(filled)
        derived = rows["calcium"] + 0.02 * (40 - rows["albumin"])
        np.testing.assert_array_equal(
            rows["calcium_corrected"][known], intervals(given)["calcium_corrected"][known]
        )
        np.testing.assert_allclose(rows["calcium_corrected"], derived, rtol=1e-12)


def test_what_is_known_periods_and_nothing_is_missing():
    given = small()
    found = list(completed(sampled_cohort(given)))
    assert len(found) == 3
    for filled in found:
        for name in ("pth", "calcium", "albumin"):
            known = intervals(given)[name].notna().to_numpy()
            before, after = intervals(given)[name], intervals(filled)[name]
            np.testing.assert_allclose(after[known], before[known], rtol=1e-14)
            assert after.notna().all()
            assert (after > 0).all()
        assert set(filled.people["sex"]) == {"male", "female"}
        told = (given.people["sex"] != "unknown").to_numpy()
        assert (filled.people["sex"][told] == given.people["sex"][told]).all()
    assert (intervals(found[0])["pth"] != intervals(found[1])["pth"]).any()
    assert intervals(given)["pth"].isna().any()


def test_rows_stand_beside_the_primary_ones_with_all_people_behind_them():
    given = small()
    primary = [*risk_factors(given), *predicted_incidence(given)]
    imputed = imputed_covariates(given)
    assert [(r.outcome, r.term) for r in imputed] == [(r.outcome, r.term) for r in primary]
    assert {row.specification for row in imputed} == {"multiple_imputation"}
    for row, beside in zip(imputed, primary, strict=True):
        assert row.status == "ok"
        assert row.denominator == 160 > beside.denominator
        assert beside.numerator < row.numerator <= 40
        if row.estimate == 0:  # a year, before the first onset
            assert (row.time, row.lower) == (365.25, None)
        else:
            assert row.lower < row.estimate < row.upper


def test_nothing_missing_pools_to_the_primary_ratio():
    given = small()
    labs = ("pth", "calcium_corrected", "calcium", "albumin")
    rng = np.random.default_rng(5)
    whole = intervals(given).assign(**{n: np.exp(0.1 * rng.normal(size=160)) for n in labs})
    source_population = given.source_population.assign(
        sex=np.where(np.arange(160) % 3 == 0, "male", "female")
    )
    full = with_table(replace(given, source_population=source_population), "intervals", whole)
    primary = [*risk_factors(full), *predicted_incidence(full)]
    for row, beside in zip(imputed_covariates(full), primary, strict=True):
        assert (row.measure, row.time) == (beside.measure, beside.time)
        assert row.estimate == pytest.approx(beside.estimate, rel=1e-12)
        assert (row.std_error or 0) == pytest.approx(beside.std_error, rel=1e-12)


def test_the_protocol_asks_or_nothing_is_imputed():
    assert imputed_covariates(small(missing=Missing())) == []
    assert protocol(Missing()).carried.labs == LABS
    assert protocol().carried.labs == (*LABS, "calcium", "albumin")


def test_a_value_known_too_rarely_is_not_imputed():
    given = small()
    rare = intervals(given)["pth"].where(pd.Series(np.arange(160) == 1))
    rows = imputed_covariates(with_table(given, "intervals", intervals(given).assign(pth=rare)))
    assert {row.status for row in rows} == {"not_estimable"}


def test_a_variable_that_cannot_be_imputed_fails_the_models_that_use_it_and_no_other():
    given = small()
    rare = intervals(given)["pth"].where(pd.Series(np.arange(160) == 1))
    without = Model(name="other", label="Other", causes=("onset",), terms=TERMS[1:])
    two = given.study.model_copy(update={"models": (MODEL, without)})
    rows = imputed_covariates(
        with_table(replace(given, study=two), "intervals", intervals(given).assign(pth=rare))
    )
    by_model = {row.model: row for row in rows}
    assert {row.status for row in rows if row.model == "mineral"} == {"not_estimable"}
    assert "Pth cannot be imputed" in by_model["mineral"].reason
    assert {row.status for row in rows if row.model == "other"} == {"ok"}
    assert [row.model for row in rows] == sorted(
        (row.model for row in rows), key=["mineral", "other"].index
    )
    assert {row.measure for row in rows} == {"hazard_ratio", "standardised_incidence"}


def test_four_people_with_many_intervals_are_a_reason_and_not_a_crash():
    four = small(4)
    rows = pd.concat(
        [intervals(four).assign(start=30.0 * k, stop=30.0 * k + 30) for k in range(12)],
        ignore_index=True,
    )
    rng = np.random.default_rng(2)
    pth = np.where(rng.uniform(size=48) < 0.5, np.nan, np.exp(rng.normal(3, 0.5, 48)))
    rows = rows.assign(pth=pth, state=np.where(rows["stop"] == 360, rows["state"], 0))
    found = imputed_covariates(with_table(four, "intervals", rows))
    assert found
    assert {row.status for row in found} == {"not_estimable"}
    assert all("cannot be imputed" in row.reason for row in found)


def test_a_draw_of_a_large_cohort_pools_to_what_the_whole_does():
    """Twelve draws of 100 of 400 with onset and 100 of 1,200 others, each with its larger error."""
    whole = small(1600)
    full = imputed_covariates(whole)
    errors = []
    for seed in range(12):
        few = ASKED.model_copy(update={"most_people": 100, "seed": seed})
        asked = whole.study.model_copy(update={"missing": few})
        rows = imputed_covariates(replace(whole, study=asked))
        assert [(r.outcome, r.term, r.time) for r in rows] == [
            (r.outcome, r.term, r.time) for r in full
        ]
        for row, beside in zip(rows, full, strict=True):
            if row.estimate:
                assert row.status == "flagged"
                assert "on 100 of the people with a seen onset and 100 of the others" in row.reason
                assert row.denominator == 200
                assert row.std_error > 1.2 * beside.std_error
                scale = np.log if row.measure == "hazard_ratio" else np.asarray
                errors.append((scale(row.estimate) - scale(beside.estimate)) / row.std_error)
    assert np.abs(errors).max() < 4
    assert 0.5 < np.std(errors) < 1.5


def test_what_was_drawn_is_said_without_a_count_of_the_data():
    """A number of onsets in a sentence would pass by the rounding of the release."""
    said = sampled_cohort(small(300, ASKED.model_copy(update={"most_people": 100}))).caveat
    assert "on all people with a seen onset and 100 of the others," in said
    assert sampled_cohort(small(300)).caveat == ""


def test_memory_of_imputation_does_not_grow_with_the_people():
    held = []
    for n in (800, 8000):
        given = small(n, ASKED.model_copy(update={"most_people": 100}))
        sample = sampled_cohort(given)
        assert sample.weights(sample.cohort.people["person"].to_numpy()).sum() == pytest.approx(n)
        held.append((len(sample.cohort.source_population), len(intervals(sample.cohort))))
    assert held[0] == held[1] == (200, 200)
