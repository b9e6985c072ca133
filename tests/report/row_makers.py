"""Makes rows as the stages before would: curves, proportions, counts, ratios."""

from __future__ import annotations

import math
from collections.abc import Callable

from data_schema.results import Released

YEAR = 365.25


def grid(end_years: float, years: tuple[float, ...]) -> list[float]:
    steps = [30.0 * k for k in range(int(end_years * YEAR // 30) + 1)]
    return sorted({*steps, *(year * YEAR for year in years if year <= end_years)})


def curve(
    measure: str, outcome: str, share: Callable[[float], float], n: int, **keys: object
) -> list[Released]:
    """A curve of ``share`` (of years) with a plausible interval and shrinking numbers at risk."""
    end, years = float(keys.pop("end")), keys.pop("years")
    rows = []
    for day in grid(end, years):
        value = share(day / YEAR)
        error = math.sqrt(max(value * (1 - value), 1e-9) / n) * (1 + day / YEAR / 5)
        events = 1 - value if measure == "survival" else value
        rows.append(
            Released(
                "how_soon",
                measure,
                outcome=outcome,
                time=day,
                estimate=value,
                lower=max(value - 1.96 * error, 0.0),
                upper=min(value + 1.96 * error, 1.0),
                std_error=error,
                numerator=float(round(events * n)),
                denominator=float(round(n * math.exp(-0.3 * day / YEAR))),
                **keys,
            )
        )
    return rows


def proportion(measure: str, k: float, n: float, **keys: object) -> Released:
    share = k / n
    half = 1.96 * math.sqrt(max(share * (1 - share), 1 / n) / n)
    bounds = (max(share - half, 0.0), min(share + half, 1.0))
    keys = {"question": "how_common", **keys}
    return Released(
        measure=measure,
        estimate=share,
        lower=bounds[0],
        upper=bounds[1],
        numerator=k,
        denominator=n,
        **keys,
    )


def counted(question: str, measure: str, n: float, **keys: object) -> Released:
    return Released(question, measure, estimate=n, numerator=n, **keys)


def attrition(steps: list[tuple[str, str, float]], start: float) -> list[Released]:
    rows = [
        counted(
            "flow",
            "attrition",
            start,
            term="extract",
            level="remaining",
            x=0.0,
            reason="In the extract",
        )
    ]
    left = start
    for place, (term, reason, out) in enumerate(steps, start=1):
        left -= out
        margin = rows[-1].id if rows[-1].level == "remaining" else rows[-2].id
        keys = {"term": term, "x": float(place), "reason": reason, "sums_to": margin}
        rows.append(counted("flow", "attrition", out, level="excluded", **keys))
        rows.append(counted("flow", "attrition", left, level="remaining", **keys))
    return rows


def ratio(term: str, outcome: str, value: float, error: float, **keys: object) -> Released:
    defaults = {
        "model": "mineral",
        "numerator": 300.0,
        "denominator": 18200.0,
        "person_years": 61200.0,
    }
    return Released(
        "who",
        "hazard_ratio",
        outcome=outcome,
        term=term,
        estimate=value,
        lower=value * math.exp(-1.96 * error),
        upper=value * math.exp(1.96 * error),
        std_error=error,
        p_value=0.01,
        **{**defaults, **keys},
    )


def statement(question: str, reason: str) -> Released:
    return Released(question, "statement", status="not_available", reason=reason)


def follow_up(people: float, years: float, exits: dict[str, float]) -> list[Released]:
    margin = counted("describe", "people", people).id
    rows = [
        Released(
            "follow_up",
            "person_years",
            estimate=years,
            person_years=years,
            numerator=people,
            unit="years",
        ),
        Released("follow_up", "follow_up_time", estimate=3.412, unit="years", denominator=people),
    ]
    return rows + [
        counted("follow_up", "exits", n, level=level, sums_to=margin) for level, n in exits.items()
    ]
