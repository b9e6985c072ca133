"""Which unit a centre's values are in: little registries whose answer is plain."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.ingest.units.evidence import candidates, log_total
from analysis.ingest.units.forensics import BINS_PER_OCTAVE, KEYS, unit_verdicts
from analysis.ingest.units.reference import located
from analysis.ingest.units.steps import likeliest_states
from data_schema.declarations import analytes

PG = 1 / 9.425  # pg/mL to pmol/L
LEVEL, SPREAD = {"pth": 34.0, "calcium": 2.25}, {"pth": 0.85, "calcium": 0.08}


def values(analyte: str, n: int, factor: float = 1.0) -> np.ndarray:
    """``n`` evenly spaced quantiles of dialysis patients, in canonical units times ``factor``."""
    z = norm.ppf((np.arange(n) + 0.5) / n)
    return LEVEL[analyte] * np.exp(SPREAD[analyte] * z) * factor


def cell(centre: str, unit: str, sent: np.ndarray, quarter: int = 0, analyte: str = "pth"):
    factor = {u.unit: u.factor for u in analytes()[analyte].units}[unit]
    bins = np.floor(np.log2(sent * factor) * BINS_PER_OCTAVE).astype(int)
    places, n = np.unique(bins, return_counts=True)
    keys = {"centre_id": centre, "analyte": analyte, "quarter": quarter, "unit": unit}
    return pd.DataFrame({**keys, "bin": pd.array(places, dtype="Int64"), "n": n})


def sound(analyte: str = "pth", unit: str = "pmol/L", quarters: int = 1) -> list[pd.DataFrame]:
    return [
        cell(f"S{c}", unit, values(analyte, 40), quarter, analyte)
        for c in range(5)
        for quarter in range(quarters)
    ]


def verdicts(*cells: pd.DataFrame, ranges: pd.DataFrame | None = None) -> pd.DataFrame:
    return unit_verdicts(pd.concat(cells), analytes(), ranges).set_index(KEYS)


def test_values_in_the_unit_declared() -> None:
    mass = cell("M", "pg/mL", values("pth", 40, 9.425))
    found = verdicts(*sound(), mass)
    assert (found["verdict"] == "declared").all()
    assert found.loc[("M", "pth", 0, "pg/mL"), "factor"] == pytest.approx(PG)
    assert found.loc[("S0", "pth", 0, "pmol/L"), "factor"] == 1.0
    assert (found["evidence"] < -5).all()


@pytest.mark.parametrize("n", [30, 400])
def test_a_centre_that_declares_the_other_unit(n: int) -> None:
    """320 "pmol/L" are 320 pg/mL, and 34 "pg/mL" are 34 pmol/L."""
    high = cell("H", "pmol/L", values("pth", n, 9.425))
    low = cell("L", "ng/L", values("pth", n))
    found = verdicts(*sound(), high, low)
    assert found["verdict"].value_counts().to_dict() == {"declared": 5, "swapped": 2}
    high, low = found.loc["H"].iloc[0], found.loc["L"].iloc[0]
    assert (high["factor"], high["resolved"]) == (pytest.approx(PG), "pg/mL")
    assert (low["factor"], low["resolved"]) == (1.0, "pmol/L")
    assert high["level"] - high["expected"] == pytest.approx(np.log2(9.425), abs=0.15)
    assert high["n"] == n and high["evidence"] > 5


def test_calcium_has_three_units() -> None:
    mmol = cell("A", "mg/dL", values("calcium", 30), analyte="calcium")
    meq = cell("B", "mmol/L", values("calcium", 30, 2.0), analyte="calcium")
    mass = cell("C", "mEq/L", values("calcium", 30, 4.0078), analyte="calcium")
    found = verdicts(*sound("calcium", "mmol/L"), mmol, meq, mass).droplevel([1, 2, 3])
    assert found.loc[["A", "B", "C"], "resolved"].tolist() == ["mmol/L", "mEq/L", "mg/dL"]


def test_a_swap_is_a_step_in_time() -> None:
    """Quarters 3 to 5 of 8 come in pg/mL; the fourth holds eight values, too few by itself."""
    cells = sound(quarters=8)
    for quarter in range(8):
        n = 8 if quarter == 4 else 30
        cells.append(
            cell("T", "pmol/L", values("pth", n, 9.425 if 3 <= quarter <= 5 else 1), quarter)
        )
    found = verdicts(*cells).loc["T"].droplevel([0, 2])
    assert found.index[found["verdict"] == "swapped"].tolist() == [3, 4, 5]
    assert found.loc[4, "n"] == 68
    assert (found["verdict"] == "declared").sum() == 5


def test_the_quarter_of_the_change_holds_both_units_and_is_refused() -> None:
    cells = sound(quarters=4)
    for quarter, factors in enumerate(((1,), (1,), (1, 9.425), (9.425,))):
        sent = np.concatenate([values("pth", 60 // len(factors), f) for f in factors])
        cells.append(cell("T", "pmol/L", sent, quarter))
    found = verdicts(*cells).loc["T"]
    assert found["verdict"].tolist() == ["declared", "declared", "ambiguous", "swapped"]
    assert np.isnan(found["factor"].iloc[2]) and found["resolved"].iloc[2] == ""


def test_values_in_no_listed_unit_are_refused() -> None:
    found = verdicts(*sound(), cell("X", "pmol/L", values("pth", 40, 3e5)))
    assert found.loc["X", "verdict"].tolist() == ["ambiguous"]


def test_between_two_units_nothing_is_converted() -> None:
    found = verdicts(*sound(), cell("X", "pmol/L", values("pth", 40, 9.425**0.5)))
    assert found.loc["X", "verdict"].tolist() != ["swapped"]


def test_fewer_than_thirty_values_are_never_converted() -> None:
    """29 are refused, for they can be in no other unit; 9 are too few to say so."""
    many = cell("A", "pmol/L", values("pth", 29, 9.425))
    few = cell("B", "pmol/L", values("pth", 9, 9.425))
    found = verdicts(*sound(), many, few)
    assert found.loc["A", "verdict"].tolist() == ["ambiguous"]
    assert found.loc["B", "verdict"].tolist() == ["declared"]
    assert np.isnan(found.loc["B", "evidence"].iloc[0])


def test_rows_without_a_centre_are_not_judged() -> None:
    found = verdicts(*sound(), cell("", "pmol/L", values("pth", 400, 9.425)))
    assert found.loc["", "verdict"].tolist() == ["declared"]


def test_an_extract_that_is_wrong_throughout_does_not_vouch_for_itself() -> None:
    cells = [cell(f"W{c}", "pmol/L", values("pth", 40, 9.425)) for c in range(6)]
    assert set(verdicts(*cells)["verdict"]) <= {"ambiguous", "swapped"}


def test_one_centre_alone_is_held_against_published_medians() -> None:
    assert verdicts(cell("A", "pmol/L", values("pth", 40)))["verdict"].tolist() == ["declared"]
    wrong = verdicts(cell("A", "pmol/L", values("pth", 40, 9.425)))
    assert wrong["verdict"].tolist() == ["ambiguous"]


def test_a_reported_range_decides_what_values_alone_leave_open() -> None:
    """The upper limit 65 beside "pmol/L" is one of pg/mL."""
    sent = cell("A", "pmol/L", values("pth", 40, 9.425))
    limits = [cell("A", "pmol/L", np.full(40, 65.0))]
    limits += [cell(f"S{c}", "pmol/L", np.full(40, 6.9)) for c in range(2)]
    two = [cell(f"S{c}", "pmol/L", values("pth", 40)) for c in range(2)]
    assert verdicts(sent, *two).loc["A", "verdict"].tolist() == ["ambiguous"]
    found = verdicts(sent, *two, ranges=pd.concat(limits))
    assert found.loc["A", "verdict"].tolist() == ["swapped"]


def test_bounds_take_the_verdict_of_the_quarters_beside_them() -> None:
    cells = sound(quarters=2) + [cell("T", "pmol/L", values("pth", 40, 9.425), 0)]
    bounds = cells[-1].iloc[:1].assign(quarter=1, bin=pd.array([pd.NA], dtype="Int64"), n=5)
    assert verdicts(*cells, bounds).loc["T", "verdict"].tolist() == ["swapped", "swapped"]


def test_the_order_of_rows_and_spellings_do_not_matter() -> None:
    cells = pd.concat([*sound(), cell("T", "pg/ml", values("pth", 20))])
    cells = pd.concat([cells, cell("T", "PG/ML", values("pth", 20))])
    found = unit_verdicts(cells, analytes())
    assert found.loc[found["centre_id"] == "T", "verdict"].tolist() == ["swapped"] * 2
    other = unit_verdicts(cells.sample(frac=1, random_state=3), analytes())
    pd.testing.assert_frame_equal(found, other)


def test_every_cell_has_one_verdict_and_an_unknown_unit_is_an_error() -> None:
    cells = pd.concat(sound(quarters=3))
    assert len(unit_verdicts(cells, analytes())) == len(cells[KEYS].drop_duplicates())
    assert unit_verdicts(cells.iloc[:0], analytes()).empty
    with pytest.raises(ValueError, match="unit 'stone'"):
        unit_verdicts(cells.assign(unit="stone"), analytes())
    with pytest.raises(ValueError, match="analyte 'hope'"):
        unit_verdicts(cells.assign(analyte="hope"), analytes())


def test_candidates_are_the_units_that_differ() -> None:
    assert candidates(analytes()["calcium"]).names == ("mmol/L", "mg/dL", "mEq/L")
    assert candidates(analytes()["bicarbonate"]).names == ("mmol/L",)


def test_trimmed_level_by_hand() -> None:
    """Ten values 0..9: without the first and the last the mean is 4.5; quartiles 2 and 7."""
    found = located(np.repeat([0, 2], [10, 1]), np.append(np.arange(10.0), 5), np.ones(11, int), 3)
    assert found.level.tolist()[::2] == [4.5, 5.0] and np.isnan(found.level[1])
    assert found.iqr.tolist()[::2] == [5.0, 0.0]
    assert found.n.tolist() == [10, 0, 1]


def test_likeliest_path_is_the_best_of_all_paths() -> None:
    rng = np.random.default_rng(5)
    fit = rng.normal(size=(6, 5, 3))
    found = likeliest_states(fit, 0.7)
    for row, path in zip(fit, found, strict=True):
        scores = {
            p: sum(row[q, s] for q, s in enumerate(p))
            - 0.7 * sum(a != b for a, b in itertools.pairwise(p))
            for p in itertools.product(range(3), repeat=5)
        }
        assert tuple(path) == max(scores, key=scores.get)


def test_a_total_of_logs_is_that_of_what_they_stand_for_and_silent_where_one_is_unknown():
    terms = np.log([[0.25, 0.5, 1.0], [1.0, 1.0, 2.0], [1.0, 1.0, 1.0]])
    terms[1, 2], terms[2, 0] = -np.inf, np.nan
    with np.errstate(all="raise"):
        total = log_total(terms)
    np.testing.assert_allclose(total, [np.log(1.75), np.log(2.0), np.nan], rtol=1e-15)
