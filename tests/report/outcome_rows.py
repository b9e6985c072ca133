"""Rows of a made-up calcinosis study: curves, ratios, parathyroidectomy, truth."""

from __future__ import annotations

import math
from dataclasses import replace

from row_makers import YEAR, counted, curve, proportion, ratio

from data_schema.results import Released


def soon() -> list[Released]:
    years, end = (1, 3, 5, 10), 10.0
    shares = {
        "onset": lambda t: 0.021 * (1 - math.exp(-0.25 * t)),
        "death": lambda t: 0.62 * (1 - math.exp(-0.17 * t)),
        "transplant": lambda t: 0.24 * (1 - math.exp(-0.22 * t)),
        "recovery": lambda t: 0.03 * (1 - math.exp(-0.8 * t)),
    }
    rows = []
    for outcome, share in shares.items():
        rows += curve(
            "cumulative_incidence",
            outcome,
            share,
            18200,
            model="aalen_johansen",
            end=end,
            years=years,
        )
    rows += curve(
        "naive_one_minus_km",
        "onset",
        lambda t: 1.0 - math.exp(-0.0048 * t),
        18200,
        model="kaplan_meier",
        end=end,
        years=years,
    )
    for outcome, k in (("onset", 300), ("death", 7900), ("transplant", 3100)):
        rate = k / 61200 * 1000
        rows.append(
            Released(
                "how_soon",
                "incidence_rate",
                outcome=outcome,
                model="poisson_exact",
                estimate=rate,
                lower=rate * 0.89,
                upper=rate * 1.12,
                numerator=float(k),
                person_years=61200.4,
            )
        )
    for x, years_ in ((0.25, 1.21), (0.5, 2.72), (0.75, 5.06)):
        rows.append(
            Released(
                "how_soon",
                "onset_quantile",
                outcome="onset",
                x=x,
                estimate=years_,
                lower=years_ - 0.3,
                upper=years_ + 0.3,
                denominator=290.0,
                unit="years",
            )
        )
    rows.append(
        proportion(
            "share_by_case_time",
            78,
            290.0,
            question="how_soon",
            outcome="onset",
            time=15 / 12 * YEAR,
        )
    )
    rows.append(Released("how_soon", "published", term="claim", lower=3, upper=5, unit="years"))
    rows.append(Released("how_soon", "published", term="case", estimate=1.25, unit="years"))
    return rows


def who() -> list[Released]:
    found = {
        "onset": ((1.24, 0.05), (1.41, 0.06), (1.28, 0.05), (0.9, 0.04), (1.05, 0.12)),
        "death": ((1.02, 0.01), (1.03, 0.012), (1.08, 0.01), (1.45, 0.009), (1.1, 0.02)),
        "transplant": ((0.97, 0.02), (1.0, 0.02), (0.95, 0.02), (0.55, 0.015), (1.12, 0.04)),
    }
    terms = ("log2_pth", "calcium_corrected", "phosphate", "age", "male")
    return [
        ratio(term, outcome, value, error)
        for outcome, pairs in found.items()
        for term, (value, error) in zip(terms, pairs, strict=True)
    ]


def then() -> list[Released]:
    rows = [
        counted("what_then", "people", 640, level="parathyroidectomy"),
        counted("what_then", "people", 85, level="parathyroidectomy_with_active_disease"),
    ]
    for term, unit, before, after, case in (
        ("pth", "pmol/L", 96.2, 4.1, (104.1, 1.0)),
        ("calcium_corrected", "mmol/L", 2.52, 2.18, (2.60, 2.22)),
        ("phosphate", "mmol/L", 2.04, 1.21, (2.46, 1.06)),
    ):
        for measure, value in (("lab_before", before), ("lab_after", after)):
            rows.append(
                Released(
                    "what_then",
                    measure,
                    term=term,
                    unit=unit,
                    estimate=value,
                    lower=value * 0.8,
                    upper=value * 1.25,
                    denominator=600.0,
                )
            )
        for when, value in zip(("before", "after"), case, strict=True):
            rows.append(
                Released("what_then", "published", term=f"{term}_{when}", estimate=value, unit=unit)
            )
    for day, k in ((30, 9), (90, 24), (180, 41), (365, 55)):
        rows.append(
            replace(
                proportion(
                    "resolution",
                    k,
                    85.0,
                    question="what_then",
                    outcome="resolved",
                    model="aalen_johansen",
                ),
                time=float(day),
            )
        )
    return rows


def truth() -> list[Released]:
    values = (
        ("log2_pth", 1.3),
        ("calcium_corrected", 1.5),
        ("phosphate", 1.35),
        ("age", 0.9),
        ("male", 1.0),
    )
    rows = [
        Released(
            "truth",
            "parameter",
            outcome="onset",
            model="mineral",
            term=term,
            estimate=value,
            unit="ratio",
            reason="assumed",
        )
        for term, value in values
    ]
    rows.append(
        Released(
            "truth",
            "parameter",
            term="annual_mortality",
            estimate=0.16,
            unit="per year",
            reason="assumed",
        )
    )
    for level, value in (
        ("expected", 0.0151),
        ("realised", 0.01523),
        ("detectable", 0.0142),
        ("recorded", 0.0139),
    ):
        rows.append(Released("truth", "realised", term="prevalence", level=level, estimate=value))
    return rows
