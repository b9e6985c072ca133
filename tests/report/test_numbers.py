"""Digits follow the interval; columns stand on their decimal points."""

from __future__ import annotations

import pytest

from data_schema.results import Released
from reports.wording import numbers


def share(estimate: float, lower: float | None = None, upper: float | None = None) -> Released:
    return Released(
        "how_common", "prevalence_point", estimate=estimate, lower=lower, upper=upper, numerator=1
    )


def ratio(estimate: float, lower: float, upper: float) -> Released:
    return Released("who", "hazard_ratio", estimate=estimate, lower=lower, upper=upper)


@pytest.mark.parametrize(
    ("row", "shown", "interval"),
    [
        (share(0.0152174, 0.0127, 0.0177), "1.52%", "1.27 to 1.77"),
        (share(0.12, 0.02, 0.43), "12%", "2 to 43"),
        (share(0.253, 0.241, 0.265), "25.3%", "24.1 to 26.5"),
        (share(0.0, 0.0, 0.0004), "0%", "0 to 0.040"),
        (share(0.5), "50.0%", ""),
        (ratio(1.3049, 1.2101, 1.4049), "1.30", "1.21 to 1.40"),
        (ratio(3.1, 0.2, 40.0), "3.1", "0.2 to 40.0"),
        (ratio(1.45, 1.425, 1.4753), "1.45", "1.43 to 1.48"),
        (Released("flow", "attrition", estimate=1234567.0), "1,234,567", ""),
        (Released("describe", "standardised_difference", estimate=-0.214), "−0.21", ""),
        (Released("describe", "standardised_difference", estimate=-0.001), "0.00", ""),
        (Released("how_soon", "published", term="claim", lower=3, upper=5), "–", "3 to 5"),
        (Released("how_common", "published", lower=0.005, upper=0.03), "–", "0.5 to 3"),
        (Released("who", "hazard_ratio", status="suppressed"), "[c]", ""),
        (Released("who", "hazard_ratio", status="not_estimable", reason="x"), "–", ""),
    ],
)
def test_a_row_has_one_way_of_being_written(row: Released, shown: str, interval: str) -> None:
    assert (numbers.estimate(row), numbers.bounds(row)) == (shown, interval)


def test_a_column_stands_on_its_decimal_points() -> None:
    column = numbers.aligned(["1.25", "10", "[c]", "3.1 (a)", "–"])
    figure, point = "\u2007", "\u2008"
    assert column == ["1.25", f"10{point}{figure * 2}", "[c]", f"3.1{figure} (a)", "–"]


def test_whole_numbers_are_left_alone() -> None:
    assert numbers.aligned(["1,234", "5"]) == ["1,234", "5"]
