"""Units and limits: the published case converts as its report says; no unit is ambiguous."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_schema.declarations import analytes, case_report, table

PTH_PG_PER_PMOL = 9.425
CALCIUM_MG_DL_PER_MMOL_L = 4.0078
PHOSPHORUS_MG_DL_PER_MMOL_L = 3.0974

# analyte, value as sent, unit as sent, value in the canonical unit, digits that the source prints
CONVERSIONS = [
    ("pth", 981.0, "pg/mL", 104.1, 1),
    ("pth", 9.4, "ng/L", 1.0, 1),
    ("calcium", 10.42, "mg/dL", 2.60, 2),
    ("calcium_corrected", 8.90, "mg/dL", 2.22, 2),
    ("calcium", 4.6, "mEq/L", 2.30, 2),
    ("phosphate", 7.62, "mg/dL", 2.46, 2),
    ("phosphate", 3.28, "mg/dL", 1.06, 2),
    ("albumin", 3.8, "g/dL", 38.0, 1),
    ("alkaline_phosphatase", 2.0, "ukat/L", 120.0, 1),
    ("alkaline_phosphatase", 95.0, "IU/L", 95.0, 1),
    ("vitamin_d_25oh", 20.0, "ng/mL", 49.92, 2),
    ("bicarbonate", 23.5, "mEq/L", 23.5, 1),
]


@pytest.mark.parametrize(("analyte", "value", "unit", "canonical", "digits"), CONVERSIONS)
def test_a_value_converts(
    analyte: str, value: float, unit: str, canonical: float, digits: int
) -> None:
    assert round(value * analytes()[analyte].factor(unit), digits) == canonical


@pytest.mark.parametrize(
    ("analyte", "unit", "constant"),
    [
        ("pth", "pg/mL", PTH_PG_PER_PMOL),
        ("pth", "ng/L", PTH_PG_PER_PMOL),
        ("calcium", "mg/dL", CALCIUM_MG_DL_PER_MMOL_L),
        ("calcium_corrected", "mg/dL", CALCIUM_MG_DL_PER_MMOL_L),
        ("calcium", "mEq/L", 2.0),
        ("phosphate", "mg/dL", PHOSPHORUS_MG_DL_PER_MMOL_L),
    ],
)
def test_a_conversion_has_one_constant_and_its_inverse(
    analyte: str, unit: str, constant: float
) -> None:
    assert analytes()[analyte].factor(unit) == 1.0 / constant


def test_mg_dl_of_calcium_is_twice_the_milliequivalent_constant() -> None:
    calcium = analytes()["calcium"]
    assert calcium.factor("mEq/L") / calcium.factor("mg/dL") == pytest.approx(2.0039, rel=1e-12)


def test_the_published_case_in_conventional_units() -> None:
    """Test vectors of the case: 981 pg/mL (982 with rounded constants), 10.42 and 7.62 mg/dL."""
    labs, known = case_report()["labs"], analytes()
    pth = labs["pth"]["before"] / known["pth"].factor("pg/mL")
    calcium = labs["calcium_corrected"]["before"] / known["calcium_corrected"].factor("mg/dL")
    phosphate = labs["phosphate"]["before"] / known["phosphate"].factor("mg/dL")
    assert abs(pth - 981) <= 1
    assert round(calcium, 2) == 10.42
    assert round(phosphate, 2) == 7.62
    assert round(calcium * phosphate, 1) == 79.4
    fall = 1 - labs["pth"]["after"] / labs["pth"]["before"]
    assert round(100 * fall, 1) == 99.0
    product_si = labs["calcium_corrected"]["before"] * labs["phosphate"]["before"]
    assert round(product_si, 3) == 6.396


def test_the_product_threshold_is_one_number_in_two_units() -> None:
    threshold = case_report()["thresholds"]["calcium_phosphate_product"]
    known = analytes()
    factor = known["calcium"].factor("mg/dL") * known["phosphate"].factor("mg/dL")
    assert round(threshold["conventional"] * factor, 2) == threshold["value"]
    assert 1 / factor == pytest.approx(12.414, abs=5e-4)


@pytest.mark.parametrize("name", ["pth", "calcium_corrected", "phosphate"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_case_lies_inside_the_hard_limits_in_the_canonical_unit(name: str, when: str) -> None:
    lab, analyte = case_report()["labs"][name], analytes()[name]
    assert lab["unit"] == analyte.unit
    assert analyte.hard[0] <= lab[when] <= analyte.hard[1]


# The formula that the cohort must follow, in both unit systems (Payne, 1973; two-sided).
CORRECTED = [
    ("mmol/L", "g/L", 2.30, 30.0, 2.50),
    ("mmol/L", "g/L", 2.30, 45.0, 2.20),
    ("mg/dL", "g/dL", 9.2, 3.0, 10.0),
    ("mg/dL", "g/dL", 9.2, 4.5, 8.8),
]


@pytest.mark.parametrize(("calcium_unit", "albumin_unit", "calcium", "albumin", "want"), CORRECTED)
def test_both_formulas_of_corrected_calcium_have_one_slope(
    calcium_unit: str, albumin_unit: str, calcium: float, albumin: float, want: float
) -> None:
    """0.02 mmol/L a g/L is 0.8 mg/dL a g/dL, to a quarter of a percent."""
    known = analytes()
    si = calcium * known["calcium"].factor(calcium_unit)
    grams = albumin * known["albumin"].factor(albumin_unit)
    corrected = (si + 0.02 * (40.0 - grams)) / known["calcium"].factor(calcium_unit)
    assert corrected == pytest.approx(want, abs=0.0025)


def test_every_analyte_that_a_lab_row_may_name_is_declared_and_no_other() -> None:
    column = next(c for c in table("labs").columns if c.name == "analyte")
    assert set(column.values) == set(analytes())


@pytest.mark.parametrize("name", sorted(analytes()))
class TestEveryAnalyte:
    def test_lists_its_canonical_and_its_conventional_unit(self, name: str) -> None:
        analyte = analytes()[name]
        assert analyte.factor(analyte.unit) == 1.0
        assert analyte.factor(analyte.conventional_unit) > 0

    def test_lists_each_unit_once(self, name: str) -> None:
        units = [row.unit for row in analytes()[name].units]
        assert len(units) == len(set(units))

    def test_gives_spellings_of_one_unit_one_factor(self, name: str) -> None:
        by_spelling: dict[str, set[float]] = {}
        for row in analytes()[name].units:
            plain = row.unit.lower().replace("µ", "u").replace("μ", "u")
            by_spelling.setdefault(plain, set()).add(row.factor)
        assert {unit: len(factors) for unit, factors in by_spelling.items()} == dict.fromkeys(
            by_spelling, 1
        )

    def test_says_where_each_factor_is_from(self, name: str) -> None:
        assert all(row.source and math.isfinite(row.factor) for row in analytes()[name].units)

    def test_has_soft_limits_inside_its_hard_ones(self, name: str) -> None:
        analyte = analytes()[name]
        assert analyte.hard[0] <= analyte.soft[0] < analyte.soft[1] <= analyte.hard[1]

    def test_refuses_a_unit_it_does_not_list(self, name: str) -> None:
        with pytest.raises(KeyError):
            analytes()[name].factor("furlongs")

    def test_a_plausible_median_can_be_reached_by_one_unit_only(self, name: str) -> None:
        """However a centre's values were labelled, at most one reading is plausible."""
        analyte = analytes()[name]
        if analyte.plausible_median is None:
            return
        low, high = analyte.plausible_median
        assert analyte.soft[0] <= low < high <= analyte.soft[1]
        factors = sorted({row.factor for row in analyte.units})
        for one, other in itertools.combinations(factors, 2):
            assert high / low < other / one


@given(st.floats(0.01, 1e4), st.sampled_from(sorted(analytes())))
def test_there_and_back_is_the_same_number(value: float, name: str) -> None:
    factor = analytes()[name].factor(analytes()[name].conventional_unit)
    assert value * factor / factor == pytest.approx(value, rel=1e-14)
