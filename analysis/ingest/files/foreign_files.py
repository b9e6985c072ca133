"""Files of statistical packages and workbooks, turned once into cells of text.

Stata, SPSS and SAS are read by ReadStat (pyreadstat), workbooks by calamine. What a cell becomes:

- a number: the shortest text that is that number (``7``, ``1.5``); single precision as written
  in single precision;
- a date: ``YYYY-MM-DD``; with a time of day other than midnight, the time follows;
- a value with a label: its label, since that is what the sender reads;
- a missing value, also a special one (SAS ``.A`` to ``.Z``, user-missing in SPSS): missing;
- text: as it stands, without the blanks that pad it.

What such a form cannot carry: an identifier kept as a number has lost its leading zeros, and one
of many digits its last ones (``number_text``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from itertools import count
from os import SEEK_END
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
from python_calamine import CalamineWorkbook

from analysis import store
from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.files.number_text import EXACT, SHORTENED, number_text
from analysis.ingest.files.workbook_parts import refuse_lost_cells
from data_schema.refusal import refusal

PACKAGES: dict[str, tuple[str, Callable]] = {
    ".dta": ("a whole Stata file", pyreadstat.read_dta),
    ".sav": ("a whole SPSS file", pyreadstat.read_sav),
    ".xpt": ("a whole SAS transport file", pyreadstat.read_xport),
    ".sas7bdat": ("a whole SAS file", pyreadstat.read_sas7bdat),
}
ROWS_AT_ONCE = 50_000
SAS = (".xpt", ".sas7bdat")
SAS_EPOCH = datetime(1960, 1, 1)
WHOLE_DOUBLE, SHORTEST_DOUBLE = 8, 3  # bytes
TRANSPORT_BLOCK = 80  # bytes; SAS pads the last one
TRANSPORT_MEMBERS = (b"HEADER RECORD*******MEMBER  HEADER", b"HEADER RECORD*******MEMBV8  HEADER")
TRANSPORT_ROWS = (b"HEADER RECORD*******OBS     HEADER", b"HEADER RECORD*******OBSV8   HEADER")
STATA_TAGS = (b"<stata_dta>", b"</stata_dta>")  # since release 117


def as_text(found: dict[str, FoundFile], folder: Path) -> dict[str, FoundFile]:
    """``found`` with every foreign part replaced by its text, under the same name in ``folder``.

    The text is Parquet; row ``i`` of it is record ``i`` of the file. Raises ``Refusal``.
    """
    return {
        name: replace(file, parts=tuple(_text_of(p, folder) for p in file.parts))
        if file.is_foreign
        else file
        for name, file in found.items()
    }


def _text_of(part: Path, folder: Path) -> Path:
    target = store.inside(store.private_folder(folder), part.name)
    rows = _workbook(part) if part.suffix.lower() == ".xlsx" else _package_file(part)
    store.write_frames(target, rows)
    return target


def _package_file(part: Path) -> Iterator[pd.DataFrame]:
    kind, reader = PACKAGES[part.suffix.lower()]
    if part.suffix.lower() == ".dta":
        _refuse_open_stata(part, kind)
    try:
        yield from _chunks(part, reader)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError):
        raise refusal(f"is not {kind}", file=part.name) from None
    except OverflowError:
        raise refusal("holds a date after the year 9999", file=part.name) from None


def _chunks(part: Path, reader: Callable) -> Iterator[pd.DataFrame]:
    _, meta = reader(str(part), metadataonly=True)
    if part.suffix.lower() == ".sav" and meta.number_rows is None:
        # -1 in its header, as by a program that wrote into a pipe: cut short it would seem whole
        raise refusal("does not say how many records it holds: save it again", file=part.name)
    if part.suffix.lower() in SAS:
        _refuse_two_bytes(part, meta)
    if part.suffix.lower() == ".xpt":
        _refuse_broken_transport(part, sum(meta.variable_storage_width.values()))
    empty = pd.DataFrame({name: pd.Series([], dtype=object) for name in meta.column_names})
    yield empty
    # not pyreadstat's own loop over chunks: it never ends where a format has no count of records
    for offset in count(0, ROWS_AT_ONCE):
        columns, described = reader(
            str(part), row_offset=offset, row_limit=ROWS_AT_ONCE, output_format="dict"
        )
        read = len(next(iter(columns.values()), []))
        if read:
            how = {name: _how(name, described, part) for name in columns}
            yield pd.DataFrame({name: _texts(columns[name], how[name]) for name in columns})
        if read < ROWS_AT_ONCE:
            return


def _texts(cells: list, how: dict[str, Any]) -> pd.Series:
    return pd.Series(list(map(partial(_cell, **how), cells)), dtype=object)


def _how(name: str, described: Any, part: Path) -> dict[str, Any]:
    kind = "float" if described.readstat_variable_types.get(name) == "float" else "double"
    width = described.variable_storage_width.get(name, WHOLE_DOUBLE)
    if part.suffix.lower() in SAS and width < WHOLE_DOUBLE:
        kind = f"{width} bytes"
    return {"labels": described.variable_value_labels.get(name, {}), "kind": kind}


def _refuse_two_bytes(part: Path, described: Any) -> None:
    """Numbers of two bytes, which mainframes write, are read as missing by ReadStat."""
    for name, kind in described.readstat_variable_types.items():
        width = described.variable_storage_width.get(name, WHOLE_DOUBLE)
        if kind != "string" and width < SHORTEST_DOUBLE:
            problem = f"is of numbers of {width} bytes, which cannot be read: send 8"
            raise refusal(problem, file=part.name, column=name.lower())


def _refuse_open_stata(part: Path, kind: str) -> None:
    with part.open("rb") as file:
        first = file.read(len(STATA_TAGS[0]))
        file.seek(-min(part.stat().st_size, len(STATA_TAGS[1])), SEEK_END)
        if first == STATA_TAGS[0] and file.read() != STATA_TAGS[1]:
            raise refusal(f"is not {kind}", file=part.name)


def _refuse_broken_transport(part: Path, width: int) -> None:
    """The format does not say how many records it holds: its length and members must fit.

    After the last record of ``width`` bytes come blanks up to the end of a block, and no more.
    A file cut where a record and a block of 80 bytes end together cannot be distinguished from a
    whole one.
    """
    members, first_row, at, tail = 0, 0, 0, b""
    with part.open("rb") as file:
        for block in iter(lambda: file.read(TRANSPORT_BLOCK), b""):
            members += block.startswith(TRANSPORT_MEMBERS)
            at += len(block)
            if block.startswith(TRANSPORT_ROWS):
                first_row = at
        last = first_row + (at - first_row) // max(width, 1) * width
        file.seek(last)
        tail = file.read()
    if members > 1:
        raise refusal("holds more than one table: send one a file", file=part.name)
    if at % TRANSPORT_BLOCK or len(tail) >= TRANSPORT_BLOCK or tail.strip(b" "):
        problem = "is not a whole SAS transport file: its last record is cut short"
        raise refusal(problem, file=part.name)


def _workbook(part: Path) -> Iterator[pd.DataFrame]:
    refuse_lost_cells(part)
    try:
        book = CalamineWorkbook.from_path(str(part))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except Exception:
        raise refusal("is not a whole workbook", file=part.name) from None
    filled = [sheet for sheet in sheets if sheet.start is not None]
    if len(filled) != 1:
        raise refusal("needs one sheet with cells, and only one", file=part.name)
    if filled[0].merged_cell_ranges:
        raise refusal("has merged cells", file=part.name)
    header, *rows = filled[0].to_python(skip_empty_area=False)
    names = [_cell(cell) or "" for cell in header]
    repeated = [name for i, name in enumerate(names) if name and name in names[:i]]
    if "" in names or repeated:
        problem = "stands in the header twice" if repeated else "a column has no name"
        raise refusal(problem, file=part.name, row=1, column="".join(repeated[:1]))
    cells = ([_cell(cell) for cell in column] for column in zip(*rows, strict=True))
    yield pd.DataFrame({name: pd.Series([], dtype=object) for name in names})
    if rows:
        yield pd.DataFrame(dict(zip(names, cells, strict=True)), dtype=object)


def _is_rounded(value: date, kind: str) -> bool:
    """Whether a date of SAS is counted in more days or seconds than its few bytes keep apart."""
    if isinstance(value, datetime):
        return abs((value - SAS_EPOCH).total_seconds()) >= EXACT[kind]
    return abs((value - SAS_EPOCH.date()).days) >= EXACT[kind]


def _cell(value: Any, labels: dict | None = None, kind: str = "workbook") -> str | None:
    if labels and value in labels:
        value = labels[value]
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_text(float(value), kind)
    if isinstance(value, date) and kind in SHORTENED and _is_rounded(value, kind):
        return number_text(EXACT[kind], kind)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip() or None
