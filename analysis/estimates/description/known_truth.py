"""Parameters of the simulation beside the estimates, for a simulated registry only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis import store
from analysis.study import Study
from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate


def known_truth(study: Study, folder: Path) -> list[Estimate]:
    """Assumed ratios, realised prevalence and every assumption, as rows."""
    truth = store.read_json(folder / "truth.json")
    model = study.models[0].name if study.models else ""
    ratios = [
        Estimate(
            "truth",
            "parameter",
            outcome="onset",
            model=model,
            term=term,
            estimate=float(np.exp(value)),
            unit="ratio",
            reason="assumed",
        )
        for term, value in sorted(truth["log_hazard_ratios"].items())
    ]
    return ratios + _prevalences(truth) + _incidences(truth) + _assumptions(truth)


def _prevalences(truth: dict) -> list[Estimate]:
    return [
        Estimate(
            "truth",
            "realised",
            term="prevalence",
            level=level,
            estimate=float(row["numerator"]) / float(row["denominator"]),
            unit="proportion",
            reason=row["says"],
        )
        for level, row in truth["prevalence"].items()
    ]


def _incidences(truth: dict) -> list[Estimate]:
    return [
        Estimate(
            "truth",
            "realised",
            outcome="onset",
            term="cumulative_incidence",
            time=float(years) * DAYS_A_YEAR,
            estimate=float(value),
            unit="probability",
        )
        for years, value in truth["cumulative_incidence"].items()
    ]


def _assumptions(truth: dict) -> list[Estimate]:
    return [
        Estimate(
            "truth",
            "parameter",
            term=row["name"],
            estimate=float(row["value"]),
            unit=row["unit"],
            reason=f"{row['says']} ({row['source']})",
        )
        for row in truth["assumed"]
        if isinstance(row["value"], int | float)
    ]
