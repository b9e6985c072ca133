"""Typed tables become people, follow-up, risk intervals and attrition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis import store
from analysis.cohort.attrition import LEAVING, attrition_rows
from analysis.cohort.bucket import NEVER, Bucket, read_bucket
from analysis.cohort.case_definition.ascertainment import ascertainment_counts, ascertainment_rows
from analysis.cohort.case_definition.cases import Cases, find_cases
from analysis.cohort.case_definition.unverified_codes import (
    refuse_unconfirmed_codes,
    refuse_unconfirmed_concepts,
    unverified_counts,
    unverified_rows,
)
from analysis.cohort.follow_up.at_risk_periods import at_risk_frame, covered_frame
from analysis.cohort.follow_up.time_at_risk import follow
from analysis.cohort.follow_up.variants import variant_people, variants
from analysis.cohort.laboratory.around_operation import operated_labs
from analysis.cohort.laboratory.completeness import completeness_counts, completeness_rows
from analysis.cohort.laboratory.corrected_calcium import correction_counts, correction_rows
from analysis.cohort.laboratory.known_values import lab_series
from analysis.cohort.people import people_frame
from analysis.cohort.risk_intervals.intervals import risk_intervals
from analysis.runner import sums_in_order
from analysis.study import Study
from data_schema.results import Estimate


class Task(NamedTuple):
    """One bucket to do."""

    study: Study
    ingested: Path
    out: Path
    number: int
    facts: dict


class Counts(NamedTuple):
    """What adds up over buckets."""

    flow: Counter
    completeness: Counter
    assessed: Counter
    unverified: Counter
    correction: Counter


def added(one: Counts, other: Counts) -> Counts:
    """The counts of two sets of buckets together."""
    return Counts(*(a + b for a, b in zip(one, other, strict=True)))


def run(
    study: Study,
    ingested: Path,
    out: Path,
    threads: int = 2,
    say: Callable[[str], None] = lambda _: None,
    count: Callable[[int, int], None] = lambda _done, _total: None,
    master: str = "",
) -> None:
    """Build the cohort of ``study`` from the tables of the ingest stage.

    ``count(done, total)`` is called after each bucket.
    """
    store.verify_manifest(ingested)
    refuse_unconfirmed_concepts(study)
    facts = store.read_json(ingested / "facts.json")
    store.empty_folder(out)
    tasks = [Task(study, ingested, out, number, facts) for number in range(facts["buckets"])]
    counts = Counts(*(Counter() for _ in Counts._fields))
    for done, of_buckets in sums_in_order(one_bucket, added, tasks, threads, master):
        counts = added(counts, of_buckets)
        count(done, len(tasks))
    refuse_unconfirmed_codes(study, counts.unverified)
    rows = store.frame_estimates(store.read_frame(ingested / "quality.parquet"))
    flow = counts.flow
    rows += attrition_rows(flow) + _completeness(facts, counts.completeness)
    rows += _remarks(study, facts, flow)
    rows += unverified_rows(counts.unverified) + correction_rows(counts.correction, study.exposures)
    rows += ascertainment_rows(counts.assessed) if study.outcome.kind == "calcinosis" else []
    store.write_frame(out / "estimates.parquet", store.estimates_frame(rows))
    asked = [variant.name for variant in variants(study)]
    store.write_json(out / "facts.json", facts | {"variants": asked})
    store.write_manifest(out)
    left = flow["extract"] - sum(flow[step] for step in LEAVING)
    say(f"{flow['extract']:,} people in the extract, {left:,} followed")


def _completeness(facts: dict, counts: Counter) -> list[Estimate]:
    """By calendar year, so only where the source has one."""
    return completeness_rows(counts) if facts["calendar"] else []


def one_bucket(task: Task) -> Counts:
    """Write the tables of one bucket: people, their at-risk periods and intervals, and the rest."""
    study, number = task.study, task.number
    bucket = read_bucket(task.ingested, number, task.facts)
    cases = find_cases(bucket, study)
    follow_up = follow(bucket, study, cases)
    people = people_frame(bucket, study, cases, follow_up)
    series = lab_series(bucket, study.carried)
    at_risk_periods = at_risk_frame(study, people, follow_up)
    intervals = risk_intervals(
        at_risk_periods["person"].to_numpy(),
        at_risk_periods["start"].to_numpy(),
        at_risk_periods["stop"].to_numpy(),
        at_risk_periods["state"].to_numpy(),
        people["parathyroidectomy"].to_numpy()[at_risk_periods["person"]],
        series,
        study.exposures,
    )
    wanted: tuple[str, ...] = study.exposures.labs
    asked = {name: values for name, values in series.items() if name in wanted}
    tables = {
        "people": people,
        "at_risk_periods": _named(bucket, at_risk_periods),
        "covered": _named(bucket, covered_frame(bucket, study)),
        "intervals": _named(bucket, intervals),
        "spells": _spells(bucket),
        "operated": operated_labs(study, people, asked),
    }
    age = people["age_at_entry"].to_numpy()
    others = variant_people(bucket, study, cases, age)
    variants_ = ((f"variants/{variant}", frame) for variant, frame in others)
    for name, frame in chain(tables.items(), variants_):
        store.write_frame(task.out / name / f"{number:04d}.parquet", frame)
    return Counts(
        _flow(people, cases),
        completeness_counts(bucket, study, people, follow_up.presence.at_risk_periods),
        ascertainment_counts(bucket, people, intervals),
        unverified_counts(bucket),
        correction_counts(bucket, study.exposures, series),
    )


def _named(bucket: Bucket, rows: pd.DataFrame) -> pd.DataFrame:
    """Row numbers of the bucket turned into ``person``, which is unique over buckets.

    The other columns are views, not copies: intervals are the largest table there is.
    """
    person = bucket.persons(rows["person"].to_numpy())
    return pd.DataFrame({**rows, "person": person}, columns=list(rows), copy=False)


def _spells(bucket: Bucket) -> pd.DataFrame:
    rows = bucket.tables.get("modality_spells")
    if rows is None:
        return pd.DataFrame({"person": [], "start": [], "stop": [], "modality": []})
    person = rows["person"].to_numpy()
    return pd.DataFrame(
        {
            "person": bucket.persons(person),
            "start": bucket.days(rows["start_date"], person),
            "stop": bucket.days(rows["end_date"], person),
            "modality": rows["modality"],
        }
    )


def _flow(people: pd.DataFrame, cases: Cases) -> Counter:
    flow: Counter = Counter(people["left_out_at"][people["left_out_at"] != ""].tolist())
    flow["extract"] = len(people)
    flow["excluded_cause"] = int(people["excluded_case"].sum())
    flow["refuted"] = cases.refuted_rows
    same_day = (people["onset"] == people["leave"]) & (people["leave"] < NEVER)
    flow["same_day"] = int((same_day & (people["leave_reason"] == "death")).sum())
    return flow


def _remarks(study: Study, facts: dict, flow: Counter) -> list[Estimate]:
    """What a reader should know that is not a step of the flow."""
    rows = []
    if study.outcome.kind == "calcinosis":
        rows = [
            _flag("diagnoses", "refuted", flow["refuted"], "refuted or entered in error; dropped"),
            _flag(
                "cases",
                "excluded_cause",
                flow["excluded_cause"],
                "has an excluding diagnosis; not a case",
            ),
            _flag(
                "cases",
                "same_day_death",
                flow["same_day"],
                "onset and death on one day; an onset",
            ),
        ]
    if study.population.coverage and "coverage" not in facts["tables"]:
        rows.append(
            Estimate(
                "quality",
                "statement",
                term="coverage",
                status="flagged",
                reason="The extract does not say when people are observable; "
                "all follow-up is taken as observed.",
            )
        )
    return rows


def _flag(term: str, level: str, n: int, sentence: str) -> Estimate:
    return Estimate(
        "quality",
        "flagged_rows",
        term=term,
        level=level,
        estimate=float(n),
        numerator=float(n),
        unit="records" if term == "diagnoses" else "people",
        reason=sentence,
    )
