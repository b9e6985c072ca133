"""The published case, the claims and other published figures, each beside ours with its source."""

from __future__ import annotations

from analysis.estimates.cohort_tables import Cohort
from data_schema.declarations import HERE, case_report, read_toml
from data_schema.results import Estimate


def published(cohort: Cohort) -> list[Estimate]:
    """Rows for a study of calcinosis; none for any other."""
    if cohort.study.outcome.kind != "calcinosis":
        return []
    report = case_report()
    prevalence, onset = report["claims"]["prevalence"], report["claims"]["onset"]
    rows = [
        _row("how_common", "claim", prevalence),
        _row("how_soon", "claim", onset),
        Estimate(
            "how_soon",
            "published",
            term="case",
            estimate=float(report["case"]["onset_years"]),
            unit="years",
            reason=report["source"],
        ),
    ]
    figures = read_toml(HERE / "published.toml")["figures"]
    return rows + [
        _row(figure["question"], figure["says"], figure)
        for figure in figures
        if figure["question"] in ("how_common", "how_soon") and not figure["id"].startswith("claim")
    ]


def _row(question: str, term: str, figure: dict) -> Estimate:
    return Estimate(
        question,
        "published",
        term=term,
        unit=figure.get("unit", ""),
        reason=figure["source"],
        estimate=figure.get("estimate"),
        lower=figure.get("lower"),
        upper=figure.get("upper"),
        numerator=figure.get("numerator"),
        denominator=figure.get("denominator"),
    )
