"""Ids stay exact text, in whatever file they come; one that was rounded is not used."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from tiny_extract import tables, write_extract
from transport_file import Variable, transport_file

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.files.foreign_files import as_text
from analysis.ingest.files.number_text import EXPONENT
from data_schema.declarations import SourceFile
from data_schema.refusal import Refusal

LONG = 10**16 + 1  # 17 digits; no double is that number
ROUNDED = (
    "holds no person who can be used: is an id that was kept as a floating number and has lost its "
    "last digits (60 of 60 records)"
)


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


def with_ids(ids: list[str]) -> dict:
    """The legal tables with the people called by these ids."""
    content = tables()
    new = {row["patient_id"]: ids[i] for i, row in enumerate(content["patients"])}
    return {
        name: [
            row | ({"patient_id": new[row["patient_id"]]} if "patient_id" in row else {})
            for row in rows
        ]
        for name, rows in content.items()
    }


def as_parquet(extract: Path, name: str, column: str, expression: str) -> Path:
    """A table as Parquet, one column of it replaced by an expression."""
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * REPLACE ({expression} AS {column}) "
            f"FROM read_csv('{extract}/{name}.csv', all_varchar=true)) "
            f"TO '{extract}/{name}.parquet'"
        )
    (extract / f"{name}.csv").unlink()
    return extract


def people_as(extract: Path, suffix: str, first: float | str) -> Path:
    """People as a file of this kind, every centre the number or text ``first``."""
    people = pd.read_csv(extract / "patients.csv", dtype=str).fillna("")
    people["centre_id"] = first
    (extract / "patients.csv").unlink()
    path = extract / f"patients.{suffix}"
    if suffix == "xlsx":
        book = openpyxl.Workbook()
        for row in [list(people), *people.values.tolist()]:
            book.active.append(row)
        book.save(path)
    else:
        getattr(pyreadstat, f"write_{suffix}")(people, str(path))
    return extract


@pytest.mark.parametrize("kind", ["BIGINT", "VARCHAR"])
def test_seventeen_digits_in_parquet_stay_exact(ingested, extract: Path, kind: str) -> None:
    as_parquet(extract, "patients", "centre_id", f"CAST({LONG} AS {kind})")
    people = pd.read_parquet(ingested(extract) / "patients")
    assert set(people["centre_id"]) == {str(LONG)}


def test_a_floating_column_of_parquet_that_is_too_long(refused, extract: Path) -> None:
    as_parquet(extract, "patients", "centre_id", f"CAST({LONG} AS DOUBLE)")
    assert refused(extract) == f"patients.parquet, row 1, column centre_id: {ROUNDED}"


def test_whole_numbers_of_a_floating_column_meet_those_of_text(ingested, tmp_path: Path) -> None:
    """An integer column with one gap comes out of some tools as floating numbers."""
    extract = write_extract(tmp_path / "extract", with_ids([str(n + 1) for n in range(60)]))
    as_parquet(extract, "labs", "patient_id", "CAST(patient_id AS DOUBLE)")
    out = ingested(extract)
    assert len(pd.read_parquet(out / "rejects.parquet")) == 0
    assert set(pd.read_parquet(out / "labs")["patient_id"]) == {str(n + 1) for n in range(60)}


@pytest.mark.parametrize("suffix", ["xlsx", "dta", "sav"])
def test_seventeen_digits_as_text_stay_exact(ingested, extract: Path, suffix: str) -> None:
    people = pd.read_parquet(ingested(people_as(extract, suffix, str(LONG))) / "patients")
    assert set(people["centre_id"]) == {str(LONG)}


@pytest.mark.parametrize("suffix", ["xlsx", "dta", "sav"])
def test_seventeen_digits_as_a_number_are_not_used(refused, extract: Path, suffix: str) -> None:
    line = refused(people_as(extract, suffix, float(LONG)))
    first = 2 if suffix == "xlsx" else 1  # below the header, or the first observation
    assert line == f"patients.{suffix}, row {first}, column centre_id: {ROUNDED}"


def test_nine_digits_in_single_precision_are_not_used(refused, extract: Path) -> None:
    people = pd.read_csv(extract / "patients.csv", dtype=str).fillna("")
    people["centre_id"] = pd.Series([123_456_789.0] * len(people), dtype="float32")
    (extract / "patients.csv").unlink()
    people.to_stata(extract / "patients.dta", write_index=False)
    assert refused(extract) == f"patients.dta, row 1, column centre_id: {ROUNDED}"


def test_what_a_spreadsheet_wrote_into_csv_is_not_used(rejects) -> None:
    content = tables()
    content["patients"][5]["centre_id"] = "1.23457E+16"
    found = [reject for reject in rejects(content) if reject[0] == "patients.csv"]
    assert found == [("patients.csv", 7, "centre_id", "rounded_id")]


def test_text_that_only_looks_like_a_number_is_an_id(ingested) -> None:
    """Parts of hexadecimal ids, and leading zeros; no two of them are one person."""
    ids = [f"{n % 9 + 1}e{n:05d}" for n in range(55)]
    ids += ["1e16", "10e15", "007", "7", "NA"]
    out = ingested(with_ids(ids))
    assert len(pd.read_parquet(out / "rejects.parquet")) == 0
    assert sorted(pd.read_parquet(out / "patients")["patient_id"]) == sorted(ids)
    assert set(pd.read_parquet(out / "labs")["patient_id"]) == set(ids)


def text_of_package(path: Path, folder: Path) -> Path:
    """The Parquet that a file of a statistical package is turned into."""
    declared = SourceFile(name="x", columns=())
    return as_text({"x": FoundFile(declared, (path,))}, folder)["x"].parts[0]


WIDTHS = {3: 8_192, 4: 2_097_152, 5: 536_870_912, 6: 137_438_953_472, 7: 2**45, 8: 2**53}


@pytest.mark.parametrize(("width", "bound"), WIDTHS.items())
def test_ids_of_sas_in_fewer_bytes(tmp_path: Path, width: int, bound: int) -> None:
    """From its bound on neighbours are one number: 8192 and 8193 in three bytes."""
    path = tmp_path / "ids.xpt"
    path.write_bytes(transport_file([Variable("ID", [1, bound - 1, bound], width)]))
    found = pd.read_parquet(text_of_package(path, tmp_path / "text"))["ID"]
    assert list(found[:2]) == ["1", str(bound - 1)]
    assert float(found[2]) == bound
    assert re.fullmatch(EXPONENT, found[2])


def test_a_date_of_sas_in_too_few_bytes(tmp_path: Path) -> None:
    """Day 8,191 is 5 June 1982; from there three bytes keep every other day at best."""
    path = tmp_path / "days.xpt"
    days = Variable("DAY", [8_191, 8_192, 20_000], 3, "DATE")
    path.write_bytes(transport_file([days, days._replace(name="WIDE", width=4)]))
    found = pd.read_parquet(text_of_package(path, tmp_path / "text"))
    assert found["DAY"][0] == "1982-06-05"
    assert not found["DAY"][1:].str.startswith("19").any()
    assert list(found["WIDE"]) == ["1982-06-05", "1982-06-06", "2014-10-04"]


def test_numbers_of_two_bytes_are_not_read_as_missing(tmp_path: Path) -> None:
    path = tmp_path / "short.xpt"
    path.write_bytes(transport_file([Variable("DEAD", [0, 1], 2), Variable("T", ["a", "b"], 2)]))
    with pytest.raises(Refusal) as caught:
        text_of_package(path, tmp_path / "text")
    where = "short.xpt, column dead"
    assert str(caught.value) == f"{where}: is of numbers of 2 bytes, which cannot be read: send 8"


TWICE = "a person stands in patients twice with different facts"


@pytest.mark.parametrize(
    ("more", "row"),
    [
        ([(3, {"sex": "unknown"})], 62),
        ([(9, {}), (3, {}), (3, {"death_date": "2019-01-01"})], 63),
        ([(9, {"sex": "unknown"}), (3, {"sex": "unknown"})], 62),
        ([(3, {"first_dialysis_date": "soon"}), (9, {"sex": "unknown"})], 63),
    ],
    ids=["differs", "after repeats", "two people", "after a reject"],
)
def test_a_person_who_stands_there_twice(refused, more: list[tuple[int, dict]], row: int) -> None:
    """The first second row of a person of whom any two rows differ."""
    content = tables()
    content["patients"] += [content["patients"][i] | facts for i, facts in more]
    assert refused(content) == f"patients.csv, row {row}, column patient_id: {TWICE}"


def test_a_person_whose_row_is_repeated(ingested) -> None:
    content = tables()
    content["patients"] += [content["patients"][i] for i in (3, 9, 3)]
    assert len(pd.read_parquet(ingested(content) / "patients")) == 60
