"""A small native extract and its protocol, whole and legal; each test breaks one thing in it."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]
Tables = dict[str, list[Row]]

PEOPLE = 60
FIRST_DAY = date(2010, 1, 4)

PROTOCOL = """
protocol_version = 2
name = "tiny"
title = "A small registry"
question = "How common is it?"
source = "native"

[population]
sentence = "People on chronic dialysis"
data_start = 2010-01-01
data_end = 2019-12-31
entry_after_days = 90
coverage = ["diagnoses"]

[outcome]
kind = "calcinosis"
label = "detected metastatic calcinosis cutis"
competing = ["death", "transplant", "recovery"]
resolution = true

[exposures]
labs = ["pth", "calcium_corrected", "phosphate"]

[[models]]
name = "mineral"
label = "Mineral metabolism, adjusted for age and sex"
causes = ["onset", "death"]

[[models.terms]]
name = "log2_pth"
variable = "pth"
transform = "log2"
label = "PTH, per doubling"

[[models.terms]]
name = "male"
variable = "sex"
transform = "indicator"
level = "male"
label = "Male (female: 1)"

[prevalence]
point_dates = [2015-12-31]
period_start = 2014-01-01
period_end = 2018-12-31
by = ["sex"]

[release]
holder = "public"
min_count = 1
rounding = 1
curve_min_at_risk = 1
"""


def person(number: int) -> str:
    return f"{number:04d}"


def started(number: int) -> date:
    return FIRST_DAY + timedelta(days=37 * number)


def _patient(number: int) -> Row:
    died = started(number) + timedelta(days=900 + 11 * number) if number % 4 == 0 else None
    return {
        "patient_id": person(number),
        "sex": "male" if number % 2 else "female",
        "birth_date": f"{1940 + number % 45}-06-15",
        "first_dialysis_date": started(number).isoformat(),
        "death_date": died.isoformat() if died else "",
        "centre_id": f"C{number % 3}",
    }


def _spell(number: int) -> Row:
    return {
        "patient_id": person(number),
        "start_date": started(number).isoformat(),
        "end_date": "",
        "modality": "PD" if number % 5 == 0 else "HD",
        "centre_id": f"C{number % 3}",
    }


def _labs(number: int) -> list[Row]:
    values = [
        ("pth", 18 + number % 23, "pmol/L"),
        ("calcium", 2.1 + number % 7 / 20, "mmol/L"),
        ("albumin", 34 + number % 9, "g/L"),
        ("phosphate", 1.4 + number % 11 / 10, "mmol/L"),
    ]
    return [
        {
            "patient_id": person(number),
            "sample_date": (started(number) + timedelta(days=60 + 120 * visit)).isoformat(),
            "analyte": analyte,
            "value": f"{value + 0.1 * visit:.2f}",
            "unit": unit,
            "centre_id": f"C{number % 3}",
        }
        for visit in range(6)
        for analyte, value, unit in values
    ]


def onset(number: int) -> Row:
    """A case: one inpatient code two years after first dialysis."""
    return {
        "patient_id": person(number),
        "date": (started(number) + timedelta(days=730 + 3 * number)).isoformat(),
        "system": "icd10cm",
        "code": "L94.2",
        "setting": "inpatient",
        "status": "confirmed",
    }


def _coverage(number: int) -> Row:
    return {
        "patient_id": person(number),
        "domain": "diagnoses",
        "start_date": started(number).isoformat(),
        "end_date": "",
    }


def tables() -> Tables:
    """Every table of a legal extract, as rows of text."""
    numbers = range(PEOPLE)
    return {
        "patients": [_patient(n) for n in numbers],
        "modality_spells": [_spell(n) for n in numbers],
        "labs": [row for n in numbers for row in _labs(n)],
        "diagnoses": [onset(n) for n in (3, 9, 14, 22, 31, 37, 45)],
        "procedures": [
            {
                "patient_id": person(9),
                "date": (started(9) + timedelta(days=1000)).isoformat(),
                "system": "icd9proc",
                "code": "06.89",
            }
        ],
        "assessments": [
            {
                "patient_id": person(n),
                "date": (started(n) + timedelta(days=400)).isoformat(),
                "method": "radiograph",
                "site": "hand",
                "calcification": "no",
                "erosion": "no",
            }
            for n in range(0, PEOPLE, 3)
        ],
        "coverage": [_coverage(n) for n in numbers],
        "centres": [{"centre_id": f"C{k}", "pth_assay": "second generation"} for k in range(3)],
    }


def write_extract(folder: Path, content: Tables, **headers: list[str]) -> Path:
    """One CSV file a table; ``headers`` names the columns of a table that has no rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in content.items():
        columns = headers.get(name) or list(rows[0])
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def write_protocol(folder: Path, text: str = PROTOCOL, name: str = "tiny") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path
