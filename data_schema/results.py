"""The record that travels: everything ever reported is one long tidy table of ``Estimate`` rows.

Tables, figures, sentences, release checks and suppression read these rows and nothing else.
A failure is a row whose ``status`` is not ``ok`` and whose ``reason`` is a sentence; its
``estimate`` is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

Status = Literal[
    "ok",
    "flagged",  # a number that needs the caveat in `reason`
    "not_estimable",  # the data are legal, the estimate does not exist
    "not_available",  # the extract or the protocol cannot answer
    "refused",  # asking would mislead
    "suppressed",  # hidden by the release policy
]

QUESTIONS = {
    "study": "What was studied?",
    "flow": "Who was left out, and how many at each step?",
    "quality": "Can the numbers be trusted?",
    "describe": "Who are they?",
    "follow_up": "How long, how complete?",
    "how_common": "How common is it?",
    "how_soon": "How soon after dialysis starts?",
    "who": "Who gets it?",
    "what_then": "Does it resolve after parathyroidectomy?",
    "truth": "Does the tool find what the simulator put in?",
    "disclosure": "What was hidden, and is it safe?",
}


class Measure(NamedTuple):
    """How a measure is built, which decides how it may leave."""

    kind: Literal[
        "count",
        "proportion",
        "rate",
        "curve",
        "ratio",
        "summary",
        "difference",
        "derived",
        "value",
    ]
    unit: str
    meaning: str


# kind: what estimate, lower, upper, numerator, denominator and person_years hold
#   count       estimate = numerator = a number of people (or records, see unit)
#   proportion  numerator / denominator, interval by the method in `model`
#   rate        numerator / person_years x 1000, interval by the method in `model`
#   curve       a point at `time` (days since time zero): numerator = cumulative number of people
#               with the event by then, denominator = number at risk then
#   ratio       numerator = events, denominator = people, person_years = time at risk
#   summary     estimate = median, lower and upper = quartiles, denominator = people summarised
#   difference  numbers without a count of their own; denominator = people behind them
#   derived     a number worked out from the counts of the row whose id is `reference`: hidden with
#               it, to two significant digits; denominator = people behind it
#   value       a number that describes no person (a parameter, a published figure, a date)
MEASURES: dict[str, Measure] = {
    "attrition": Measure("count", "people", "people remaining or excluded at a step"),
    "rows": Measure("count", "records", "records of a file by what became of them"),
    "rejected_rows": Measure("count", "records", "records rejected, by rule"),
    "flagged_rows": Measure("count", "records", "records kept but flagged, by rule"),
    "unverified_code": Measure(
        "count", "records", "records that a code matched whose meaning nobody verified"
    ),
    "unit_conversion": Measure("count", "records", "records converted, `x` = factor"),
    "corrected_calcium": Measure("count", "records", "values of calcium by who corrected them"),
    "completeness": Measure("proportion", "people", "people with a value among people observed"),
    "people": Measure("count", "people", "people with a characteristic"),
    "distribution": Measure("proportion", "people", "share of people with a characteristic"),
    "median": Measure("summary", "", "median and quartiles of a characteristic"),
    "standardised_difference": Measure("difference", "SD", "standardised difference of two groups"),
    "person_years": Measure("rate", "years", "time at risk"),
    "exits": Measure("count", "people", "people leaving follow-up, by reason"),
    "returned": Measure("count", "people", "people who left follow-up and came back"),
    "onset_unobserved": Measure("count", "people", "people with an onset while not at risk"),
    "follow_up_time": Measure("difference", "years", "median follow-up, reverse Kaplan-Meier"),
    "prevalence_point": Measure("proportion", "people", "share with the outcome on a date"),
    "prevalence_period": Measure("proportion", "people", "share with the outcome in a period"),
    "denominator": Measure("count", "people", "people left at a step towards a denominator"),
    "period_years": Measure("rate", "years", "time in the registry in a period, by what it was"),
    "band_test": Measure("derived", "p-value", "against one end `x` of a claimed range"),
    "band_posterior": Measure("derived", "probability", "of the claimed range under a prior"),
    "design_effect": Measure("derived", "ratio", "variance over that without centres"),
    "lifetime_risk": Measure("derived", "proportion", "share with the outcome by a horizon"),
    "standardised_prevalence": Measure("derived", "proportion", "in a standard population"),
    "corrected_prevalence": Measure("derived", "proportion", "corrected for misclassification"),
    "error_rate": Measure("proportion", "people", "of an adjudicated sample: true, or missed"),
    "assumed_rate": Measure("value", "proportion", "an error rate of the protocol"),
    "false_share": Measure("derived", "proportion", "cases that an error rate `x` explains"),
    "corrected_rate": Measure("derived", "per 1,000 person-years", "less what an error adds"),
    "centre_variation": Measure("derived", "", "how much centres differ beyond chance"),
    "prevalence_trend": Measure("derived", "ratio", "odds ratio of prevalence over time"),
    "ascertainment": Measure("rate", "per 1,000 person-years", "looks for the outcome, by kind"),
    "site": Measure("proportion", "people", "share of cases with calcification at a site"),
    "incidence_rate": Measure("rate", "per 1,000 person-years", "new cases per person-time"),
    "cumulative_incidence": Measure("curve", "probability", "share with the event by a time"),
    "naive_one_minus_km": Measure("curve", "probability", "what censoring competitors would show"),
    "survival": Measure("curve", "probability", "share without the event at a time"),
    "onset_quantile": Measure("difference", "years", "quantile of onset among onsets by 10 years"),
    "share_by_case_time": Measure("proportion", "people", "share of onsets as early as the case"),
    "second_engine": Measure(
        "value", "difference", "largest difference of a curve from lifelines; `x`: the most allowed"
    ),
    "starting_day": Measure("value", "days", "day from which curves run, on the curve's grid"),
    "time_lost": Measure("difference", "days", "mean time lost to a cause by a time"),
    "ignoring_late_entry": Measure("curve", "probability", "what ignoring late entry would show"),
    "late_entry_ratio": Measure("ratio", "ratio", "what ignoring late entry says over what is"),
    "interval_people": Measure("count", "people", "people by what bounds their onset"),
    "interval_incidence": Measure("ratio", "probability", "share with onset, seen at looks only"),
    "standardised_incidence": Measure("ratio", "probability", "averaged over people at entry"),
    "onset_hazard": Measure("ratio", "per 1,000 person-years", "hazard of onset at a time or age"),
    "mean_onset": Measure("difference", "years", "mean time of onset among those who have it"),
    "entry_tau": Measure("ratio", "", "conditional Kendall's tau of entry and onset"),
    "entry_hazard_ratio": Measure("ratio", "ratio", "hazard of onset per later year of entry"),
    "prevalent": Measure("count", "people", "people with onset by entry, excluded as prevalent"),
    "hazard_ratio": Measure("ratio", "ratio", "cause-specific hazard ratio"),
    "lab_before": Measure("summary", "", "last value before parathyroidectomy"),
    "lab_after": Measure("summary", "", "first value in the window after parathyroidectomy"),
    "resolution": Measure("curve", "probability", "share resolved by a time"),
    "published": Measure("value", "", "a published figure, printed beside ours"),
    "parameter": Measure("value", "", "a parameter of the simulation (assumed)"),
    "realised": Measure("value", "", "what the simulated registry truly holds"),
    "statement": Measure("value", "", "a part that cannot be answered, and why"),
    "suppressed_cells": Measure("count", "cells", "cells hidden, by reason"),
}


SECOND_ENGINE_TOLERANCE = 1e-10  # two engines of one curve differ by rounding alone
SECOND_ENGINE_GATES = "gates"  # the level of rows beyond whose tolerance nothing is released


@dataclass(frozen=True, slots=True)
class Estimate:
    """One reported number. Text fields default to empty, numbers to ``None`` (not applicable)."""

    question: str
    measure: str
    population: str = ""
    outcome: str = ""
    model: str = ""
    term: str = ""
    level: str = ""
    reference: str = ""
    strata: str = ""  # "dimension=level", several joined by ";"
    time: float | None = None  # days since time zero
    x: float | None = None  # position on another axis (year, covariate value, step)
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    std_error: float | None = None
    p_value: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    person_years: float | None = None
    unit: str = ""
    sums_to: str = ""  # id of the margin this row is a part of
    specification: str = "primary"
    status: Status = "ok"
    reason: str = ""

    @property
    def id(self) -> str:
        """What identifies the number: its keys joined by ``/``, empty ones kept in place."""
        where = (self.time, self.x)
        return "/".join(
            [
                self.question,
                self.measure,
                self.population,
                self.outcome,
                self.model,
                self.term,
                self.level,
                self.strata,
                self.specification,
                *("" if at is None else f"{at:g}" for at in where),
            ]
        )


TEXT_COLUMNS = tuple(f.name for f in fields(Estimate) if f.type in ("str", "Status"))
NUMBER_COLUMNS = tuple(f.name for f in fields(Estimate) if f.type == "float | None")
COLUMNS = ("id", *(f.name for f in fields(Estimate)))
