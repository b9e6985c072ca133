"""A cumulative incidence at some days as rows: each a number with limits, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from analysis.estimates.how_soon.competing_combination import Floats, Incidence
from data_schema.results import Estimate


def incidence_rows(
    template: Estimate, days: Floats, found: Incidence, reason: str = ""
) -> list[Estimate]:
    """One row a day; ``reason`` flags them all, and says why a day has no number."""
    return [
        replace(
            template,
            time=float(day),
            estimate=float(found.estimate[i]),
            lower=_number(found.lower[i]),
            upper=_number(found.upper[i]),
            std_error=_number(found.std_error[i]),
            status="flagged" if reason else "ok",
            reason=reason,
        )
        if np.isfinite(found.estimate[i])
        else failed(template, float(day), reason or "no estimate")
        for i, day in enumerate(days)
    ]


def failed_rows(template: Estimate, days: Iterable[float], reason: str) -> list[Estimate]:
    """One row a day with the reason for which nothing could be estimated."""
    return [failed(template, float(day), reason) for day in days]


def failed(template: Estimate, day: float, reason: str) -> Estimate:
    """The row of one day without a number; the reason becomes a sentence."""
    sentence = f"{reason[:1].upper()}{reason[1:]}".rstrip(".") + "."
    return replace(template, time=day, status="not_estimable", reason=sentence)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
