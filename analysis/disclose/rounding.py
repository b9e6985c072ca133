"""Round what is shown, and recompute from the rounded counts whatever is a ratio of counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from analysis.disclose.intervals import METHODS, proportion_interval, rate_interval
from analysis.disclose.policy import Policy
from data_schema.results import Estimate

SMALLEST_P = 1e-4  # a smaller p-value would say how many cases there are


def rounded(row: Estimate, policy: Policy) -> Estimate:
    """One row as it leaves. With ``rounding = 1`` the numbers are the numbers."""
    if policy.rounding <= 1 or row.status == "suppressed":
        return row
    counts = replace(
        row,
        numerator=policy.rounded(row.numerator),
        denominator=policy.rounded(row.denominator),
    )
    return _BY_KIND[row.kind](row, counts, policy)


def _count(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:
    return replace(counts, estimate=policy.rounded(row.estimate))


def _proportion(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:
    if row.estimate is None or not row.denominator or row.numerator is None:
        return counts
    if not math.isclose(row.estimate, row.numerator / row.denominator, rel_tol=1e-9, abs_tol=1e-12):
        return _on_grid(counts, nice(policy.rounding / row.denominator))
    numerator, denominator = counts.numerator, counts.denominator
    if not denominator or numerator is None:
        return replace(counts, estimate=None, lower=None, upper=None, std_error=None)
    share = numerator / denominator
    lower = upper = error = None
    per_person = _effective_per_person(row)
    if row.lower is not None and row.model in METHODS:
        lower, upper = proportion_interval(numerator, denominator, row.model, per_person)
    if row.std_error is not None:
        error = math.sqrt(share * (1 - share) / (denominator * per_person))
    return replace(counts, estimate=share, lower=lower, upper=upper, std_error=error, p_value=None)


def _effective_per_person(row: Estimate) -> float:
    """Effective sample size per person, to two digits, from the error of a clustered proportion."""
    p, n = row.estimate, row.denominator
    if not p or not n or not row.std_error or row.model != "korn_graubard":
        return 1.0
    return significant(p * (1 - p) / row.std_error**2 / n, 2) or 1.0


def _derived(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:  # noqa: ARG001
    """Two digits say what it means and not of how many people; a p-value one, none below 0.0001."""
    if row.unit == "p-value":
        floor = None if row.estimate is None else max(row.estimate, SMALLEST_P)
        return replace(counts, estimate=significant(floor, 1), std_error=None, p_value=None)
    digits = 3 if row.unit == "ratio" else 2  # ratios near 1 need a digit more
    names = ("estimate", "lower", "upper")
    numbers = {name: significant(getattr(row, name), digits) for name in names}
    return replace(counts, **numbers, std_error=None, p_value=None)  # type: ignore[arg-type]


def _rate(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:
    years = policy.rounded(row.person_years)
    if row.measure in ("person_years", "period_years"):
        estimate = row.estimate
        if estimate is not None:
            estimate = years if estimate == row.person_years else policy.rounded(estimate)
        return replace(counts, person_years=years, estimate=estimate)
    if row.estimate is None or not years or counts.numerator is None:
        return replace(counts, person_years=years)
    lower, upper = rate_interval(counts.numerator, years)
    return replace(
        counts,
        person_years=years,
        estimate=1000 * counts.numerator / years,
        lower=None if row.lower is None else lower,
        upper=None if row.upper is None else upper,
        std_error=None,
        p_value=None,
    )


def _ratio(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:
    numbers = {
        name: significant(getattr(row, name), 4)
        for name in ("estimate", "lower", "upper", "std_error", "p_value")
    }
    return replace(counts, person_years=policy.rounded(row.person_years), **numbers)  # type: ignore[arg-type]


def _summary(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:
    """Quartiles rest on the quarter beyond them; values go to a twentieth of their spread."""
    if row.estimate is None:
        return counts
    spread = abs(row.estimate)
    if row.lower is not None and row.upper is not None and row.upper > row.lower:
        spread = row.upper - row.lower
    on_grid = _on_grid(counts, nice(spread / 20)) if spread > 0 else counts
    if row.denominator is not None and row.denominator < 4 * policy.min_count:
        return replace(on_grid, lower=None, upper=None)
    return on_grid


def _difference(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:
    people = policy.rounding / row.denominator if row.denominator else 0.0
    if row.measure == "standardised_difference":
        return _on_grid(counts, nice(max(0.01, people)))
    return _on_grid(counts, 0.1)


def _curve(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:  # noqa: ARG001
    return counts


def _value(row: Estimate, counts: Estimate, policy: Policy) -> Estimate:  # noqa: ARG001
    return row


_BY_KIND: dict[str, Callable[[Estimate, Estimate, Policy], Estimate]] = {
    "count": _count,
    "proportion": _proportion,
    "rate": _rate,
    "ratio": _ratio,
    "summary": _summary,
    "difference": _difference,
    "derived": _derived,
    "curve": _curve,
    "value": _value,
}


def nice(step: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least ``step`` (> 0)."""
    power = 10.0 ** math.floor(math.log10(step) + 1e-12)
    for multiple in (1, 2, 5, 10):
        if multiple * power >= step * (1 - 1e-9):
            return multiple * power
    return 10 * power


def significant(value: float | None, digits: int) -> float | None:
    """``value`` to so many significant digits."""
    return None if value is None else float(f"{value:.{digits}g}")


def _on_grid(row: Estimate, step: float) -> Estimate:
    """Estimate and interval on multiples of ``step``, an error never below one step."""
    digits = max(0, -math.floor(math.log10(step)))

    def grid(value: float | None) -> float | None:
        return None if value is None else round(round(value / step) * step, digits + 1)

    error = None if row.std_error is None else max(step, grid(row.std_error) or step)
    return replace(
        row,
        estimate=grid(row.estimate),
        lower=grid(row.lower),
        upper=grid(row.upper),
        std_error=error,
        p_value=None,
    )
