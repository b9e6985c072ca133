"""The registry as a whole: same bytes, declared columns, published marginals, counted dirt."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from simulated_cohort import days, first_operation, lab_values, read
from simulated_registry import simulated, study_of

from analysis import simulate
from analysis.simulate.output.write import TableFile
from analysis.simulate.parameters import values
from analysis.simulate.people import ordinal
from analysis.store import sha256
from analysis.study import PROTOCOLS, read_study
from data_schema import declarations

SEED = 7


@pytest.fixture(scope="module")
def default(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("d"), study_of("simulated"), 4000, SEED)


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("a"), study_of("scenario_a"), 5000, SEED)


def hashes(folder) -> dict[str, str]:
    return {path.name: sha256(path) for path in sorted(folder.iterdir())}


def test_same_protocol_n_and_seed_give_the_same_bytes(default, tmp_path) -> None:
    again = simulated(tmp_path, study_of("simulated"), 4000, SEED)
    assert hashes(again.extract) == hashes(default.extract)
    assert hashes(again.truth) == hashes(default.truth)


def test_another_seed_gives_another_registry(clean, tmp_path) -> None:
    other = simulated(tmp_path, study_of("scenario_a"), 5000, SEED + 1)
    names = {"patients.csv", "labs.csv", "assessments.csv"}
    ours, theirs = hashes(clean.extract), hashes(other.extract)
    assert all(ours[name] != theirs[name] for name in names)


def test_the_columns_are_the_declared_ones(default) -> None:
    for name in declarations.TABLE_NAMES:
        header = (default.extract / f"{name}.csv").open().readline().strip().split(",")
        declared = declarations.table(name)
        assert set(header) <= set(declared.column_names)
        assert {c.name for c in declared.columns if c.required} <= set(header)


def test_categories_are_the_declared_ones(default) -> None:
    for name in declarations.TABLE_NAMES:
        rows = read(default.extract, name)
        for column in declarations.table(name).columns:
            if column.values and column.name in rows:
                assert set(rows[column.name].dropna()) <= set(column.values)


def test_units_are_ones_that_the_analytes_list(default) -> None:
    pairs = read(default.extract, "labs")[["analyte", "unit"]].drop_duplicates()
    listed = {
        (name, row.unit) for name, body in declarations.analytes().items() for row in body.units
    }
    assert set(pairs.itertuples(index=False, name=None)) <= listed


def test_both_unit_systems_by_centre(clean) -> None:
    labs = read(clean.extract, "labs")
    pth = labs[labs["analyte"] == "pth"]
    by_centre = pth.groupby("centre_id")["unit"].nunique()
    assert (by_centre == 1).all()
    share = (pth.drop_duplicates("centre_id")["unit"] == "pg/mL").mean()
    assert share == pytest.approx(values("era_2010s_us")["conventional_share"], abs=0.05)


def test_the_truth_lies_outside_the_extract(tmp_path) -> None:
    study = study_of("scenario_a")
    with pytest.raises(ValueError, match="truth"):
        simulate.run(study, 10, 1, tmp_path / "extract", tmp_path / "extract" / "truth")
    assert not (tmp_path / "extract").exists()


@pytest.mark.parametrize(("n", "seed", "word"), [(0, 1, "n:"), (10, -1, "seed:")])
def test_numbers_out_of_range_are_refused(tmp_path, n, seed, word) -> None:
    with pytest.raises(ValueError, match=word):
        simulate.run(study_of("scenario_a"), n, seed, tmp_path / "e", tmp_path / "t")


def test_a_study_of_real_data_is_refused(tmp_path) -> None:
    study = read_study(PROTOCOLS / "four_d.toml")
    with pytest.raises(ValueError, match="simulated"):
        simulate.run(study, 10, 1, tmp_path / "e", tmp_path / "t")


def test_one_person_is_a_registry(tmp_path) -> None:
    registry = simulated(tmp_path, study_of("simulated"), 1, SEED)
    assert len(read(registry.extract, "patients")) == 1
    assert registry.facts()["prevalence"]["recorded"]["denominator"] == 1


@pytest.mark.parametrize("preset", ["era_2010s_us", "era_1996_2001"])
def test_recorded_labs_meet_the_marginals_of_the_preset(tmp_path, preset) -> None:
    """Mean within 4 standard errors of 5,000 people and 0.03 SD of the solving; SD within 5 %."""
    study = study_of("scenario_a", preset=preset)
    registry = simulated(tmp_path, study, 5000, SEED)
    p = values(preset)
    rows = lab_values(registry.extract)
    found = {
        "target_log_pth": np.log(rows["pth"].dropna() * 9.425),
        "target_calcium": rows["calcium_corrected"].dropna() * 4.0078,
        "target_log_phosphate": np.log(rows["phosphate"].dropna() * 3.0974),
    }
    for name, value in found.items():
        sd = p[f"{name}_sd"]
        assert abs(value.mean() - p[name]) < sd * (4 / np.sqrt(5000) + 0.03), name
        assert value.std() == pytest.approx(sd, rel=0.05), name


def test_published_shares_outside_the_targets_come_back(tmp_path) -> None:
    """DOPPS 1996-2001 (Young 2005): PTH 51 % low and 27 % high, P 8 / 52, Ca 9 / 50, CaxP 44."""
    registry = simulated(tmp_path, study_of("scenario_a", preset="era_1996_2001"), 5000, SEED)
    rows = lab_values(registry.extract)
    pth = rows["pth"].dropna() * 9.425
    phosphate, calcium = rows["phosphate"].dropna() * 3.0974, rows["calcium_corrected"].dropna()
    calcium = calcium * 4.0078
    shares = {
        0.51: (pth < 150).mean(),
        0.27: (pth > 300).mean(),
        0.08: (phosphate < 3.5).mean(),
        0.52: (phosphate > 5.5).mean(),
        0.09: (calcium < 8.4).mean(),
        0.50: (calcium > 9.5).mean(),
        0.44: (calcium * phosphate > 55).mean(),
    }
    for published, share in shares.items():
        assert abs(share - published) < 0.05


def test_mortality_transplantation_and_parathyroidectomy_are_in_the_published_range(clean) -> None:
    truth = pd.read_parquet(clean.truth / "people.parquet")
    people = read(clean.extract, "patients")
    start = days(people["registry_entry_date"]) - days(people["first_dialysis_date"])
    end = ordinal(clean.study.population.data_end) - days(people["first_dialysis_date"])
    years = (truth["exit_day"].astype(float).fillna(pd.Series(end)) - start).sum() / 365.25
    cause = Counter(truth["exit_cause"])
    per_1000 = 1000 / years
    assert 150 < (cause["death"] + cause["stopped"]) * per_1000 < 200
    assert 25 < cause["transplant"] * per_1000 < 45
    assert 4 < len(first_operation(clean.extract)) * per_1000 < 11


def test_labs_fall_after_parathyroidectomy(clean) -> None:
    operated = first_operation(clean.extract)
    rows = lab_values(clean.extract)
    rows = rows[rows["patient_id"].isin(operated.index)]
    since = rows["day"] - rows["patient_id"].map(operated)
    before = rows[(since <= 0) & (since > -90)]["pth"].median()
    after = rows[(since > 0) & (since <= 90)]["pth"].median()
    assert before * 9.425 > 700
    assert after < 0.2 * before


def test_some_are_registered_long_after_their_first_dialysis(clean) -> None:
    people = read(clean.extract, "patients")
    delay = days(people["registry_entry_date"]) - days(people["first_dialysis_date"])
    start = ordinal(clean.study.population.data_start)
    before = days(people["first_dialysis_date"]) < start - 365.25
    assert delay.min() == 0
    assert 0.1 < before.mean() < 0.4
    assert 0.2 < (delay > 180).mean() < 0.5


def test_no_lab_before_registry_entry_nor_after_death(clean) -> None:
    people = read(clean.extract, "patients").set_index("patient_id")
    labs = read(clean.extract, "labs")
    sampled = days(labs["sample_date"])
    entry = days(people["registry_entry_date"].loc[labs["patient_id"]])
    death = days(people["death_date"].loc[labs["patient_id"]])
    assert (sampled >= entry).all()
    assert not (sampled > death).any()


def test_spells_of_a_person_follow_each_other(clean) -> None:
    spells = read(clean.extract, "modality_spells")
    start, end = days(spells["start_date"]), days(spells["end_date"])
    assert not (end <= start).any()
    same = (spells["patient_id"] == spells["patient_id"].shift()).to_numpy()[1:]
    assert (start[1:] >= end[:-1])[same].all()


def test_missing_labs_on_scenario_d_only(clean, default) -> None:
    """In scenario A PTH comes every 90 days; in scenario D a fifth to a third of it is missing."""
    gaps = {}
    for name, registry in (("A", clean), ("D", default)):
        labs = read(registry.extract, "labs").query("analyte == 'pth'").drop_duplicates()
        day = pd.to_datetime(labs["sample_date"], format="%Y-%m-%d", errors="coerce")
        labs = labs.assign(day=day).dropna(subset=["day"]).sort_values(["patient_id", "day"])
        gaps[name] = labs.groupby("patient_id")["day"].diff().dt.days.dropna()
    assert gaps["A"].mode().item() == 90
    assert (gaps["A"] <= 90).mean() > 0.99
    assert 0.15 < (gaps["D"] >= 180).mean() < 0.35


def test_dirt_is_counted_as_it_lies_in_the_files(default) -> None:
    dirt = default.facts()["dirt"]
    labs = read(default.extract, "labs")
    diagnoses = read(default.extract, "diagnoses")
    impossible = ["2015-02-30", "2013-13-01", "2011-00-10"]
    bad = labs["sample_date"].isin(impossible).sum() + diagnoses["date"].isin(impossible).sum()
    assert bad == dirt["impossible_date"]
    assert (diagnoses["system"] == "local").sum() >= dirt["unknown_code"] > 0
    words = labs["value"].isin(["haemolysed", "insufficient", "see comment"])
    assert 0 < dirt["text_value"] <= words.sum() <= dirt["text_value"] + dirt["duplicate"] + 5
    assert (labs["timing"] == "post").sum() >= dirt["post_dialysis_sample"] > 0
    assert read(default.extract, "patients")["sex"].isna().sum() == dirt["unknown_sex"]
    assert (labs["centre_id"] == "C001").sum() > dirt["swapped_unit"] > 0


def test_duplicates_and_bounds_are_there(default) -> None:
    labs = read(default.extract, "labs")
    dirt = default.facts()["dirt"]
    assert labs.duplicated().sum() >= 0.9 * (dirt["duplicate"] - dirt["impossible_date"])
    bounds = labs[labs["value"].str.startswith(("<", ">"))]
    assert set(bounds["value"]) <= {">2500", ">265", "<0.3", "<1.0"}
    assert abs(len(bounds) - dirt["comparator"]) <= 5


def test_a_clean_extract_has_no_dirt(clean) -> None:
    assert clean.facts()["dirt"] == {}
    labs = read(clean.extract, "labs")
    assert not labs.duplicated().any()
    assert pd.to_numeric(labs["value"]).notna().all()
    days(labs["sample_date"])  # raises where a date does not exist


def test_the_truth_says_everything_that_was_assumed(default) -> None:
    facts = default.facts()
    assert set(facts["prevalence"]) == {"expected", "realised", "detectable", "recorded"}
    assert set(facts["cumulative_incidence"]) == {"1", "3", "5", "10"}
    incidence = [facts["cumulative_incidence"][k] for k in ("1", "3", "5", "10")]
    assert incidence == sorted(incidence)
    assert all(row["source"] and row["says"] for row in facts["assumed"])
    assert facts["log_hazard_ratios"] == default.study.simulation.log_hazard_ratios


def test_recorded_prevalence_is_about_what_was_asked_for(tmp_path) -> None:
    registry = simulated(tmp_path, study_of("simulated"), 12_000, 2)
    recorded = registry.facts()["prevalence"]["recorded"]
    share = recorded["numerator"] / recorded["denominator"]
    assert abs(share - 0.015) < 4 * np.sqrt(0.015 / 12_000) + 0.1 * 0.015


def test_blocks_are_the_same_people_however_many_follow(tmp_path, monkeypatch) -> None:
    """A registry of 600 begins with the people of a registry of 300: nothing is held over."""
    monkeypatch.setattr(simulate, "BLOCK_PEOPLE", 150)
    study = study_of("scenario_a")
    seen: list[tuple[int, int]] = []
    small = simulated(tmp_path / "s", study, 300, SEED)
    simulate.run(study, 600, SEED, tmp_path / "e", tmp_path / "t", lambda *at: seen.append(at))
    assert seen == [(150, 600), (300, 600), (450, 600), (600, 600)]
    for name in ("patients", "labs", "diagnoses", "drugs"):
        head = (small.extract / f"{name}.csv").read_bytes()
        assert (tmp_path / "e" / f"{name}.csv").read_bytes().startswith(head)


def test_a_table_that_fails_half_way_leaves_nothing(tmp_path) -> None:
    with pytest.raises(RuntimeError), TableFile(tmp_path / "labs.csv"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
