"""What a protocol forbids of births, ages and dates: patients and headers by hand."""

from __future__ import annotations

import duckdb
import pytest

from analysis.ingest.identifiers.headers import names_birth_date
from analysis.ingest.identifiers.policy import refuse_by_policy
from data_schema.refusal import Refusal


def policy(name: str, calendar: bool = False, **cells: str) -> str:
    """The refusal of one patient under a policy; empty where it passes."""
    row = {"birth_date": None, "age_at_first_dialysis": None, "first_dialysis_date": None, **cells}
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE VIEW p AS SELECT *, 'patients.csv' AS _file, 7 AS _row FROM (VALUES "
            "(?::VARCHAR, ?::VARCHAR, ?::VARCHAR)) t(birth_date, age_at_first_dialysis, "
            "first_dialysis_date)".replace("?", "{}").format(
                *("NULL" if v is None else f"'{v}'" for v in row.values())
            )
        )
        try:
            refuse_by_policy(connection, "p", name, calendar)
        except Refusal as refused:
            return str(refused)
    return ""


def test_birth_dates_by_policy() -> None:
    assert policy("pseudonymised", True, birth_date="1950-05-06") == ""
    whole = policy("no_birth_date", True, birth_date="1950-05-06")
    assert whole == "patients.csv, row 7, column birth_date: is too exact a birth"
    assert policy("no_birth_date", True, birth_date="1950-05") == ""
    assert policy("safe_harbor", birth_date="1950-05").endswith("is too exact a birth")
    assert policy("safe_harbor", birth_date="1950") == ""


def test_ages_and_dates_under_safe_harbor() -> None:
    assert policy("safe_harbor", age_at_first_dialysis="89.9") == ""
    assert policy("safe_harbor", age_at_first_dialysis="90") == (
        "patients.csv, row 7, column age_at_first_dialysis: is an age over 89"
    )
    assert policy("no_birth_date", True, age_at_first_dialysis="90") == ""
    assert policy("safe_harbor", True, first_dialysis_date="2010-01-01").endswith("Harbor forbids")
    assert policy("safe_harbor", False, first_dialysis_date="2010-01-01") == ""


@pytest.mark.parametrize(
    ("birth", "first", "age", "refused"),
    [
        ("1950", "2039-12-31", None, False),
        ("1950", "2040-01-01", None, True),  # may be 90
        ("1950", "2041-01-01", "89", False),
        ("1950", None, None, False),
        (None, "2041-01-01", None, False),
    ],
)
def test_a_year_that_tells_of_an_age(birth, first, age, refused: bool) -> None:
    cells = {"birth_date": birth, "first_dialysis_date": first, "age_at_first_dialysis": age}
    line = policy("safe_harbor", False, **cells)
    where = "patients.csv, row 7, column birth_date: is the year of an age over 89"
    assert line.startswith(where) if refused else line == ""
    assert policy("no_birth_date", False, **cells) == ""


OF_BIRTHS = (
    "dob,DOB,patient_dob,date_of_birth,birthdate,birth_date,birth_datetime,birth_day,birthday,"
    "day_of_birth,month_of_birth,birth,born,geburtsdatum,date_naissance,data_de_nascimento,"
    "fecha_nacimiento,dateofbirth,birth_dt"
)
OF_OTHERS = (
    "year_of_birth,birth_year,birth_weight,country_of_birth,place_of_birth,date,death_date,"
    "date_of_death,adobe,month,reborn_unit"
)


@pytest.mark.parametrize("header", OF_BIRTHS.split(","))
def test_the_name_of_a_birth_date(header: str) -> None:
    assert names_birth_date(header)


@pytest.mark.parametrize("header", OF_OTHERS.split(","))
def test_the_name_of_something_else(header: str) -> None:
    assert not names_birth_date(header)
