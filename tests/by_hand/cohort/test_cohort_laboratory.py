"""Laboratory series and corrected calcium, with the vectors of Payne's formula (1973)."""

from __future__ import annotations

import numpy as np
import pytest
from small_bucket import bucket, on

from analysis.cohort.laboratory.corrected_calcium import correction_counts, correction_rows
from analysis.cohort.laboratory.known_values import Series, corrected_calcium, lab_series
from analysis.study import Exposures
from data_schema.declarations import analytes

CALCIUM = Exposures(labs=("calcium_corrected",))


def lab(day: int, analyte: str, value: float, **more) -> dict:
    return {"p": 0, "sample_date": on(day), "analyte": analyte, "value": value, **more}


def series(rows: list[dict], exposures: Exposures) -> dict[str, list[tuple[float, float]]]:
    found = lab_series(bucket([{}], labs=rows), exposures)
    return {
        name: list(zip(s.day.tolist(), np.round(s.value, 12).tolist(), strict=True))
        for name, s in found.items()
    }


@pytest.mark.parametrize(
    ("calcium", "albumin", "corrected"), [(2.30, 30, 2.50), (2.30, 45, 2.20), (2.30, 40, 2.30)]
)
def test_the_vectors_in_si(calcium: float, albumin: float, corrected: float) -> None:
    rows = [lab(10, "calcium", calcium), lab(10, "albumin", albumin)]
    assert series(rows, CALCIUM) == {"calcium_corrected": [(10, corrected)]}


@pytest.mark.parametrize(("calcium", "albumin", "corrected"), [(9.2, 3.0, 10.0), (9.2, 4.5, 8.8)])
def test_the_vectors_in_conventional_units(
    calcium: float, albumin: float, corrected: float
) -> None:
    """The slope in SI is rounded to 0.02 (0.01996), so mg/dL agree to a hundredth."""
    si = calcium * analytes()["calcium"].factor("mg/dL")
    rows = [lab(10, "calcium", si), lab(10, "albumin", 10 * albumin)]
    value = series(rows, CALCIUM)["calcium_corrected"][0][1]
    assert value / analytes()["calcium"].factor("mg/dL") == pytest.approx(corrected, abs=0.01)


@pytest.mark.parametrize(("day", "used"), [(6, True), (20, True), (5, False), (21, False)])
def test_an_albumin_of_the_fourteen_days_before_and_never_a_later_one(day: int, used: bool) -> None:
    rows = [lab(20, "calcium", 2.3), lab(day, "albumin", 30)]
    assert series(rows, CALCIUM)["calcium_corrected"] == ([(20, 2.5)] if used else [])


def test_the_latest_albumin_counts() -> None:
    rows = [
        lab(20, "calcium", 2.3),
        lab(8, "albumin", 20),
        lab(12, "albumin", 30),
        lab(21, "albumin", 45),
    ]
    assert series(rows, CALCIUM)["calcium_corrected"] == [(20, 2.5)]


def test_an_albumin_of_somebody_else_does_not_count() -> None:
    calcium = Series(np.array([0, 1]), *[np.array([20.0, 20.0])] * 2, np.array([2.3, 2.4]))
    albumin = Series(np.array([0]), *[np.array([20.0])] * 2, np.array([30.0]))
    corrected = corrected_calcium(calcium, albumin, 14)
    assert corrected.person.tolist() == [0]
    assert corrected.value.tolist() == [2.5]


def test_several_values_of_a_day_are_one_their_mean() -> None:
    rows = [lab(5, "pth", 40), lab(5, "pth", 60), lab(5, "phosphate", 2.0), lab(3, "pth", 10)]
    assert series(rows, Exposures(labs=("pth",))) == {"pth": [(3, 10), (5, 50)]}


def test_a_value_is_known_from_its_result_on_and_never_before_its_sample() -> None:
    rows = [
        lab(5, "pth", 40, result_date=on(9)),
        lab(30, "pth", 50, result_date=on(2)),
    ]
    assert series(rows, Exposures(labs=("pth",))) == {"pth": [(9, 40), (30, 50)]}


def test_values_from_after_a_session_are_left_out() -> None:
    rows = [lab(5, "phosphate", 0.9, timing="post"), lab(6, "phosphate", 1.9, timing="pre")]
    assert series(rows, Exposures(labs=("phosphate",))) == {"phosphate": [(6, 1.9)]}


def test_corrected_calcium_as_sent_where_the_protocol_says_so() -> None:
    rows = [lab(5, "calcium_corrected", 2.6), lab(5, "calcium", 2.3), lab(5, "albumin", 30)]
    as_sent = Exposures(labs=("calcium_corrected",), calcium="as_sent")
    assert series(rows, as_sent) == {"calcium_corrected": [(5, 2.6)]}


def test_pth_as_a_multiple_of_its_assay_s_upper_limit() -> None:
    """650 of at most 65 pg/mL and 69 of at most 6.9 pmol/L are ten times; a bound stays a bound."""
    rows = [
        lab(5, "pth", 650.0, value_si=69.0, assay_upper_limit=65.0),
        lab(6, "pth", 69.0, assay_upper_limit=6.9),
        lab(7, "pth", 2500.0, value_si=265.0, assay_upper_limit=50.0, comparator=">"),
        lab(8, "pth", 70.0),
        lab(9, "pth", 70.0, assay_upper_limit=0.0),
        lab(10, "calcium", 2.3, assay_upper_limit=2.6),
    ]
    found = series(rows, Exposures(labs=("pth", "pth_uln")))
    assert found["pth_uln"] == [(5, 10), (6, 10), (7, 50)]
    assert found["pth"] == [(5, 69), (6, 69), (7, 265), (8, 70), (9, 70)]


def test_two_assays_of_one_day_are_averaged_as_multiples() -> None:
    rows = [lab(5, "pth", 30.0, assay_upper_limit=5.0), lab(5, "pth", 60.0, assay_upper_limit=15.0)]
    assert series(rows, Exposures(labs=("pth_uln",))) == {"pth_uln": [(5, 5.0)]}


def test_a_source_s_own_corrected_calcium_never_enters_the_computed_one() -> None:
    rows = [
        lab(5, "calcium_corrected", 2.9),
        lab(9, "calcium", 2.3),
        lab(9, "albumin", 30),
        lab(12, "calcium_corrected", 2.8),
    ]
    assert series(rows, CALCIUM) == {"calcium_corrected": [(9, 2.5)]}


def test_values_of_corrected_calcium_are_counted_by_who_corrected_them() -> None:
    """Two computed, one without an albumin, one sent by the source; one after a session is none."""
    rows = [
        lab(5, "calcium_corrected", 2.9),
        lab(9, "calcium", 2.3),
        lab(9, "albumin", 30),
        lab(20, "calcium", 2.2),
        lab(60, "calcium", 2.4),
        lab(61, "calcium", 2.1, timing="post"),
    ]
    one = bucket([{}], labs=rows)
    found = correction_counts(one, CALCIUM, lab_series(one, CALCIUM))
    assert found == {"computed": 2, "without_albumin": 1, "as_sent": 1}
    said = {row.level: row.reason for row in correction_rows(found, CALCIUM)}
    assert "total calcium + 0.02 × (40 − albumin)" in said["computed"]
    assert "in no model" in said["as_sent"]
    as_sent = Exposures(labs=("calcium_corrected",), calcium="as_sent")
    found = correction_counts(one, as_sent, lab_series(one, as_sent))
    (row,) = correction_rows(found, as_sent)
    assert (row.level, row.numerator) == ("as_sent", 1)
    assert "none is computed" in row.reason
    pth = Exposures(labs=("pth",))
    assert not correction_counts(one, pth, lab_series(one, pth))


def test_an_albumin_of_the_same_draw_may_be_known_later() -> None:
    """Calcium known on day 10, albumin of the same draw on day 12: corrected from day 12."""
    rows = [lab(10, "calcium", 2.3), lab(10, "albumin", 30, result_date=on(12))]
    assert series(rows, CALCIUM)["calcium_corrected"] == [(12, 2.5)]


def test_an_albumin_drawn_after_the_calcium_is_not_used_however_late_the_result() -> None:
    rows = [lab(10, "calcium", 2.3, result_date=on(20)), lab(15, "albumin", 30)]
    assert series(rows, CALCIUM)["calcium_corrected"] == []


def test_of_two_samples_known_on_one_day_the_later_counts() -> None:
    rows = [
        lab(5, "pth", 10.0, result_date=on(20)),
        lab(10, "pth", 30.0, result_date=on(20)),
        lab(12, "pth", 40.0, result_date=on(25)),
        lab(11, "pth", 99.0, result_date=on(30)),
    ]
    assert series(rows, Exposures(labs=("pth",)))["pth"] == [(20, 30.0), (25, 40.0)]
