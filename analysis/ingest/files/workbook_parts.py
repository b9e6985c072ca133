"""Checks of a workbook's parts: cells without a value, and files that swell.

A workbook is a zip file of XML. Where a formula went wrong the cell holds ``#N/A`` or ``#REF!``,
and a program that never computed one leaves no value; the reader makes both an empty cell. A date
of death that is lost so would make its person live on: such a workbook is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import BadZipFile, ZipFile

from data_schema.refusal import Refusal, refusal

SHEETS = "xl/worksheets/"
BLOCK = 1 << 20
TRUSTED = 1 << 26  # bytes unpacked; the first of them may be of any ratio
MOST_SWELLING = 250  # bytes unpacked a byte of the file; XML of tables 10 to 40
SUSPECT = re.compile(rb"""\bt\s*=\s*["']e["']|<(\w+:)?f[\s/>]""")
LONGEST_SUSPECT = 100  # bytes


def refuse_lost_cells(part: Path) -> None:
    """Raises ``Refusal`` for cells whose value cannot be known; names the first."""
    try:
        with ZipFile(part) as parts:
            _refuse_swelling(part, sum(entry.file_size for entry in parts.infolist()))
            for name in sorted(parts.namelist()):
                if name.startswith(SHEETS) and name.endswith(".xml") and _is_suspect(parts, name):
                    with parts.open(name) as sheet:
                        _refuse_in_sheet(part, sheet)
    except (BadZipFile, ParseError, OSError, EOFError, NotImplementedError, RuntimeError):
        raise refusal("is not a whole workbook", file=part.name) from None


def _refuse_swelling(part: Path, unpacked: int) -> None:
    if unpacked > TRUSTED and unpacked > MOST_SWELLING * part.stat().st_size:
        problem = f"swells to more than {MOST_SWELLING} times its size"
        raise refusal(problem, file=part.name)


def _is_suspect(parts: ZipFile, name: str) -> bool:
    """Whether a sheet may hold errors or formulas; most hold none and need not be parsed."""
    before = b""
    with parts.open(name) as sheet:
        while block := sheet.read(BLOCK):
            if SUSPECT.search(before + block):
                return True
            before = block[-LONGEST_SUSPECT:]
    return False


def _refuse_in_sheet(part: Path, sheet: IO[bytes]) -> None:
    for cell in _cells(sheet):
        if cell.get("t") == "e":
            raise _at(part, cell, "holds an error such as #N/A or #REF!")
        kinds = {_name(inner) for inner in cell if inner.text or _name(inner) != "v"}
        is_text = cell.get("t") == "str"  # an empty text is a value
        if "f" in kinds and "v" not in kinds and not is_text:
            raise _at(part, cell, "holds a formula whose value was not saved")


def _cells(sheet: IO[bytes]) -> Iterator[Element]:
    for _, element in iterparse(sheet):
        if _name(element) == "c":
            yield element
        if _name(element) == "row":
            element.clear()


def _name(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _at(part: Path, cell: Element, problem: str) -> Refusal:
    place = re.fullmatch(r"([A-Z]+)([0-9]+)", cell.get("r") or "")
    if not place:
        return refusal(problem, file=part.name)
    return refusal(problem, file=part.name, row=int(place[2]), column=place[1])
