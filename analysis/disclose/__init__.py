"""Which numbers may leave: suppress first, round second, recompute third."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis import store
from analysis.disclose.curves import coarsened
from analysis.disclose.policy import DisclosureError, Policy, policy_of
from analysis.disclose.rounding import rounded
from analysis.disclose.suppression import hide, primary_rows, rows_that_follow
from analysis.disclose.table import csv_of
from analysis.disclose.tally import tally
from analysis.study import Study
from data_schema.results import Estimate

__all__ = ["DisclosureError", "Policy", "disclosed", "policy_of", "run"]


def run(study: Study, estimates: Path, out: Path) -> None:
    """Write ``released.parquet``, ``estimates.csv``, ``study.json`` and the manifest to ``out``."""
    policy = policy_of(study)
    store.verify_manifest(estimates)
    rows = store.frame_estimates(store.read_frame(estimates / "estimates.parquet"))
    released = disclosed(rows, policy)
    store.empty_folder(out)
    store.write_frame(out / "released.parquet", store.estimates_frame(released))
    store.write_text(out / "estimates.csv", csv_of(released, policy.significant_digits))
    store.write_json(out / "study.json", store.read_json(estimates / "study.json"))
    store.write_manifest(out, protocol_hash=study.hash)


def disclosed(rows: Sequence[Estimate], policy: Policy) -> list[Estimate]:
    """Every row, as it may leave, and what was hidden by question."""
    held, hidden_points = coarsened(rows, policy)
    primary = primary_rows(rows, policy) | hidden_points
    hidden = primary | rows_that_follow(rows, primary, policy)
    released = [
        hide(row, policy) if index in hidden else rounded(row, policy)
        for index, row in enumerate(held)
    ]
    return released + tally(rows, primary, hidden)
