"""A column that could name a person stops the run; the message says where and never what."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest
from tiny_extract import PROTOCOL, Tables, tables, write_extract, write_protocol

from analysis import ingest
from analysis.study import read_study
from data_schema.refusal import Refusal

FIRST = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hal", "Ida", "Jon", "Kim", "Lea"]
LAST = ["Archer", "Baker", "Cooper", "Dyer", "Fisher", "Glover", "Hunter"]


def with_column(name: str, values: list[str]) -> Tables:
    content = tables()
    content["patients"] = [
        row | {name: values[i % len(values)]} for i, row in enumerate(content["patients"])
    ]
    return content


def full_names() -> list[str]:
    return [f"{first} {last}" for first in FIRST for last in LAST]


def national_numbers() -> list[str]:
    """Ten digits with a modulus-11 check digit, as the British National Health Service issues."""
    numbers = []
    for stem in range(400_000_000, 400_000_200):
        weights = range(10, 1, -1)
        total = sum(int(d) * w for d, w in zip(str(stem), weights, strict=True))
        check = (11 - total % 11) % 11
        if check < 10:
            numbers.append(f"{stem}{check}")
    return numbers


HEADERS = [
    "patient_name", "surname", "first_name", "nhs_number", "ssn", "email", "phone", "postcode",
    "address", "street", "mrn",
]  # fmt: skip


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_names_an_identifier(refused, name: str) -> None:
    line = refused(with_column(name, ["x"]))
    assert line == f"patients.csv, row 1, column {name}: looks like a direct identifier"


CONTENTS = {
    "a name": full_names(),
    "a social security number": [f"{100 + n}-{10 + n}-{1000 + n}" for n in range(60)],
    "a national number": national_numbers(),
    "an address": [f"{n + 1} Station Road, Milltown" for n in range(60)],
    "an e-mail address": [f"p{n}@example.org" for n in range(60)],
    "a telephone number": [f"+44 20 7946 {1000 + n}" for n in range(60)],
}


@pytest.mark.parametrize("values", CONTENTS.values(), ids=CONTENTS)
def test_a_declared_column_that_holds_an_identifier(refused, values: list[str]) -> None:
    line = refused(with_column("centre_id", values))
    assert line.startswith("patients.csv")
    assert "column centre_id: looks like" in line
    assert not any(value in line for value in values)


@pytest.mark.parametrize("values", CONTENTS.values(), ids=CONTENTS)
def test_another_column_that_holds_an_identifier(refused, values: list[str]) -> None:
    """Columns that the source does not read must not hold identifiers either."""
    line = refused(with_column("remark", values))
    assert line.startswith("patients.csv")
    assert "column remark: looks like" in line
    assert not any(value in line for value in values)


def test_a_national_number_as_the_person_s_id(refused) -> None:
    numbers = national_numbers()[:60]
    content = tables()
    ids = {row["patient_id"]: numbers[i] for i, row in enumerate(content["patients"])}
    content = {
        name: [
            r | ({"patient_id": ids[r["patient_id"]]} if "patient_id" in r else {}) for r in rows
        ]
        for name, rows in content.items()
    }
    line = refused(content)
    assert "column patient_id: looks like" in line
    assert not any(number in line for number in numbers)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("centre_id", ["North Unit", "South Unit 2", "0017"]),
        ("remark", ["ok", "seen", ""]),
        ("remark", [str(n) for n in range(1_000_000_000, 1_000_000_060)]),
    ],
)
def test_an_ordinary_column_is_not_taken_for_one(ingested, name: str, values: list[str]) -> None:
    assert (ingested(with_column(name, values)) / "manifest.json").exists()


LATE = {  # values of the last tenth of a long file, whose other records hold something else
    "a name": full_names(),
    "a national number": national_numbers(),
    "an address": [f"{n + 1} Station Road, Milltown" for n in range(60)],
}


def _with_long_labs(folder: Path, late: list[str], before: str = "") -> Path:
    """Laboratory records with a column of remarks, the ``late`` ones after 45,000 others."""
    extract = write_extract(folder, tables())
    header = "patient_id,sample_date,analyte,value,unit,centre_id,remark\n"
    rows = [f"0001,2012-01-01,pth,20,pmol/L,C1,{before}\n"] * 45_000
    rows += [f'0001,2012-01-01,pth,20,pmol/L,C1,"{late[n % len(late)]}"\n' for n in range(5_000)]
    (extract / "labs.csv").write_text(header + "".join(rows), "utf-8")
    return extract


@pytest.mark.parametrize("before", ["", "seen"])
@pytest.mark.parametrize("values", LATE.values(), ids=LATE)
def test_an_identifier_that_begins_late_in_a_file(
    refused, tmp_path: Path, values: list[str], before: str
) -> None:
    line = refused(_with_long_labs(tmp_path / "extract", values, before))
    assert line.startswith("labs.csv, column remark: looks like ")


def test_a_single_address_late_in_a_file(refused, tmp_path: Path) -> None:
    extract = _with_long_labs(tmp_path / "extract", ["ok"], "seen")
    with (extract / "labs.csv").open("a", encoding="utf-8") as file:
        file.write("0001,2012-01-01,pth,20,pmol/L,C1,ask ada@example.org\n" + "0" * 6 + ",,,,,,\n")
    assert refused(extract) == "labs.csv, column remark: looks like an e-mail address"


@pytest.mark.parametrize("kind", ["BIGINT", "DOUBLE", "VARCHAR"])
def test_national_numbers_in_a_column_of_parquet(refused, tmp_path: Path, kind: str) -> None:
    extract = write_extract(tmp_path / "extract", with_column("remark", national_numbers()))
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * REPLACE (CAST(remark AS {kind}) AS remark) FROM "
            f"read_csv('{extract}/patients.csv', all_varchar=true)) TO '{extract}/patients.parquet'"
        )
    (extract / "patients.csv").unlink()
    line = refused(extract)
    assert line == "patients.parquet, column remark: looks like a British national health number"


def test_remarks_that_change_late_in_a_file_are_no_identifier(ingested, tmp_path: Path) -> None:
    """A stretch of few different remarks is not judged by itself."""
    extract = _with_long_labs(tmp_path / "extract", ["Dose Increased", "Sample Late"], "seen")
    assert (ingested(extract) / "manifest.json").exists()


def test_ids_filled_up_with_noughts(ingested) -> None:
    content = tables()
    for rows in content.values():
        for row in rows:
            if "patient_id" in row:
                row["patient_id"] = row["patient_id"].zfill(10)
    assert len(pd.read_parquet(ingested(content) / "patients")) == 60


@pytest.mark.parametrize("name", ["José García", "Ewan McDonald", "SMITH, Ada", "Ana de Souza"])
def test_names_as_people_write_them(refused, name: str) -> None:
    content = tables()
    for row in content["patients"]:
        row["remark"] = name
    assert refused(content) == "patients.csv, column remark: looks like a person's name"


@pytest.mark.parametrize("header", ["first name", "patientname", "hospital_number", "nachname"])
def test_headers_as_people_write_them(refused, header: str) -> None:
    content = tables()
    for row in content["patients"]:
        row[header] = "x"
    line = refused(content)
    assert line == f"patients.csv, row 1, column {header}: looks like a direct identifier"


@pytest.mark.parametrize("header", ["test_name", "drug_name", "centre_name", "unit_name"])
def test_the_name_of_a_thing_is_no_identifier(ingested, header: str) -> None:
    content = tables()
    for row in content["labs"]:
        row[header] = "x"
    assert len(pd.read_parquet(ingested(content) / "labs")) == 1440


@pytest.mark.parametrize("name", ["no_birth_date", "safe_harbor"])
def test_a_birth_date_in_a_column_that_is_not_read(tmp_path: Path, name: str) -> None:
    old = "entry_after_days = 90"
    policy = f'{old}\ndeidentification = "{name}"'
    study = read_study(write_protocol(tmp_path / name, PROTOCOL.replace(old, policy)))
    content = with_column("dob", ["x"])
    for row in content["patients"]:
        row["birth_date"] = row["birth_date"][:4]
    extract = write_extract(tmp_path / "extract", content)
    with pytest.raises(Refusal) as caught:
        ingest.run(study, extract, tmp_path / "ingest")
    says = f"column dob: looks like a date of birth, which {name} forbids"
    assert str(caught.value) == f"patients.csv, row 1, {says}"


def test_a_birth_date_that_no_policy_forbids(ingested) -> None:
    out = ingested(with_column("dob", ["1950-01-01"]))
    assert len(pd.read_parquet(out / "patients")) == 60
