"""The questions, answered: cohort in, one long tidy table of estimates out.

A model is one file in the folder of its question; nothing here names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis import store
from analysis.estimates.contract import answered
from analysis.estimates.description.known_truth import known_truth
from analysis.estimates.description.metadata import about
from analysis.estimates.discovery import asked, settings_of, shipped
from analysis.estimates.how_common.centre_funnel import centre_frame
from analysis.estimates.how_soon.second_engine import second_engine
from analysis.estimates.inputs.cohort_tables import read_cohort
from analysis.estimates.model import EstimateModel
from analysis.runner import Workers
from analysis.study import Study
from data_schema.measures import declared, together


def run(
    study: Study,
    cohort: Path,
    out: Path,
    truth: Path | None,
    provenance: dict,
    say: Callable[[str], None] = lambda _: None,
    models: Sequence[EstimateModel] | None = None,
    workers: Workers | None = None,
) -> None:
    """Answer the questions of ``study`` from the cohort stage; truth where simulated.

    ``provenance``: extract hashes, n and seed, as :func:`about` takes them. ``say`` is told of
    each answer when it is there. ``models``: those there are, the project's own unless given; the
    study runs those that it asks for. ``workers`` add up what is a sum over buckets; the numbers
    are the same whoever they are.
    """
    store.verify_manifest(cohort)
    rows = store.frame_estimates(store.read_frame(cohort / "estimates.parquet"))
    tables = read_cohort(study, cohort, workers)
    chosen = asked(study, shipped() if models is None else models)
    for one in chosen:
        found = answered(one, tables, settings_of(study, one), rows)
        rows += found
        say(f"{one.name}: {len(found):,} estimates")
    theirs = {one.name for one in chosen if one.sha256}
    rows += second_engine(tables, [row for row in rows if row.model not in theirs])
    if truth is not None:
        rows += known_truth(study, truth)
    store.empty_folder(out)
    store.write_frame(out / "estimates.parquet", store.estimates_frame(rows))
    measures = (measure for one in chosen for measure in one.measures)
    store.write_measures(out, together(declared().values(), measures))
    if study.outcome.kind == "calcinosis" and tables.facts["calendar"]:
        store.write_frame(out / "centres.parquet", centre_frame(tables))
    store.write_json(out / "study.json", about(study, models=chosen, **provenance))
    store.write_manifest(out)
    say(f"{len(rows):,} estimates")
