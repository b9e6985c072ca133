"""Files that are not what the source declares: one line naming file, row, column and rule."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tiny_extract import person, tables, write_extract

from analysis import ingest
from analysis.study import Study

Refused = Callable[..., str]
SECRET = "Zyxomma"  # a cell's content that no message may repeat


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


def test_a_legal_extract_is_ingested(ingested, extract: Path) -> None:
    out = ingested(extract)
    assert (out / "manifest.json").exists()
    assert len(pd.read_parquet(out / "rejects.parquet")) == 0


def test_no_such_folder(refused: Refused, tmp_path: Path) -> None:
    assert "no such folder" in refused(tmp_path / "nowhere")


def test_a_required_file_is_missing(refused: Refused, extract: Path) -> None:
    (extract / "patients.csv").unlink()
    assert refused(extract).startswith("patients: not in the extract")


def test_a_required_column_is_missing(refused: Refused) -> None:
    content = tables()
    content["labs"] = [{k: v for k, v in r.items() if k != "unit"} for r in content["labs"]]
    assert refused(content) == "labs.csv, row 1: the header lacks unit"


def test_a_file_is_empty(refused: Refused, extract: Path) -> None:
    (extract / "labs.csv").write_bytes(b"")
    assert "labs.csv" in refused(extract)


def test_nobody_is_in_the_file_of_people(refused: Refused) -> None:
    content = tables() | {"patients": []}
    line = refused(content, patients=["patient_id", "first_dialysis_date"])
    assert line.startswith("patients.csv")


@pytest.mark.parametrize(
    "name", ["labs", "diagnoses", "procedures", "assessments", "modality_spells", "coverage"]
)
def test_another_table_may_be_empty(ingested, name: str) -> None:
    content = tables()
    header = list(content[name][0])
    out = ingested(content | {name: []}, **{name: header})
    assert len(pd.read_parquet(out / name)) == 0


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252"])
def test_the_encoding_is_another_one(refused: Refused, extract: Path, encoding: str) -> None:
    text = (extract / "patients.csv").read_text("utf-8").replace("C1", "Ärztehaus")
    (extract / "patients.csv").write_bytes(text.encode(encoding))
    line = refused(extract)
    assert line.startswith("patients.csv, row ")
    assert "utf-8" in line


def test_an_encoding_error_far_into_a_file(refused: Refused, extract: Path) -> None:
    row = f"{person(1)},2012-01-01,pth,20,pmol/L,C1\n".encode()
    with (extract / "labs.csv").open("ab") as file:
        file.write(row * 20_000 + row.replace(b"C1", b"C\xff"))
    assert refused(extract) == f"labs.csv, row {1 + 1440 + 20_001}: is not utf-8"


def test_a_byte_order_mark_is_not_part_of_the_first_column(ingested, extract: Path) -> None:
    path = extract / "patients.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(pd.read_parquet(ingested(extract) / "patients")) == 60


def test_a_column_stands_twice(refused: Refused, extract: Path) -> None:
    path = extract / "patients.csv"
    path.write_text(path.read_text("utf-8").replace("birth_date", "sex", 1), "utf-8")
    assert refused(extract) == "patients.csv, row 1, column sex: stands in the header twice"


def test_a_quote_is_never_closed(refused: Refused, extract: Path) -> None:
    path = extract / "patients.csv"
    path.write_text(path.read_text("utf-8") + f'"{SECRET},male,,2011-01-01,,C1\n', "utf-8")
    line = refused(extract)
    assert line.startswith("patients.csv, row ")
    assert SECRET not in line


def test_the_delimiter_is_another_one(refused: Refused, extract: Path) -> None:
    path = extract / "patients.csv"
    path.write_text(path.read_text("utf-8").replace(",", ";"), "utf-8")
    line = refused(extract)
    assert line == "patients.csv, row 1: the header lacks patient_id, first_dialysis_date"


def test_a_gzip_file_is_cut_short(refused: Refused, extract: Path) -> None:
    whole = gzip.compress((extract / "labs.csv").read_bytes())
    (extract / "labs.csv").unlink()
    (extract / "labs.csv.gz").write_bytes(whole[: len(whole) // 2])
    assert refused(extract).startswith("labs.csv.gz")


def test_a_gzip_file_is_read_as_the_plain_one(ingested, extract: Path) -> None:
    plain = (extract / "labs.csv").read_bytes()
    (extract / "labs.csv").unlink()
    (extract / "labs.csv.gz").write_bytes(gzip.compress(plain))
    assert len(pd.read_parquet(ingested(extract) / "labs")) == 1440


def test_a_parquet_file_is_no_parquet_file(refused: Refused, extract: Path) -> None:
    (extract / "labs.csv").rename(extract / "labs.parquet")
    assert refused(extract) == "labs.parquet: is not a whole Parquet file"


def test_a_table_is_there_twice(refused: Refused, extract: Path) -> None:
    (extract / "labs.parquet").write_bytes(b"PAR1")
    assert refused(extract) == "labs: is in the extract more than once"


def test_records_cut_wrongly_are_rejected_by_their_physical_number(rejects, extract: Path) -> None:
    lines = (extract / "labs.csv").read_text("utf-8").splitlines()
    lines[4] = f"{person(0)},2010-03-05"  # row 5: too few cells
    lines[9] = lines[9] + f",{SECRET}"  # row 10: too many
    lines[11] = lines[11].replace("2010", "20I0")  # row 12: not a date
    (extract / "labs.csv").write_text("\n".join(lines) + "\n", "utf-8")
    found = sorted(rejects(extract), key=lambda reject: reject[1])
    assert found == [
        ("labs.csv", 5, "", "too_few_cells"),
        ("labs.csv", 10, "", "too_many_cells"),
        ("labs.csv", 12, "sample_date", "not_a_date"),
    ]


def test_a_blank_line_does_not_shift_the_numbers_of_records(rejects, extract: Path) -> None:
    lines = (extract / "labs.csv").read_text("utf-8").splitlines()
    lines[9] += f",{SECRET}"
    lines[11] = lines[11].replace("2010", "20I0")
    lines.insert(4, "")
    (extract / "labs.csv").write_text("\n".join(lines) + "\n", "utf-8")
    found = sorted(reject for reject in rejects(extract) if reject[1] != 5)
    assert found == [
        ("labs.csv", 11, "", "too_many_cells"),
        ("labs.csv", 13, "sample_date", "not_a_date"),
    ]


def test_lines_may_end_as_on_windows(rejects, extract: Path) -> None:
    path = extract / "labs.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert rejects(extract) == []


def test_a_cell_may_hold_a_line_break_and_counts_as_one_record(ingested, extract: Path) -> None:
    path = extract / "centres.csv"
    text = path.read_text("utf-8").replace("second generation", '"second\ngeneration"', 1)
    path.write_text(text, "utf-8")
    centres = pd.read_parquet(ingested(extract) / "centres")
    assert list(zip(centres["centre_id"], centres["_row"], strict=True)) == [
        ("C0", 2),
        ("C1", 3),
        ("C2", 4),
    ]


def test_a_link_that_leaves_the_extract_is_not_followed(
    refused: Refused, extract: Path, tmp_path: Path
) -> None:
    (extract / "labs.csv").rename(tmp_path / "elsewhere.csv")
    (extract / "labs.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert refused(extract).startswith("labs.csv")


@pytest.mark.parametrize("name", ["an extract", "o'brien", "ünïcode", 'quo"te'])
def test_a_folder_of_the_user_may_have_any_name(ingested, tmp_path: Path, name: str) -> None:
    out = ingested(write_extract(tmp_path / name, tables()))
    assert len(pd.read_parquet(out / "patients")) == 60


def test_the_folder_for_results_may_have_a_quote_in_its_name(
    study: Study, extract: Path, tmp_path: Path
) -> None:
    ingest.run(study, extract, tmp_path / "o'brien")


def test_a_header_without_an_end(refused: Refused, extract: Path) -> None:
    """Cut where it is looked at, its last name would be another one."""
    path = extract / "labs.csv"
    head, rows = path.read_bytes().split(b"\n", 1)
    path.write_bytes(head + b"," + b"x" * 100_000 + b"\n" + rows)
    assert refused(extract) == "labs.csv, row 1: the header is longer than 100,000 bytes"


def test_a_blank_line_before_the_header(refused: Refused, extract: Path) -> None:
    path = extract / "labs.csv"
    path.write_bytes(b"\n" + path.read_bytes())
    assert refused(extract) == "labs.csv: has no header: it is empty, or its first line is"
