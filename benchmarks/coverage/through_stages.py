"""Simulated registries through every stage: an extract on disk, read, followed, estimated."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analysis import cohort, ingest, simulate, store
from analysis.estimates.estimate_rows.counted_people import proportion_rows
from analysis.estimates.estimate_rows.curve_points import curve_rows
from analysis.estimates.how_common.denominators import registry
from analysis.estimates.how_common.prevalence_definitions import PrevalenceCounter
from analysis.estimates.how_soon.incidence import cumulative_curve
from analysis.estimates.how_soon.onset_timing import quartile_rows
from analysis.estimates.how_soon.starting_time import at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort, read_cohort
from benchmarks.coverage.counts import Found
from benchmarks.coverage.large_population import FIVE_YEARS, Truth, stored, study_of
from benchmarks.coverage.onsets import holds
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate

DAY_90 = ", people from day 90"


class StaleTruthError(RuntimeError):
    """The stored truth is of another simulator: run benchmarks.coverage.large_population."""


def through_stages(rng: np.random.Generator, scenario: str, people: int) -> Found:
    """One registry: prevalence on the protocol's last date, incidence by five years, quartiles."""
    with TemporaryDirectory() as folder:  # the cohort reads its tables when they are asked for
        found = staged(Path(folder), scenario, people, int(rng.integers(2**31)))
        held = prevalence_held(found, truth(scenario, "as entered"))
        held |= timing_held(found, truth(scenario, "as entered"), "")
        return held | timing_held(found, truth(scenario, "from day 90"), DAY_90)


def staged(folder: Path, scenario: str, people: int, seed: int) -> Cohort:
    study = study_of(scenario)
    simulate.run(study, people, seed, folder / "extract", folder / "truth")
    assumed = store.read_json(folder / "truth" / "truth.json")["assumed"]
    hazard = next(row["value"] for row in assumed if row["name"] == "baseline_cumulative_hazard")
    if not np.isclose(hazard, truth(scenario, "as entered").hazard, rtol=1e-9):
        raise StaleTruthError(StaleTruthError.__doc__)
    ingest.run(study, folder / "extract", folder / "ingest", threads=1)
    cohort.run(study, folder / "ingest", folder / "cohort", threads=1)
    return read_cohort(study, folder / "cohort")


@cache
def truth(scenario: str, entry: str) -> Truth:
    return stored()[f"{scenario}, {entry}"]


def prevalence_held(found: Cohort, true: Truth) -> Found:
    counter = PrevalenceCounter(registry(found), "+".join(found.study.outcome.tiers))
    assert counter.latest is not None
    held: Found = {}
    for row in proportion_rows(counter.point(counter.latest)):
        if row.model in ("clopper_pearson", "korn_graubard"):
            held |= holds(f"prevalence, {row.model}", row, true.prevalence)
    return held


def timing_held(found: Cohort, true: Truth, whose: str) -> Found:
    """Nothing where the tool lets the curve start later than day 90."""
    at_risk = at_risk_periods(found)
    if at_risk.since > found.study.population.entry_after_days:
        return {}
    curve = cumulative_curve(found, at_risk)
    template = Estimate("how_soon", "cumulative_incidence")
    five = curve_rows(template, curve, np.array([float(FIVE_YEARS)]), 0)[0]
    held = holds(f"incidence by 5 years{whose}", five, true.by_five_years)
    for row, day in zip(quartile_rows(curve, at_risk.n_people), true.quartiles, strict=True):
        held |= holds(f"quartile {row.x:g}{whose}", row, day / DAYS_A_YEAR)
    return held
