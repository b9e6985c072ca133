"""Workbooks: a cell whose value cannot be known is no empty cell."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from tiny_extract import Row, person, tables, write_extract

PLACE = "patients.xlsx, row 7, column "


def people(folder: Path, edit: Callable[[openpyxl.Workbook], None] = lambda _: None) -> Path:
    """The small extract with people as a workbook, edited."""
    extract = write_extract(folder / "extract", tables())
    rows: list[Row] = tables()["patients"]
    book = openpyxl.Workbook()
    for row in [list(rows[0]), *(list(r.values()) for r in rows)]:
        book.active.append(row)
    edit(book)
    book.save(extract / "patients.xlsx")
    (extract / "patients.csv").unlink()
    return extract


def setting(place: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: book.active.__setitem__(place, value)


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_an_error_in_a_cell_that_may_be_empty(refused, tmp_path: Path, error: str) -> None:
    """As an empty date of death it would make its person live on."""
    line = refused(people(tmp_path, setting("E7", error)))
    assert line == f"{PLACE}E: holds an error such as #N/A or #REF!"


def test_a_formula_that_was_never_computed(refused, tmp_path: Path) -> None:
    line = refused(people(tmp_path, setting("E7", "=D7+100")))
    assert line == f"{PLACE}E: holds a formula whose value was not saved"


def rewritten(extract: Path, old: bytes, new: bytes) -> Path:
    """The sheet of the workbook with these bytes in place of those."""
    path = extract / "patients.xlsx"
    with zipfile.ZipFile(path) as parts:
        content = {name: parts.read(name) for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in content[sheet]
    content[sheet] = content[sheet].replace(old, new, 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, what in content.items():
            parts.writestr(name, what)
    return extract


@pytest.mark.parametrize(
    "computed",
    [
        b'<c r="E7" t="str"><f>"" &amp; ""</f><v></v></c>',
        b'<c r="E7" t="str"><f>TEXT(D7,"yyyy-mm-dd")</f><v>2012-01-01</v></c>',
    ],
)
def test_a_formula_with_its_value_is_a_cell(ingested, tmp_path: Path, computed: bytes) -> None:
    extract = people(tmp_path, setting("E7", "=1"))
    out = ingested(rewritten(extract, b'<c r="E7"><f>1</f><v /></c>', computed))
    people_read = pd.read_parquet(out / "patients")
    died = people_read.set_index("patient_id")["death_date"]
    assert str(died.loc[person(5)]) == ("2012-01-01" if b"2012" in computed else "None")


def test_a_note_on_another_sheet_is_not_passed_over(refused, tmp_path: Path) -> None:
    line = refused(people(tmp_path, lambda book: book.create_sheet("notes").append(["see me"])))
    assert line == "patients.xlsx: needs one sheet with cells, and only one"


def test_a_workbook_of_a_header_alone(refused, tmp_path: Path) -> None:
    line = refused(people(tmp_path, lambda book: book.active.delete_rows(2, 60)))
    assert line.startswith("patients.xlsx: holds no person")


def test_a_workbook_that_swells(refused, tmp_path: Path) -> None:
    row = b"<row><c t='inlineStr'><is><t>x</t></is></c></row>"
    swollen = row * 2_000_000 + b"</sheetData>"
    line = refused(rewritten(people(tmp_path), b"</sheetData>", swollen))
    assert line == "patients.xlsx: swells to more than 250 times its size"


def test_a_row_of_a_workbook_is_numbered_as_it_stands(rejects, tmp_path: Path) -> None:
    found = rejects(people(tmp_path, setting("C5", "soon")))
    assert [one for one in found if one[0] == "patients.xlsx"] == [
        ("patients.xlsx", 5, "birth_date", "not_a_date")
    ]
