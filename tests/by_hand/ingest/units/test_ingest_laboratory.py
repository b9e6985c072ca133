"""Units, bounds, limits, and centres that declare a unit they do not use."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from native_files import LABS, ingested, quality, rejects, used

from analysis.ingest.units import centre_units as laboratory
from data_schema.declarations import analytes
from data_schema.refusal import Refusal

VALUE = "01,2011-02-01,{analyte},{value},{unit},{centre}\n"


def lab(analyte: str, value: object, unit: str, centre: str = "C0") -> str:
    return VALUE.format(analyte=analyte, value=value, unit=unit, centre=centre)


CONVERSIONS = [
    ("pth", 600.0, "pg/mL", 600 / 9.425),
    ("pth", 60.0, "pmol/L", 60.0),
    ("calcium", 9.2, "mg/dL", 9.2 / 4.0078),
    ("phosphate", 5.5, "mg/dL", 5.5 / 3.0974),
    ("albumin", 3.5, "g/dL", 35.0),
]


def test_conversion(tmp_path: Path) -> None:
    stage = ingested(tmp_path, labs=LABS + "".join(lab(*row[:3]) for row in CONVERSIONS))
    kept = used(stage, "labs").set_index(["analyte", "unit"])
    counted = quality(stage, "unit_conversion").set_index(["term", "level"])
    assert len(kept) == len(counted) == len(CONVERSIONS)
    for analyte, value, unit, si in CONVERSIONS:
        assert kept.loc[(analyte, unit), "value_si"] == pytest.approx(si, rel=1e-9)
        assert kept.loc[(analyte, unit), "value"] == value
        assert counted.loc[(analyte, unit), "numerator"] == 1
        assert counted.loc[(analyte, unit), "x"] * value == pytest.approx(si, rel=1e-9)


def test_a_bound_is_kept_as_the_bound(tmp_path: Path) -> None:
    texts = ["<0.3", ">2500", " >= 40 ", "12.5"]
    stage = ingested(tmp_path, labs=LABS + "".join(lab("pth", t, "pg/mL") for t in texts))
    kept = used(stage, "labs").sort_values("_row")
    assert kept["value"].tolist() == [0.3, 2500, 40, 12.5]
    assert kept["comparator"].tolist() == ["<", ">", ">=", ""]
    flags = quality(stage, "flagged_rows").set_index("level")["numerator"]
    assert flags["bound"] == 3


def test_text_is_no_value(tmp_path: Path) -> None:
    texts = ['"1,5"', "12 pmol", "++", "1e3", "inf"]
    stage = ingested(tmp_path, labs=LABS + "".join(lab("pth", t, "pmol/L") for t in texts))
    assert rejects(stage) == [(row, "value", "not_a_number_or_bound") for row in range(2, 7)]


def centre(name: str, value: float, n: int, unit: str = "pmol/L") -> str:
    return "".join(
        f"{i % 10:02d},2011-03-{i // 10 + 1:02d},pth,{value + i / 100},{unit},{name}\n"
        for i in range(n)
    )


def test_a_centre_with_an_implausible_median_is_rejected_by_analyte(tmp_path: Path) -> None:
    """Twenty-nine values are too few to judge; 300 pg/mL is not 300 pmol/L."""
    text = LABS + centre("swapped", 300.0, 30) + centre("sound", 30.0, 30)
    text += centre("small", 300.0, 29) + centre("mass", 300.0, 30, "pg/mL")
    text += lab("phosphate", 1.8, "mmol/L", "swapped")
    stage = ingested(tmp_path, labs=text)
    assert rejects(stage) == [(row, "unit", "centre_unit_implausible") for row in range(2, 32)]
    kept = used(stage, "labs")
    assert kept.groupby(["centre_id", "analyte"]).size().to_dict() == {
        ("sound", "pth"): 30,
        ("small", "pth"): 29,
        ("mass", "pth"): 30,
        ("swapped", "phosphate"): 1,
    }


def test_values_outside_soft_limits_are_kept_and_flagged(tmp_path: Path) -> None:
    stage = ingested(tmp_path, labs=LABS + lab("pth", 400, "pmol/L") + lab("pth", 30, "pmol/L"))
    assert len(used(stage, "labs")) == 2
    flags = quality(stage, "flagged_rows")
    counted = flags.set_index("level")["numerator"].to_dict()
    assert counted == {"assay_unknown": 2, "outside_soft_limits": 1}


WORDS = {
    "analyte": ["albumin", "calcium", "pth"],
    "unit": ["mg/dL", "mmol/L", "pg/mL", "pmol/L"],
    "comparator": ["", "<"],
    "timing": ["post", "pre"],
    "_rule": ["value:missing"],
    "centre_id": ["C1", "C2", "C3"],
    "_out_of_scope": ["late"],
}


def drawn_batch(rng: np.random.Generator, n: int) -> pa.RecordBatch:
    """Rows of every kind: empty cells, bounds, rules, days before 1970, values of any size."""
    columns = {}
    for name, words in WORDS.items():
        empty = 0.9 if name in ("_rule", "_out_of_scope") else 0.05
        codes = pa.array(rng.integers(0, len(words), n), mask=rng.random(n) < empty)
        kind = pa.int32() if name in ("centre_id", "_out_of_scope") else pa.uint8()
        columns[name] = pa.DictionaryArray.from_arrays(codes.cast(kind), words)
    days = pa.array(rng.integers(-40_000, 40_000, n).astype(np.int32))
    columns["sample_date"] = days.cast(pa.date32())
    values = np.where(
        rng.random(n) < 0.05, rng.choice([0.0, -1.0, 1e-40, 1e40]), rng.gamma(2, 9, n)
    )
    for name in ("value", "assay_upper_limit"):
        columns[name] = pa.array(values, mask=rng.random(n) < 0.1)
    return pa.RecordBatch.from_pydict(columns)


def counted_by_hand(batch: pa.RecordBatch, column: str) -> Counter:
    found: Counter = Counter()
    for row in batch.to_pylist():
        factors = (
            {u.unit: u.factor for u in analytes()[row["analyte"]].units} if row["analyte"] else {}
        )
        left_out = row["_rule"] or row["_out_of_scope"] or row["timing"] == "post"
        if left_out or row[column] is None or row["unit"] not in factors:
            continue
        size = row[column] * factors[row["unit"]]
        plain = size > 0 and (column != "value" or row["comparator"] == "")
        place = None
        if plain:
            place = max(min(math.floor(8 * math.log2(size)), 1023), -1023)
        day = row["sample_date"]
        quarter = 4 * day.year + (day.month - 1) // 3
        found[row["centre_id"] or "", row["analyte"], quarter, row["unit"], place] += 1
    return found


@pytest.mark.parametrize("column", ["value", "assay_upper_limit"])
def test_values_are_counted_by_cell_and_add_up(column, monkeypatch) -> None:
    monkeypatch.setattr(laboratory, "MOST_PENDING", 700)
    rng = np.random.default_rng(20261129)
    batches = [drawn_batch(rng, n) for n in (4_000, 0, 3_000, 1)]
    whole, first, second = (laboratory.Histograms(column) for _ in range(3))
    for number, batch in enumerate(batches):
        whole.observe(batch)
        (first if number % 2 else second).observe(batch)
    first.add(second)
    expected: Counter = Counter()
    for batch in batches:
        expected += counted_by_hand(batch, column)
    assert len(expected) > 300
    for histogram in (whole, first):
        frame = histogram.frame()
        cells = frame[["centre_id", "analyte", "quarter", "unit", "bin"]].astype(object)
        cells = cells.where(cells.notna(), None).itertuples(index=False, name=None)
        assert dict(zip(cells, frame["n"], strict=True)) == expected
    pd.testing.assert_frame_equal(whole.frame(), first.frame())


def test_too_many_centres_are_refused(monkeypatch) -> None:
    monkeypatch.setitem(laboratory.SPACE, "centre_id", 3)
    with pytest.raises(Refusal, match="labs, column centre_id: holds more than 3 different values"):
        laboratory.Histograms().observe(drawn_batch(np.random.default_rng(1), 50))
