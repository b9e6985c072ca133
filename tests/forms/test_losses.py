"""What each kind of loss takes from a table, by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from analysis.simulate.forms.losses import changed_rows, coarsen, folded
from data_schema.declarations import Loss, source, source_names

LABS = pd.DataFrame(
    [
        ("A", "2014-01-05", "calcium", "2.30", "mmol/L", "", "pre"),
        ("A", "2014-01-20", "calcium", "9.4", "mg/dL", "", "post"),
        ("A", "2014-02-28", "calcium", "2.40", "mmol/L", "", ""),
        ("A", "2014-01-20", "pth", "104.1", "pmol/L", "6.9", "pre"),
        ("B", "2014-01-20", "calcium", "8.8", "mg/dL", "", "pre"),
    ],
    columns=[
        "patient_id",
        "sample_date",
        "analyte",
        "value",
        "unit",
        "assay_upper_limit",
        "timing",
    ],
)
SPELLS = pd.DataFrame(
    [("A", "2014-03-01", "HD"), ("A", "2014-09-01", "PD"), ("B", "2013-05-05", "HD")],
    columns=["patient_id", "start_date", "modality"],
)
PEOPLE = pd.DataFrame(
    [("A", "2013-11-11"), ("B", "2013-05-05")], columns=["patient_id", "first_dialysis_date"]
)
TABLES = {"patients": PEOPLE, "modality_spells": SPELLS, "labs": LABS}


def loss(kind: str, **keys) -> Loss:
    return Loss(**{"table": "labs", "says": "a test", "loss": kind, **keys})


def left(*losses: Loss) -> pd.DataFrame:
    return coarsen(TABLES, losses)["labs"]


def test_a_table_that_loses_everything_is_gone() -> None:
    assert "labs" not in coarsen(TABLES, [loss("absent")])
    assert changed_rows(TABLES, loss("absent")) == 5


def test_rows_are_lost_by_their_cells_and_dates() -> None:
    assert set(left(loss("absent", where={"analyte": ["pth"]}))["analyte"]) == {"calcium"}
    early = loss("absent", from_date=date(2014, 1, 20), to_date=date(2014, 2, 28))
    assert list(left(early)["sample_date"]) == ["2014-01-05", "2014-02-28"]


def test_a_column_is_emptied_where_it_is_lost() -> None:
    cells = left(loss("absent", column="timing", where={"patient_id": ["A"]}))["timing"]
    assert list(cells) == ["", "", "", "", "pre"]


def test_dates_are_cut_to_months_and_years() -> None:
    cut = left(loss("month", column="sample_date", stands_for="-15"))["sample_date"]
    assert list(cut.unique()) == ["2014-01-15", "2014-02-15"]
    end = left(loss("month", column="sample_date", stands_for="end"))["sample_date"]
    assert list(end.unique()) == ["2014-01-31", "2014-02-28"]
    year = left(loss("year", column="sample_date", stands_for="-07-01"))["sample_date"]
    assert set(year) == {"2014-07-01"}


def test_levels_become_others_and_an_empty_cell_can_become_one() -> None:
    levels = {"post": "pre", "": "unknown"}
    cells = left(loss("levels", column="timing", levels=levels))["timing"]
    assert list(cells) == ["pre", "pre", "unknown", "pre", "pre"]


def test_values_and_their_limits_are_written_in_the_unit_of_the_form() -> None:
    only = {"analyte": ["calcium"]}
    calcium = left(loss("unit", where=only, unit="mg/dL", decimals=1))
    # 2.30 and 2.40 mmol/L x 4.0078
    assert list(calcium["value"]) == ["9.2", "9.4", "9.6", "104.1", "8.8"]
    pth = left(loss("unit", where={"analyte": ["pth"]}, unit="pg/mL", decimals=0)).iloc[3]
    # 104.1 and 6.9 pmol/L x 9.425
    assert (pth["value"], pth["assay_upper_limit"], pth["unit"]) == ("981", "65", "pg/mL")


def test_of_a_month_only_the_last_is_left() -> None:
    kept = left(loss("last_of_month", column="analyte"))
    assert list(zip(kept["patient_id"], kept["sample_date"], kept["analyte"], strict=True)) == [
        ("A", "2014-01-20", "calcium"),
        ("A", "2014-02-28", "calcium"),
        ("A", "2014-01-20", "pth"),
        ("B", "2014-01-20", "calcium"),
    ]


def test_only_the_first_of_a_person_is_left() -> None:
    assert list(left(loss("first", column="analyte")).index) == [0, 1, 2]


def test_the_first_spell_is_dated_back_and_no_other() -> None:
    back = loss("backdated", table="modality_spells", column="start_date")
    spells = coarsen(TABLES, [back])["modality_spells"]
    assert list(spells["start_date"]) == ["2013-11-11", "2014-09-01", "2013-05-05"]
    assert changed_rows(TABLES, back) == 1


FOLDED = {
    "into the one before": (
        [("2014-01-01", "2014-06-01", "HD"), ("2014-06-01", "2014-07-01", "PD")],
        [("2014-01-01", "2014-07-01", "HD")],
    ),
    "into the one after, where it is the first": (
        [("2014-01-01", "2014-02-01", "PD"), ("2014-02-01", "", "HD")],
        [("2014-01-01", "", "HD")],
    ),
    "and what it parted is one again": (
        [
            ("2014-01-01", "2014-06-01", "HD"),
            ("2014-06-01", "2014-07-01", "PD"),
            ("2014-07-01", "", "HD"),
        ],
        [("2014-01-01", "", "HD")],
    ),
    "not over a gap": (
        [("2014-01-01", "2014-06-01", "HD"), ("2014-06-02", "2014-07-01", "PD")],
        [("2014-01-01", "2014-06-01", "HD"), ("2014-06-02", "2014-07-01", "PD")],
    ),
    "not into a transplant, and no transplant": (
        [("2014-01-01", "2014-02-01", "HD"), ("2014-02-01", "2014-02-11", "TX")],
        [("2014-01-01", "2014-02-01", "HD"), ("2014-02-01", "2014-02-11", "TX")],
    ),
    "not at 60 days": (
        [("2014-01-01", "2014-06-01", "HD"), ("2014-06-01", "2014-07-31", "PD")],
        [("2014-01-01", "2014-06-01", "HD"), ("2014-06-01", "2014-07-31", "PD")],
    ),
}


@pytest.mark.parametrize("case", FOLDED)
def test_short_dialysis_spells_are_folded(case) -> None:
    given, expected = FOLDED[case]
    columns = ["patient_id", "start_date", "end_date", "modality"]
    spells = pd.DataFrame([("A", *row) for row in given], columns=columns)
    other = spells.assign(patient_id="B")  # the same of another person changes nothing
    found = folded(pd.concat([spells, other], ignore_index=True), 60)
    for person in ("A", "B"):
        rows = found[found["patient_id"] == person][columns[1:]]
        assert list(rows.itertuples(index=False, name=None)) == expected


def test_losses_act_in_their_order_and_change_nothing_given() -> None:
    before = LABS.copy()
    last = loss("last_of_month", column="analyte")
    month = loss("month", column="sample_date", stands_for="end")
    assert list(left(last, month)["value"]) == ["9.4", "2.40", "104.1", "8.8"]
    pd.testing.assert_frame_equal(LABS, before)


@pytest.mark.parametrize("name", source_names())
def test_what_a_source_loses_stands_in_the_tables(name) -> None:
    for one in source(name).losses:
        assert one.says[0].isupper()
        assert one.column or one.loss in ("absent", "unit", "untreated")
