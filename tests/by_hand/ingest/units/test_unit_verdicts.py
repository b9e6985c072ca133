"""Verdicts on units reach the rows of their centre, analyte, quarter and unit, and no others."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.ingest.second_pass.bucket_rows import KnownPeople
from analysis.ingest.second_pass.lab_rows import LabRows, check
from analysis.ingest.second_pass.unit_verdicts import UnitSeries, UnitVerdicts

CENTRES, ANALYTES, UNITS = ["C2", "C1"], ["calcium", "pth"], ["mg/dL", "pmol/L"]
VERDICTS = ("declared", "swapped", "ambiguous")
FIRST = date(1969, 10, 1)

series = some.tuples(
    some.sampled_from(["", *CENTRES, "C9"]),
    some.sampled_from([*ANALYTES, "albumin"]),
    some.integers(4 * 1969 + 3, 4 * 1970 + 2),
    some.sampled_from([*UNITS, "g/L"]),
)
rows = some.tuples(
    some.integers(-1, 1), some.integers(-1, 1), some.integers(-1, 1), some.integers(0, 300)
)


def frame(verdicts: dict[tuple, str]) -> pd.DataFrame:
    found = pd.DataFrame(verdicts.keys(), columns=["centre_id", "analyte", "quarter", "unit"])
    found["verdict"] = pd.Series([*verdicts.values()], dtype=object)
    found["factor"] = np.where(found["verdict"] == "ambiguous", np.nan, 2.0)
    return found.assign(resolved="mmol/L")


def quarter(day: date) -> int:
    return 4 * day.year + (day.month - 1) // 3


def word(words: list[str], code: int, none: str | None) -> str | None:
    return none if code < 0 else words[code]


@settings(max_examples=150, deadline=None)
@given(some.dictionaries(series, some.sampled_from(VERDICTS), max_size=20), some.lists(rows))
def test_a_row_has_the_verdict_on_its_quarter(verdicts, asked) -> None:
    declared = UnitVerdicts.of(frame(verdicts), CENTRES, ANALYTES, UNITS)
    centre, analyte, unit, after = np.array([*asked, (0, 0, 0, 0)], dtype=np.int32).T.copy()
    day = after + np.int32((FIRST - date(1970, 1, 1)).days)
    found = declared.of_rows(UnitSeries(centre, analyte, unit.astype(np.int16), day))
    for n, place in enumerate(found):
        key = (
            word(CENTRES, centre[n], ""),
            word(ANALYTES, analyte[n], None),
            quarter(FIRST + timedelta(int(after[n]))),
            word(UNITS, unit[n], None),
        )
        verdict = verdicts.get(key, "declared")
        assert (place >= 0) == (verdict != "declared")
        if place >= 0:
            assert np.isnan(declared.factor[place]) == (verdict == "ambiguous")
            assert declared.resolved[place] == ("mmol/L" if verdict == "swapped" else "")


def labs(centre: list[str], scope: list[str | None]) -> LabRows:
    """Calcium of 10 mg/dL in January 1970, of one person."""
    n = len(centre)
    words = {"centre_id": centre, "_out_of_scope": scope, "_rule": [None] * n, "_flag": [None] * n}
    words |= {"analyte": ["calcium"] * n, "unit": ["mg/dL"] * n, "_file": ["f"] * n}
    cells = {
        name: pa.array(given, pa.string()).dictionary_encode() for name, given in words.items()
    }
    cells |= {"_row": pa.array(range(2, n + 2)), "_person": pa.array([0] * n, pa.int32())}
    cells["sample_date"] = pa.array([5] * n, pa.int32()).cast(pa.date32())
    cells["value"] = pa.array([10.0] * n)
    return LabRows(pa.table(cells))


def test_another_unit_converts_and_flags_and_none_that_fits_rejects_what_is_in_scope() -> None:
    first = 4 * 1970
    verdicts = frame(
        {
            ("C1", "calcium", first, "mg/dL"): "swapped",
            ("C2", "calcium", first, "mg/dL"): "ambiguous",
            ("C3", "calcium", first + 1, "mg/dL"): "ambiguous",
        }
    ).assign(factor=[0.2, np.nan, np.nan])
    found = labs(["C1", "C2", "C2", "C3"], [None, None, "elsewhere", None])
    nobody = np.array([np.nan])
    check(found, verdicts, KnownPeople(pa.array(["a"]), nobody, nobody), date(2000, 1, 1))
    every = np.arange(4)
    assert found.rule.names_at(every).tolist() == ["", "unit:centre_unit_implausible", "", ""]
    assert found.flag.names_at(every).tolist() == ["unit:unit_resolved", "", "", ""]
    assert found.resolved.names_at(every).tolist() == ["mmol/L", "", "", ""]
    np.testing.assert_allclose(found.value_si, [2.0, 2.495, 2.495, 2.495], rtol=1e-4)
