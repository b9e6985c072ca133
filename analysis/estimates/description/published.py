"""The published case, the claims and other published figures, each beside ours with its source."""

from __future__ import annotations

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import NoSettings, registered
from data_schema.declarations import case_report
from data_schema.published import Figure, figures
from data_schema.results import Estimate

PRINTED_ABOVE = ("claim_prevalence", "claim_onset", "case_onset")  # from the case report itself


@registered("how_common", measures=["published"], always=True)
def published(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
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
    return rows + [
        _figure(figure)
        for figure in figures()
        if figure.question in ("how_common", "how_soon") and figure.id not in PRINTED_ABOVE
    ]


def _figure(figure: Figure) -> Estimate:
    """A figure with its source; what its bounds are, and that it was not verified, is said."""
    remarks = [figure.source, figure.interval, "" if figure.verified else "not verified"]
    return Estimate(
        figure.question,
        "published",
        term=figure.says,
        unit=figure.unit,
        reason="; ".join(remark for remark in remarks if remark),
        estimate=figure.estimate,
        lower=figure.lower,
        upper=figure.upper,
        numerator=figure.numerator,
        denominator=figure.denominator,
    )


def _row(question: str, term: str, figure: dict) -> Estimate:
    return Estimate(
        question,
        "published",
        term=term,
        unit=figure["unit"],
        reason=figure["source"],
        lower=figure["lower"],
        upper=figure["upper"],
    )
