"""The reference reader against Python's csv module and by hand."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from clean_files import DATA_END
from damages import dirty_file
from reference_reader import BadQuoteError, physical_records, read_reference
from through_ingest import declared_file

HEADER = b"patient_id,date,system,code\n"


def read(lines: bytes, name: str = "procedures.csv"):
    return read_reference(name, HEADER + lines, declared_file("procedures"), DATA_END)


@pytest.mark.parametrize(
    "text",
    ["a,b\nc,d\n", "a,b\r\n\r\nc,d", 'a,"b\nc"\nd,""\n', 'a,"b""c",\n', "a\rb\n\nc", 'a,b"c\n'],
)
def test_cells_are_those_of_the_csv_module(text: str) -> None:
    cells = [cells for _, cells in physical_records(text)]
    assert cells == list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_cells_of_dirty_files_are_those_of_the_csv_module() -> None:
    """Where no blank stands beside a quote: there the csv module takes the quote for text."""
    compared = 0
    for seed in range(400):
        _, file, content, _ = dirty_file(seed)
        if file.endswith(".gz") or b' "' in content or b'" ' in content or len(content) > 100_000:
            continue
        try:
            text = content.decode()
            expected = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error):
            continue
        compared += 1
        assert [cells for _, cells in physical_records(text)] == expected
    assert compared > 200


@pytest.mark.parametrize("text", ['a,"b\n', 'a,"b" "c"\n', '"', 'a,"b"c"d\n'])
def test_a_quote_that_is_not_closed_at_the_end_of_its_cell(text: str) -> None:
    with pytest.raises(BadQuoteError):
        list(physical_records(text))


def test_records_by_hand() -> None:
    found = read(
        b'0001,2012-02-29,x,06.8b\n\n0002,2013-02-29,x,1\n" 7 ",2012-01-01,"a\nb",1\n,,,\n'
    )
    assert found.records == 6
    assert found.sound[2] == {
        "patient_id": "0001",
        "date": date(2012, 2, 29),
        "system": "x",
        "code": "068B",
        "_flagged": False,
    }
    assert found.sound[5]["patient_id"] == "7"
    assert sorted(found.broken) == [3, 4, 6]


@pytest.mark.parametrize("line", [b"\xff\n", b"a\x00\n", b'"\n'])
def test_what_no_record_of_may_be_used(line: bytes) -> None:
    assert read(line).refused
