"""Files of statistical packages and workbooks: the same cells of text as the CSV beside them."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from analysis import store
from analysis.ingest.files.find_files import FoundFile, find_files
from analysis.ingest.files.foreign_files import as_text
from data_schema.declarations import SourceFile, source
from data_schema.refusal import Refusal

DAY = datetime.date(2010, 2, 28)
CELLS = pd.DataFrame(
    {
        "id": ["007", " b ", "c"],
        "value": [1.5, np.nan, 3.0],
        "sex": [1.0, 2.0, 9.0],
        "day": [DAY, None, datetime.date(1900, 1, 1)],
    }
)
TEXT = {
    "id": ["007", "b", "c"],
    "value": ["1.5", None, "3"],
    "sex": ["1", "2", "9"],
    "day": ["2010-02-28", None, "1900-01-01"],
}


def found(path: Path) -> dict[str, FoundFile]:
    return {path.stem: FoundFile(SourceFile(name=path.stem, columns=()), (path,))}


def text_of(path: Path, folder: Path) -> dict[str, list]:
    part = as_text(found(path), folder)[path.stem].parts[0]
    assert part.name == path.name
    frame = store.read_frame(part)
    return {name: [v or None for v in frame[name]] for name in frame.columns}


def write_workbook(path: Path, rows: list[list], sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        ("dta", pyreadstat.write_dta),
        ("sav", pyreadstat.write_sav),
        ("xpt", lambda frame, path: pyreadstat.write_xport(frame, path, file_format_version=8)),
    ],
)
def test_a_package_file_holds_the_text_of_its_cells(suffix, write, tmp_path: Path) -> None:
    path = tmp_path / f"labs.{suffix}"
    write(CELLS, str(path))
    assert text_of(path, tmp_path / "text") == TEXT


@pytest.mark.parametrize("at_once", [1, 2, 3])
@pytest.mark.parametrize("suffix", ["dta", "sav", "xport"])
def test_a_file_read_in_parts_loses_no_record(suffix, at_once, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("analysis.ingest.files.foreign_files.ROWS_AT_ONCE", at_once)
    path = tmp_path / f"labs.{suffix.replace('xport', 'xpt')}"
    getattr(pyreadstat, f"write_{suffix}")(CELLS, str(path))
    assert text_of(path, tmp_path / "text") == TEXT


def test_a_label_stands_for_its_value_and_user_missing_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "labs.sav"
    labels = {"sex": {1: "female", 2: "male", 9: "refused"}}
    pyreadstat.write_sav(
        CELLS, str(path), variable_value_labels=labels, missing_ranges={"sex": [9]}
    )
    assert text_of(path, tmp_path / "text")["sex"] == ["female", "male", None]


def test_single_precision_reads_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "labs.dta"
    frame = pd.DataFrame({"value": np.array([1.1, 2.5, 1e-7], dtype=np.float32)})
    frame.to_stata(path, write_index=False)
    assert text_of(path, tmp_path / "text")["value"] == ["1.1", "2.5", "1e-07"]


def test_a_workbook_holds_the_text_of_its_cells(tmp_path: Path) -> None:
    header, *rows = [list(CELLS.columns), *CELLS.astype(object).values.tolist()]
    rows = [[None if pd.isna(cell) else cell for cell in row] for row in rows]
    path = write_workbook(tmp_path / "labs.xlsx", [header, *rows])
    assert text_of(path, tmp_path / "text") == TEXT


@pytest.mark.needs_r
def test_a_sas_file_holds_the_text_of_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "labs.sas7bdat"
    script = (
        'd <- data.frame(id = c("007", "b", "c"), value = c(1.5, NA, 3), '
        'day = as.Date(c("2010-02-28", NA, "1900-01-01"))); '
        f'suppressWarnings(haven::write_sas(d, "{path}"))'
    )
    subprocess.run(["Rscript", "-e", script], check=True, capture_output=True)
    assert text_of(path, tmp_path / "text") == {name: TEXT[name] for name in ("id", "value", "day")}
    cut = tmp_path / "cut.sas7bdat"
    cut.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Refusal, match="cut.sas7bdat: is not a whole SAS file"):
        text_of(cut, tmp_path / "text")


@pytest.mark.parametrize("suffix", ["dta", "sav", "xpt", "xlsx"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.97])
def test_a_file_cut_short_is_refused(suffix: str, share: float, tmp_path: Path) -> None:
    whole = tmp_path / f"whole.{suffix}"
    many = pd.concat([CELLS] * 100, ignore_index=True)
    if suffix == "xlsx":
        write_workbook(whole, [["a", "b"]] + [[i, i] for i in range(300)])
    else:
        getattr(pyreadstat, f"write_{suffix.replace('xpt', 'xport')}")(many, str(whole))
    content = whole.read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(content[: int(len(content) * share) - 1])
    with pytest.raises(Refusal, match=f"^cut.{suffix}: is not a whole"):
        text_of(cut, tmp_path / "text")
    assert not (tmp_path / "text" / cut.name).exists()


def test_a_transport_file_of_two_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labs.xpt"
    pyreadstat.write_xport(CELLS, str(path), file_format_version=5)
    content = path.read_bytes()
    path.write_bytes(content + content[content.index(b"HEADER RECORD*******MEMBER") :])
    with pytest.raises(Refusal, match="more than one table"):
        text_of(path, tmp_path / "text")


@pytest.mark.parametrize(
    ("rows", "sheets", "says"),
    [
        ([["id", "id"], [1, 2]], 1, "row 1, column id: stands in the header twice"),
        ([["id", None], [1, 2]], 1, "row 1: a column has no name"),
        ([["id"], [1]], 2, "needs one sheet"),
        ([], 1, "needs one sheet"),
    ],
)
def test_a_workbook_that_is_not_one_table_is_refused(rows, sheets, says, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "labs.xlsx", rows, sheets)
    with pytest.raises(Refusal, match=says):
        text_of(path, tmp_path / "text")


def test_merged_cells_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "labs.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["id", "value"])
    book.active.append(["a", "b"])
    book.active.merge_cells("A2:B2")
    book.save(path)
    with pytest.raises(Refusal, match="has merged cells"):
        text_of(path, tmp_path / "text")


def test_a_folder_of_two_formats_is_refused(tmp_path: Path) -> None:
    inner = tmp_path / "centres"
    inner.mkdir()
    pyreadstat.write_dta(CELLS, str(inner / "a.dta"))
    shutil.copy(inner / "a.dta", inner / "b.csv")
    shutil.copy(inner / "a.dta", tmp_path / "patients.dta")
    with pytest.raises(Refusal, match="several formats"):
        find_files(tmp_path, source("native"))


@pytest.mark.parametrize("cut", [0, 24])
@pytest.mark.parametrize("how", [{}, {"row_compress": True}, {"compress": True}])
def test_an_spss_file_that_does_not_say_how_long_it_is(how, cut: int, tmp_path: Path) -> None:
    """Cut by a whole record it would be read as one record shorter."""
    path = tmp_path / "labs.sav"
    pyreadstat.write_sav(CELLS, str(path), **how)
    content = path.read_bytes()
    assert content[80:84] == len(CELLS).to_bytes(4, "little")
    unknown = content[:80] + b"\xff" * 4 + content[84:]
    path.write_bytes(unknown[: len(unknown) - cut])
    with pytest.raises(Refusal, match=r"^labs.sav: does not say how many records it holds"):
        text_of(path, tmp_path / "text")
