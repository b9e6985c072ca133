"""Numbers worked out from counts leave with them or not at all, and with few digits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.disclose import Policy, disclosed
from analysis.estimates.estimate_rows.counted_people import proportion_row
from analysis.estimates.estimate_rows.proportion_intervals import clopper_pearson
from analysis.publish.attack import recovered
from analysis.study import Release
from data_schema.results import Released

STRICT = Policy("strict", 11, True, 5, 50, 6)
RELEASE = Release(holder="strict", min_count=11, rounding=5)
KEYS = {"population": "on dialysis", "outcome": "definite+probable", "term": "2018-12-31"}
BASE = Released("how_common", "prevalence_point", model="clopper_pearson", **KEYS)


def derived(base: Released, value: float, unit: str = "proportion", **keys: object) -> Released:
    row = Released("how_common", "band_test", reference=base.id, unit=unit, **KEYS)
    return replace(row, estimate=value, denominator=2_003.0, **keys)


def released(rows: list[Released]) -> dict[str, Released]:
    return {row.id: row for row in disclosed(rows, STRICT, "definite+probable")}


@pytest.mark.parametrize(("cases", "hidden"), [(7, True), (43, False)])
def test_a_test_is_hidden_with_its_counts(cases: int, hidden: bool) -> None:
    base = proportion_row(BASE, cases, 2_003)
    test = derived(base, 0.0123456, "p-value")
    found = released([base, test])[test.id]
    assert (found.status == "suppressed") == hidden
    assert (found.estimate is None) == hidden


def test_what_names_a_row_that_is_not_there_is_hidden() -> None:
    base = proportion_row(BASE, 43, 2_003)
    stray = replace(derived(base, 0.5), reference=f"{base.id}; somewhere else")
    assert released([base, stray])[stray.id].status == "suppressed"
    bare = replace(derived(base, 0.5), reference="")
    assert released([base, bare])[bare.id].status == "suppressed"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1e-30, "p-value", 0.0001),
        (0.02499, "p-value", 0.02),  # rounding never crosses 0.025
        (0.02501, "p-value", 0.03),
        (0.018649, "proportion", 0.019),
        (1.0372, "ratio", 1.04),
    ],
)
def test_few_digits(value: float, unit: str, shown: float) -> None:
    base = proportion_row(BASE, 43, 2_003)
    row = derived(base, value, unit)
    assert released([base, row])[row.id].estimate == pytest.approx(shown)


def test_the_interval_for_centres_is_worked_out_again_from_what_is_shown() -> None:
    """43 of 2,003 become 45 of 2,005, with effective people as many a person as before."""
    base = proportion_row(BASE, 43, 2_003)
    p, effective_n = 43 / 2_003, 1_000.0
    error = (p * (1 - p) / effective_n) ** 0.5
    row = replace(base, model="korn_graubard", std_error=error, lower=0.01, upper=0.04)
    found = released([base, row])[row.id]
    share = 0.5  # 1,000 of 2,003, to two digits
    limits = clopper_pearson(45 * share, 2_005 * share)
    assert (found.numerator, found.denominator) == (45, 2_005)
    assert found.lower == pytest.approx(limits.lower)
    assert found.upper == pytest.approx(limits.upper)


DEFINITIONS = [
    ({}, 43, 2_003),
    ({"level": "active"}, 38, 2_003),  # five have resolved
    ({"population": "all kidney replacement"}, 46, 2_600),  # three live with a graft
    ({"population": "all kidney replacement", "level": "active"}, 40, 2_600),
    ({"specification": "lab_off"}, 43, 2_003),
    ({"specification": "lab_any_mineral"}, 39, 2_003),
    ({"specification": "lab_unknown"}, 3, 2_003),
    ({"specification": "lab_pth_required"}, 20, 2_003),
]


def test_a_few_between_two_readings_cannot_be_worked_out() -> None:
    rows = [proportion_row(replace(BASE, **keys), x, n) for keys, x, n in DEFINITIONS]
    found = disclosed(rows, STRICT, "definite+probable")
    shown = {
        (row.population, row.level, row.specification): row.numerator
        for row in found
        if row.measure == "prevalence_point" and row.status == "ok"
    }
    assert ("on dialysis", "", "primary") in shown  # the study's own definition stays
    assert ("on dialysis", "active", "primary") not in shown
    assert ("all kidney replacement", "", "primary") not in shown
    assert ("on dialysis", "", "lab_any_mineral") not in shown
    assert recovered(found, RELEASE) == []
