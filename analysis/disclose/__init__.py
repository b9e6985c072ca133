"""Statistical disclosure control: suppress first, round second, recompute third."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis import store
from analysis.disclose.centres import statement, without_centres
from analysis.disclose.curves import coarsened
from analysis.disclose.dependants import Indicators, dependants
from analysis.disclose.policy import DisclosureError, Policy, policy_of
from analysis.disclose.rounding import rounded
from analysis.disclose.second_engine import refuse_disagreement
from analysis.disclose.suppression import hide, primary_rows, rows_that_follow, uncounted_rows
from analysis.disclose.table import csv_of
from analysis.disclose.tally import tally
from analysis.disclose.unreviewed import unnamed_hashes, without_unreviewed
from analysis.disclose.withholding import withheld
from analysis.study import Study
from data_schema.results import Estimate, Released, released

__all__ = ["DisclosureError", "Policy", "disclosed", "policy_of", "run"]


def run(study: Study, estimates: Path, out: Path) -> None:
    """Write the rows that may leave to ``out``, with their measures and the study.

    released.parquet, estimates.csv, measures.json, study.json, then the manifest.
    """
    policy = policy_of(study)
    store.verify_manifest(estimates)
    measures = store.read_measures(estimates)
    rows = store.frame_estimates(store.read_frame(estimates / "estimates.parquet"), measures)
    about = store.read_json(estimates / "study.json")
    unnamed = unnamed_hashes(about.get("analyses", ()), study.release.models)
    rows = without_unreviewed(rows, unnamed)
    may_leave = disclosed(rows, policy, _headline(study), _indicators(study))
    store.empty_folder(out)
    store.write_frame(out / "released.parquet", store.released_frame(may_leave))
    store.write_text(out / "estimates.csv", csv_of(may_leave, policy.significant_digits))
    store.write_measures(out, measures)
    store.write_json(out / "study.json", about)
    store.write_manifest(out, protocol_hash=study.hash)


def disclosed(
    rows: Sequence[Estimate],
    policy: Policy,
    headline: str = "",
    indicators: Indicators | None = None,
) -> list[Released]:
    """Every row as it may leave, and how many were hidden by question.

    ``headline``: the outcome hidden last; ``indicators``: terms of models that stand for a level.
    ``DisclosureError`` where a second engine finds another curve.
    """
    refuse_disagreement(rows)
    kept, by_centre = without_centres(rows)
    held, points = coarsened(withheld(kept, policy), policy)
    primary = primary_rows(held, policy) | points | uncounted_rows(kept, policy)
    hidden = primary | rows_that_follow(held, primary, policy, headline)
    hidden |= dependants(held, primary, hidden, indicators or {})
    left = [
        hide(row, policy) if index in hidden else rounded(row, policy)
        for index, row in enumerate(held)
    ]
    more = [*statement(by_centre), *tally(held, primary, hidden)]
    return [released(row) for row in (*left, *more)]


def _headline(study: Study) -> str:
    return "+".join(study.outcome.tiers) if study.outcome.kind == "calcinosis" else "onset"


def _indicators(study: Study) -> Indicators:
    return {
        (model.name, term.name): (term.variable, term.level)
        for model in study.models
        for term in model.terms
        if term.transform == "indicator"
    }
