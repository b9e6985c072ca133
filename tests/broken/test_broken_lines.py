"""Lines that dirty files taught: each once changed something silently, or ended in a crash."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from tiny_extract import tables, write_extract


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


def test_one_more_empty_cell_is_one_cell_too_many(rejects, extract: Path) -> None:
    path = extract / "labs.csv"
    lines = path.read_bytes().split(b"\n")
    lines[4] += b","
    path.write_bytes(b"\n".join(lines))
    assert rejects(extract) == [("labs.csv", 5, "", "too_many_cells")]


def test_mixed_line_ends_move_no_record_number(rejects, extract: Path) -> None:
    path = extract / "labs.csv"
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b",C", b",\r\nC")
    lines[9] = lines[9].replace(b"2010", b"20I0")
    path.write_bytes(b"\n".join(lines))
    assert sorted(rejects(extract)) == [
        ("labs.csv", 6, "", "too_few_cells"),
        ("labs.csv", 11, "sample_date", "not_a_date"),
    ]


def test_a_gzip_file_with_a_wrong_byte(refused, extract: Path) -> None:
    whole = bytearray(gzip.compress((extract / "labs.csv").read_bytes(), mtime=0))
    (extract / "labs.csv").unlink()
    whole[40] ^= 0xFF
    (extract / "labs.csv.gz").write_bytes(whole)
    assert refused(extract).startswith("labs.csv.gz")


def test_a_line_break_within_the_header(refused, extract: Path) -> None:
    path = extract / "labs.csv"
    path.write_bytes(path.read_bytes().replace(b"centre_id", b'"centre_id\n"', 1))
    line = refused(extract)
    assert line == "labs.csv, row 1: has a quote or a line break within a name"


@pytest.mark.parametrize("value", ["1_000", "1e999"])
def test_what_only_an_engine_takes_for_a_number(ingested, value: str) -> None:
    content = tables()
    content["patients"][5]["age_at_first_dialysis"] = value
    for row in content["patients"]:
        row.setdefault("age_at_first_dialysis", "")
    found = pd.read_parquet(ingested(content) / "rejects.parquet")
    first = found.iloc[0]
    assert (first["row"], first["rule"]) == (7, "not_a_number")


def test_a_bad_quote_that_swallowed_lines_is_not_one_short_record(refused, extract: Path) -> None:
    path = extract / "labs.csv"
    lines = path.read_bytes().split(b"\n")
    lines[4] = lines[4].replace(b",C", b',"C')
    lines[9] = lines[9].replace(b",C", b', "x"C')
    path.write_bytes(b"\n".join(lines))
    assert refused(extract) == "labs.csv, row 5: a quote is opened and never closed"


def test_a_nul_far_into_a_file(refused, extract: Path) -> None:
    row = b"0001,2012-01-01,pth,20,pmol/L,C1\n"
    with (extract / "labs.csv").open("ab") as file:
        file.write(row * 20_000 + row.replace(b"0001", b"00\x0001"))
    assert refused(extract) == f"labs.csv, row {1 + 1440 + 20_001}: holds a NUL character"


@pytest.mark.parametrize("born", ["0000", "0000-07", "0000-07-01"])
def test_there_is_no_year_nought(rejects, born: str) -> None:
    content = tables()
    content["patients"][5]["birth_date"] = born
    found = [reject for reject in rejects(content) if reject[0] == "patients.csv"]
    assert found == [("patients.csv", 7, "birth_date", "impossible_date")]


def test_a_byte_of_another_encoding_in_the_header_of_a_long_file(refused, extract: Path) -> None:
    path = extract / "labs.csv"
    head, rows = path.read_bytes().replace(b"unit", b"un\xc6it", 1).split(b"\n", 1)
    path.write_bytes(head + b"\n" + rows * 3)
    assert refused(extract) == "labs.csv, row 1: is not utf-8"


@pytest.mark.parametrize("first", [1, 30, 1400])
def test_lines_that_begin_to_end_in_another_way(refused, extract: Path, first: int) -> None:
    path = extract / "labs.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n", first))
    line = refused(extract)
    assert line == f"labs.csv, row {first + 1}: lines end in several ways"


def test_a_tab_in_place_of_a_digit(rejects) -> None:
    content = tables()
    content["labs"][5]["sample_date"] = "2012-02-3\t"
    assert rejects(content) == [("labs.csv", 7, "sample_date", "not_a_date")]
