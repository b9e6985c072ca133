"""A column that could name a person stops the run; the message says where and never what."""

from __future__ import annotations

import pytest
from tiny_extract import Tables, tables

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
