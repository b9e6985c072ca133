"""Units, bounds, limits, and centres that declare a unit they do not use."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from native_files import LABS, ingested, quality, rejects, used

from analysis.ingest import laboratory

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


def test_values_are_counted_alike_in_place_and_by_hashing(monkeypatch) -> None:
    rng = np.random.default_rng(20261122)
    cell = tuple(rng.integers(3, 3 + size, 400) for size in (4, 3, 6, 5, 30))
    found = []
    for most in (laboratory.MOST_COUNTED, 0):
        monkeypatch.setattr(laboratory, "MOST_COUNTED", most)
        keys, counts = laboratory._counted(cell)
        found.append(dict(zip(keys.tolist(), counts.tolist(), strict=True)))
    by_hand = Counter(zip(*(codes.tolist() for codes in cell), strict=True))
    space = tuple(laboratory.SPACE.values())
    expected = {int(np.ravel_multi_index(key, space)): n for key, n in by_hand.items()}
    assert found == [expected, expected]
