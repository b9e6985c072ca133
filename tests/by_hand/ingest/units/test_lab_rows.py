"""Rules, order and repeats of laboratory rows against loops that say what is meant."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.ingest.second_pass import lab_rows
from analysis.ingest.second_pass.bucket_rows import KnownPeople
from analysis.ingest.second_pass.lab_rows import LabRows
from analysis.ingest.units.centre_units import NO_BIN, bins_of, first_day_of, quarters_of
from data_schema.declarations import analytes

RNG = np.random.default_rng(20261129)
ANALYTES, UNITS, CENTRES = ["calcium", "phosphate"], ["mg/dL", "mmol/L", "cups"], ["C1", "C2"]
PEOPLE, END = 20, 90
IN_TRUTH = {"swapped": "mmol/L", "ambiguous": ""}
FACTOR = 1.5  # of the unit in truth


def drawn(n: int, values: list, missing: float) -> list:
    return [None if RNG.random() < missing else values[k] for k in RNG.integers(0, len(values), n)]


def rows_of(cells: dict[str, list]) -> LabRows:
    kinds = {"_row": pa.int64(), "_person": pa.int32(), "sample_date": pa.int32()}
    columns = {name: pa.array(given, kinds.get(name)) for name, given in cells.items()}
    columns["sample_date"] = columns["sample_date"].cast(pa.date32())
    encoded = {
        name: pa.array(given, pa.string()).dictionary_encode()
        for name, given in cells.items()
        if name not in {*kinds, "value"}
    }
    return LabRows(pa.table(columns | encoded))


def some_rows(n: int) -> dict[str, list]:
    return {
        "_file": ["f.csv"] * n,
        "_row": [*range(2, n + 2)],
        "_person": drawn(n, [*range(PEOPLE)], 0.05),
        "sample_date": RNG.integers(-10, 110, n).tolist(),
        "analyte": drawn(n, ANALYTES, 0.02),
        "unit": drawn(n, UNITS, 0.02),
        "centre_id": drawn(n, CENTRES, 0.1),
        "value": [None if RNG.random() < 0.03 else v for v in np.exp(RNG.normal(1, 2, n))],
        "_rule": drawn(n, ["value:missing"], 0.9),
        "_flag": drawn(n, ["value:bound"], 0.9),
        "_out_of_scope": drawn(n, ["elsewhere"], 0.9),
    }


def verdicts() -> dict[tuple[str, str, str], str]:
    """By centre, analyte and unit, in the first quarter of 1970."""
    return {
        ("C1", "calcium", "mg/dL"): "swapped",
        ("C2", "phosphate", "mg/dL"): "ambiguous",
        ("", "calcium", "mmol/L"): "ambiguous",
        ("C1", "phosphate", "mmol/L"): "declared",
    }


def frame(given: dict[tuple[str, str, str], str]) -> pd.DataFrame:
    found = pd.DataFrame(given.keys(), columns=["centre_id", "analyte", "unit"])
    found["verdict"] = pd.Series([*given.values()], dtype=object)
    return found.assign(quarter=4 * 1970, factor=FACTOR, resolved="mmol/L")


class OneRow:
    """A row by the rules as the docstring of ``check`` lists them, one after the other."""

    def __init__(self, row: dict, birth: np.ndarray, death: np.ndarray) -> None:
        self.row = row
        self.rule, self.flag, self.scope = (
            row[k] or "" for k in ("_rule", "_flag", "_out_of_scope")
        )
        self.inside = self.scope == ""
        named = row["analyte"]
        listed = {u.unit: u.factor for u in analytes()[named].units} if named else {}
        factor = listed.get(row["unit"], np.nan)
        self.breaks(np.isnan(factor), "unit:unknown_unit")
        in_quarter = 0 <= row["sample_date"] < 90
        key = (row["centre_id"] or "", named, row["unit"])
        verdict = verdicts().get(key, "declared") if in_quarter else "declared"
        self.resolved = IN_TRUTH.get(verdict, "")
        self.breaks(verdict == "ambiguous", "unit:centre_unit_implausible")
        self.flagged(verdict == "swapped", "unit:unit_resolved")
        value = np.nan if row["value"] is None else row["value"]
        self.si = value * (FACTOR if verdict == "swapped" else factor)
        if named:
            hard, soft = analytes()[named].hard, analytes()[named].soft
            self.breaks(self.si < hard[0] or self.si > hard[1], "value:outside_hard_limits")
            self.flagged(self.si < soft[0] or self.si > soft[1], "value:outside_soft_limits")
        if not self.rule and not self.scope and row["sample_date"] > END:
            self.scope = "after_end_of_data"
        person = row["_person"]
        self.breaks(person is None, "patient_id:unknown_person")
        if person is not None:
            self.breaks(row["sample_date"] > death[person], "sample_date:after_death")
            self.breaks(row["sample_date"] < birth[person], "sample_date:before_birth")

    def breaks(self, broken: bool, name: str) -> None:
        if broken and self.inside and not self.rule:
            self.rule = name

    def flagged(self, odd: bool, name: str) -> None:
        if odd and not self.flag:
            self.flag = name


def test_rules_flags_and_scope_are_set_in_their_order() -> None:
    n = 6_000
    cells = some_rows(n)
    birth, death = (
        np.where(RNG.random(PEOPLE) < 0.4, np.nan, RNG.integers(0, 100, PEOPLE)) for _ in range(2)
    )
    rows = rows_of(cells)
    people = KnownPeople(pa.array([f"{k:02d}" for k in range(PEOPLE)]), birth, death)
    lab_rows.check(rows, frame(verdicts()), people, date(1970, 1, 1) + timedelta(END))
    by_hand = [
        OneRow(dict(zip(cells, row, strict=True)), birth, death)
        for row in zip(*cells.values(), strict=True)
    ]
    every = np.arange(n)
    assert rows.rule.names_at(every).tolist() == [one.rule for one in by_hand]
    assert rows.flag.names_at(every).tolist() == [one.flag for one in by_hand]
    assert rows.scope.names_at(every).tolist() == [one.scope for one in by_hand]
    assert rows.resolved.names_at(every).tolist() == [one.resolved for one in by_hand]
    np.testing.assert_array_equal(rows.value_si, [one.si for one in by_hand])
    seen = Counter(name for one in by_hand for name in (one.rule, one.flag, one.scope))
    rules = {"unit:centre_unit_implausible", "unit:unknown_unit", "value:outside_hard_limits"}
    rules |= {"patient_id:unknown_person", "sample_date:after_death", "sample_date:before_birth"}
    assert rules <= set(seen)
    assert {"unit:unit_resolved", "value:outside_soft_limits", "after_end_of_data"} <= set(seen)


@pytest.mark.parametrize("n", [0, 1, 2, 700])
@pytest.mark.parametrize("reverse", [False, True])
def test_rows_are_in_order_and_repeats_are_rejected(n: int, reverse: bool) -> None:
    """By person, day and analyte, then as they come; few values, so that many repeat."""
    cells = some_rows(n) | {"_out_of_scope": [None] * n}
    cells["_person"] = drawn(n, [0, 1, 2], 0)
    cells["sample_date"] = sorted(RNG.integers(-20, 20, n).tolist(), reverse=reverse)
    cells |= {"analyte": drawn(n, ANALYTES, 0), "value": drawn(n, [1.0, 2.0], 0)}
    rows = rows_of(cells)
    columns = ("_person", "sample_date", "analyte")
    key = [tuple(cells[name][i] for name in columns) for i in range(n)]
    whole = [(*key[i], cells["value"][i], cells["unit"][i]) for i in range(n)]
    sound = [i for i in range(n) if cells["_rule"][i] is None]
    rank = {name: place for place, name in enumerate(rows.analytes)}
    sound.sort(key=lambda i: (*key[i][:2], rank[key[i][2]], i))
    first = {whole[i]: i for i in reversed(sound)}
    expected = [i for i in sound if first[whole[i]] == i]
    assert lab_rows.in_order(rows).tolist() == expected
    repeats = set(sound) - set(expected)
    found = np.flatnonzero(rows.rule.names_at(np.arange(n)) == "patient_id:duplicate_row")
    assert set(found.tolist()) == repeats
    assert n < 700 or len(repeats) > 100


def test_a_day_is_in_its_quarter() -> None:
    days = np.arange(-200_000, 200_000, 13).astype(np.int32)
    quarter = quarters_of(days)
    for place in range(0, len(days), 7):
        on = date(1970, 1, 1) + timedelta(days=int(days[place]))
        assert quarter[place] == 4 * on.year + (on.month - 1) // 3
    assert np.all(first_day_of(quarter) <= days)
    assert np.all(days < first_day_of(quarter + 1))
    assert len(quarters_of(days[:0])) == 0


def test_a_value_is_of_the_size_that_its_logarithm_says() -> None:
    powers = 2.0 ** np.arange(-100, 101)
    values = np.concatenate(
        [
            np.exp(RNG.uniform(-40, 40, 4_000)),
            powers,
            np.nextafter(powers, 0),
            [0.0, -1.0, -np.inf, 5e-324, 1e-310, 1.7e308, np.inf],
        ]
    )
    mantissa, exponent = np.frexp(values)
    steps = 2.0 ** (np.arange(8) / 8 - 1)
    expected = 8 * (exponent - 1) + (mantissa[:, None] >= steps).sum(axis=1) - 1
    expected[np.isinf(values)] = 8 * 1024
    inside = np.clip(expected, NO_BIN + 1, -NO_BIN - 1)
    assert bins_of(values).tolist() == np.where(values > 0, inside, NO_BIN).tolist()
