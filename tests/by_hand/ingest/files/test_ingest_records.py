"""Record numbers are those of the file, whatever stands between; repeats count once."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pandas as pd
from native_files import LABS, PATIENTS, STUDY, ingested, quality, rejects, used

from analysis import ingest

GOOD = "01,2011-02-0{day},phosphate,1.{day},mmol/L,C0\n"


def labs(*records: str) -> str:
    return LABS + "".join(records)


def good(day: int) -> str:
    return GOOD.format(day=day)


def rows_of(stage: Path) -> list[tuple[int, str]]:
    """(record number, day of the sample) of the labs used."""
    frame = used(stage, "labs").sort_values("_row")
    days = pd.to_datetime(frame["sample_date"]).dt.strftime("%d").str.lstrip("0")
    return list(zip(frame["_row"].tolist(), days.tolist(), strict=True))


def test_whole_records_are_numbered_from_the_header(tmp_path: Path) -> None:
    stage = ingested(tmp_path, labs=labs(good(1), good(2)))
    assert rows_of(stage) == [(2, "1"), (3, "2")]
    assert rejects(stage) == []


def test_broken_and_blank_records_keep_their_numbers(tmp_path: Path) -> None:
    stage = ingested(
        tmp_path,
        labs=labs(
            good(1),  # 2
            "01,2011-02-02\n",  # 3
            "\n",  # 4
            good(4),  # 5
            "01,2011-02-05,pth,1,pmol/L,C0,more\n",  # 6
            "\n",  # 7
            "\n",  # 8
            good(8),  # 9
            "01\n",  # 10
        ),
    )
    assert rows_of(stage) == [(2, "1"), (5, "4"), (9, "8")]
    assert rejects(stage) == [
        (3, "", "too_few_cells"),
        (4, "", "blank_record"),
        (6, "", "too_many_cells"),
        (7, "", "blank_record"),
        (8, "", "blank_record"),
        (10, "", "too_few_cells"),
    ]


def test_the_first_records_may_be_the_broken_ones(tmp_path: Path) -> None:
    stage = ingested(tmp_path, labs=labs("\n", "01\n", good(3), good(4)))
    assert rows_of(stage) == [(4, "3"), (5, "4")]
    assert [row for row, *_ in rejects(stage)] == [2, 3]


def test_a_quoted_line_end_is_inside_one_record(tmp_path: Path) -> None:
    stage = ingested(
        tmp_path, labs=labs(good(1), '01,2011-02-02,pth,"1\n\n2",pmol/L,C0\n', good(3))
    )
    assert rows_of(stage) == [(2, "1"), (4, "3")]
    assert rejects(stage) == [(3, "value", "not_a_number_or_bound")]


def test_line_ends_of_another_system(tmp_path: Path) -> None:
    text = labs(good(1), "\n", good(3)).replace("\n", "\r\n")
    stage = ingested(tmp_path, labs=text)
    assert rows_of(stage) == [(2, "1"), (4, "3")]
    assert rejects(stage) == [(3, "", "blank_record")]


def test_parts_are_numbered_each_by_itself_and_may_be_zipped(tmp_path: Path) -> None:
    extract = tmp_path / "extract"
    (extract / "labs").mkdir(parents=True)
    (extract / "patients.csv").write_text(PATIENTS)
    (extract / "labs" / "a.csv").write_text(labs(good(1), "01\n", good(3)))
    with gzip.open(extract / "labs" / "b.csv.gz", "wt") as file:
        file.write(labs("\n", good(5)))
    ingest.run(STUDY, extract, tmp_path / "ingest", threads=1)
    frame = used(tmp_path / "ingest", "labs").sort_values(["_file", "_row"])
    assert frame[["_file", "_row"]].to_numpy().tolist() == [
        ["a.csv", 2],
        ["a.csv", 4],
        ["b.csv.gz", 3],
    ]
    assert [row for row, *_ in rejects(tmp_path / "ingest")] == [2, 3]


def test_the_first_of_equal_records_is_used(tmp_path: Path) -> None:
    stage = ingested(tmp_path, labs=labs(good(1), good(2), good(1), good(1)))
    assert rows_of(stage) == [(2, "1"), (3, "2")]
    assert rejects(stage) == [
        (4, "patient_id", "duplicate_row"),
        (5, "patient_id", "duplicate_row"),
    ]


def test_another_value_of_the_same_day_is_no_repeat(tmp_path: Path) -> None:
    again = good(1).replace("1.1", "1.9")
    assert rows_of(ingested(tmp_path, labs=labs(good(1), again))) == [(2, "1"), (3, "1")]


def test_a_rejected_record_is_not_the_one_that_a_good_one_repeats(tmp_path: Path) -> None:
    bad = good(1).replace("2011-02-01", "2011-02-31")
    stage = ingested(tmp_path, labs=labs(bad, good(1), bad))
    assert rows_of(stage) == [(3, "1")]
    assert [rule for *_, rule in rejects(stage)] == ["impossible_date", "impossible_date"]


BREAKS = [
    (",2011-02-01,pth,9,pmol/L,C0", "patient_id", "missing"),
    ("99,2011-02-01,pth,9,pmol/L,C0", "patient_id", "unknown_person"),
    ("1,2011-02-01,pth,9,pmol/L,C0", "patient_id", "unknown_person"),
    ("01,2011-2-1,pth,9,pmol/L,C0", "sample_date", "not_a_date"),
    ("01,1900-01-01,pth,9,pmol/L,C0", "sample_date", "placeholder_date"),
    ("01,2011-02-01,ferritin,9,ng/mL,C0", "analyte", "unknown_value"),
    ("01,2011-02-01,pth,nan,pmol/L,C0", "value", "not_a_number_or_bound"),
    ("01,2011-02-01,pth,,pmol/L,C0", "value", "missing"),
    ("01,2011-02-01,pth,9,furlong,C0", "unit", "unknown_unit"),
    ("01,2011-02-01,pth,1062,pmol/L,C0", "value", "outside_hard_limits"),
]


def test_each_rule_rejects_its_record(tmp_path: Path) -> None:
    stage = ingested(tmp_path, labs=labs(good(1), *(f"{cells}\n" for cells, *_ in BREAKS)))
    expected = [(row, column, rule) for row, (_, column, rule) in enumerate(BREAKS, start=3)]
    assert rejects(stage) == expected
    counted = quality(stage, "rejected_rows")
    assert dict(
        zip(counted["term"] + ":" + counted["level"], counted["numerator"], strict=True)
    ) == Counter(f"{column}:{rule}" for _, column, rule in BREAKS)


def test_a_sample_after_death_is_rejected_and_one_of_the_day_is_not(tmp_path: Path) -> None:
    patients = PATIENTS.replace("01,2010-01-04,", "01,2010-01-04,2011-02-02")
    stage = ingested(tmp_path, patients=patients, labs=labs(good(1), good(2), good(3)))
    assert rows_of(stage) == [(2, "1"), (3, "2")]
    assert rejects(stage) == [(4, "sample_date", "after_death")]


def test_what_lies_after_the_end_of_data_is_out_of_scope(tmp_path: Path) -> None:
    late = good(1).replace("2011", "2020")
    stage = ingested(tmp_path, labs=labs(good(1), late))
    rows = quality(stage, "rows")
    rows = rows[rows["strata"] == "file=labs.csv;table=labs"]
    assert rows[["level", "term", "numerator"]].to_numpy().tolist() == [
        ["total", "", 2],
        ["used", "", 1],
        ["out_of_scope", "after_end_of_data", 1],
        ["rejected", "", 0],
    ]
