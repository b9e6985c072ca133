"""Small clean files of the native form, as rows of text: what the damages start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FIRST_DAY = date(2010, 1, 4)
DATA_END = date(2019, 12, 31)
PEOPLE = 40
LABS = (
    ("pth", 30.0, "pmol/L"),
    ("calcium", 2.3, "mmol/L"),
    ("albumin", 38.0, "g/L"),
    ("phosphate", 1.7, "mmol/L"),
)


@dataclass(frozen=True)
class Rows:
    """A table as text: the names of its columns and its cells."""

    table: str
    header: list[str]
    cells: list[list[str]]

    def csv(self) -> bytes:
        lines = [",".join(row) for row in (self.header, *self.cells)]
        return ("\n".join(lines) + "\n").encode()


def clean_rows(random: Random, table: str, records: int) -> Rows:
    """A legal table of this many records; every cell of it can be used."""
    make = {"patients": _patient, "labs": _lab, "procedures": _procedure}[table]
    rows = [make(random, number) for number in range(records)]
    return Rows(table, list(rows[0]), [list(row.values()) for row in rows])


def person(number: int) -> str:
    return f"{number:04d}"


def _started(number: int) -> date:
    return FIRST_DAY + timedelta(days=29 * (number % PEOPLE))


def _patient(random: Random, number: int) -> dict[str, str]:
    death = _started(number) + timedelta(days=random.randrange(2000, 2400))
    born = f"{random.randrange(1930, 1990)}-{random.randrange(1, 13):02d}-{number % 28 + 1:02d}"
    return {
        "patient_id": person(number),
        "sex": random.choice(["female", "male", "unknown", ""]),
        "birth_date": born[: random.choice([4, 7, 10, 10])],
        "age_at_first_dialysis": random.choice(["", f"{random.uniform(20, 90):.1f}"]),
        "first_dialysis_date": _started(number).isoformat(),
        "death_date": random.choice(["", death.isoformat()]),
        "primary_renal_disease": random.choice(["diabetes", "cystic", "other"]),
        "centre_id": random.choice(["C1", "C2", "007"]),
    }


def _lab(random: Random, number: int) -> dict[str, str]:
    analyte, typical, unit = random.choice(LABS)
    day = _started(number) + timedelta(days=60 + number)
    return {
        "patient_id": person(number % PEOPLE),
        "sample_date": day.isoformat(),
        "result_date": random.choice(["", (day + timedelta(days=1)).isoformat()]),
        "analyte": analyte,
        "value": f"{typical * random.uniform(0.8, 1.25):.{random.randrange(1, 4)}f}",
        "unit": unit,
        "timing": random.choice(["pre", "post", "unknown", ""]),
        "assay_upper_limit": random.choice(["", "6.5"]),
        "centre_id": random.choice(["C1", "C2", "007"]),
    }


def _procedure(random: Random, number: int) -> dict[str, str]:
    return {
        "patient_id": person(number % PEOPLE),
        "date": (_started(number) + timedelta(days=300 + number)).isoformat(),
        "system": random.choice(["icd9proc", "opcs4"]),
        "code": random.choice(["06.89", "b16.1", "B14"]),
    }
