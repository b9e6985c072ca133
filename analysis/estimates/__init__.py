"""The questions, answered: cohort in, one long tidy table of estimates out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis import store
from analysis.estimates.description.baseline import describe
from analysis.estimates.description.follow_up import follow_up
from analysis.estimates.description.known_truth import known_truth
from analysis.estimates.description.metadata import about
from analysis.estimates.description.published import published
from analysis.estimates.how_common.centre_funnel import centre_frame
from analysis.estimates.how_common.prevalence import prevalence
from analysis.estimates.how_soon.entry_dependence import entry_dependence
from analysis.estimates.how_soon.incidence import incidence
from analysis.estimates.how_soon.interval_censored_onset import interval_censored_onset
from analysis.estimates.how_soon.mean_onset import mean_onset
from analysis.estimates.how_soon.onset_hazard import onset_hazard
from analysis.estimates.how_soon.onset_timing import onset_timing
from analysis.estimates.how_soon.second_engine import second_engine
from analysis.estimates.how_soon.sensitivity_grid import sensitivity_grid
from analysis.estimates.how_soon.standardised_incidence import predicted_incidence
from analysis.estimates.inputs.cohort_tables import Cohort, read_cohort
from analysis.estimates.what_then.resolution import resolution
from analysis.estimates.who.imputed_covariates import imputed_covariates
from analysis.estimates.who.risk_factors import risk_factors
from analysis.runner import Workers
from analysis.study import Study
from data_schema.results import Estimate

Answer = Callable[[Cohort], list[Estimate]]

# To add a model: one file with a function Cohort -> list[Estimate], and its name here.
ANSWERS: dict[str, tuple[Answer, ...]] = {
    "people": (describe, follow_up, published),
    "how_common": (prevalence,),
    "how_soon": (
        incidence,
        onset_timing,
        interval_censored_onset,
        mean_onset,
        onset_hazard,
        entry_dependence,
        sensitivity_grid,
        predicted_incidence,
    ),
    "who": (risk_factors, imputed_covariates),
    "what_then": (resolution,),
}


def run(
    study: Study,
    cohort: Path,
    out: Path,
    truth: Path | None,
    provenance: dict,
    say: Callable[[str], None] = lambda _: None,
    questions: Sequence[str] = tuple(ANSWERS),
    workers: Workers | None = None,
) -> None:
    """Answer the questions of ``study`` from the cohort stage; truth where simulated.

    ``provenance``: extract hashes, n and seed, as :func:`about` takes them. ``say`` is told of
    each answer when it is there. ``workers`` add up what is a sum over buckets; the numbers are the
    same whoever they are.
    """
    store.verify_manifest(cohort)
    rows = store.frame_estimates(store.read_frame(cohort / "estimates.parquet"))
    tables = read_cohort(study, cohort, workers)
    for answer in (answer for question in questions for answer in ANSWERS[question]):
        found = answer(tables)
        rows += found
        say(f"{answer.__name__}: {len(found):,} estimates")
    rows += second_engine(tables, rows)
    if truth is not None:
        rows += known_truth(study, truth)
    store.empty_folder(out)
    store.write_frame(out / "estimates.parquet", store.estimates_frame(rows))
    if study.outcome.kind == "calcinosis" and tables.facts["calendar"]:
        store.write_frame(out / "centres.parquet", centre_frame(tables))
    store.write_json(out / "study.json", about(study, **provenance))
    store.write_manifest(out)
    say(f"{len(rows):,} estimates")
