"""``python -m analysis.ingest.new_source NAME``: a new registry's folder, with its own test.

``data_schema/sources/NAME/`` gets ``source.toml``, one SELECT a canonical table, an example of the
holder's files and the canonical rows expected of it. It conforms as it stands; the registry's
analyst then puts the holder's own names into the files, the SELECTs and the example.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from analysis import store
from data_schema.declarations import HERE, Column, Table, table
from data_schema.refusal import Refusal

TABLES = ("patients", "modality_spells", "labs", "diagnoses", "procedures")
EXAMPLE: Mapping[str, tuple[dict[str, str], ...]] = {
    "patients": (
        {"patient_id": "P1", "sex": "female", "first_dialysis_date": "2012-03-01"},
        {"patient_id": "P2", "sex": "male", "first_dialysis_date": "2013-05-20"},
    ),
    "modality_spells": (
        {"patient_id": "P1", "start_date": "2012-03-01", "modality": "PD"},
        {"patient_id": "P2", "start_date": "2013-05-20", "modality": "HD"},
    ),
    "labs": (
        {
            "patient_id": "P1",
            "sample_date": "2012-06-01",
            "analyte": "phosphate",
            "value": "1.8",
            "unit": "mmol/L",
        },
    ),
    "diagnoses": ({"patient_id": "P1", "date": "2013-06-01", "system": "icd10cm", "code": "L942"},),
    "procedures": (
        {"patient_id": "P1", "date": "2013-07-01", "system": "icd9proc", "code": "0689"},
    ),
}


def scaffold(name: str, sources: Path = HERE / "sources") -> Path:
    """Write the folder of a new source; ``Refusal`` for a bad name or one that is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name):
        raise Refusal("NAME: lower-case letters, digits and underscores, a letter first")
    folder = sources / name
    if folder.exists():
        raise Refusal(f"NAME: data_schema/sources/{name} is there already")
    store.write_text(folder / "source.toml", _source_toml(name))
    for table_name in TABLES:
        declared = table(table_name)
        rows = EXAMPLE[table_name]
        store.write_text(folder / f"{table_name}.sql", _select(declared))
        for kind in ("example", "expected"):
            store.write_text(folder / kind / f"{table_name}.csv", _csv(rows))
    return folder


def _source_toml(name: str) -> str:
    head = [
        f'name = "{name}"',
        'title = "What this form is, and its release"',
        'attribution = ""',
        'precision = "day"  # or "month", where dates are whole months',
        "",
        "# Of a file may also be said, below its name (what is shown is not what is assumed):",
        '# file = "T_LABOR"  # its name in the extract; by_year = true: also T_LABOR_2014, ...',
        '# delimiter = ";"',
        '# encoding = "latin-1"  # or "utf-16"',
        '# missing = ["", "NA", "-"]  # cells that are empty',
        '# optional_columns = ["sex"]',
        "# A column is written in the SELECTs as it is written here. A day in another form:",
        "# coalesce(strftime(try_strptime(day, '%d/%m/%Y'), '%Y-%m-%d'), day) AS sample_date",
        "# (what is no such day stays as it is, and is rejected: never an empty cell).",
        "",
        "# What the form cannot carry, a sentence each; the report prints it.",
        "[cannot_carry]",
        'assessments = "The form has no radiographs or other assessments."',
        'drugs = "The form has no drugs."',
        'coverage = "The form does not say when people are observable."',
    ]
    for table_name in TABLES:
        names = ", ".join(f'"{column}"' for column in EXAMPLE[table_name][0])
        head += [
            "",
            "[[files]]",
            f'name = "{table_name}"  # the file without .csv, .parquet, .dta ...',
            f"required = {str(table_name == 'patients').lower()}",
            f"columns = [{names}]",
        ]
    return "\n".join(head) + "\n"


def _select(declared: Table) -> str:
    filled = EXAMPLE[declared.name][0]
    lines = [f"-- {declared.title}: on the left the holder's column, on the right ours."]
    lines += ["SELECT"]
    cells = [
        (column.name if column.name in filled else "NULL", column) for column in declared.columns
    ]
    width = max(len(cell) + len(column.name) for cell, column in cells) + len(" AS ,")
    for cell, column in cells:
        lines.append(f"    {f'{cell} AS {column.name},':<{width}}  -- {_meaning(column)}")
    return "\n".join([*lines, "    _file, _row", f"FROM {declared.name}"]) + "\n"


def _meaning(column: Column) -> str:
    values = f" ({', '.join(column.values)})" if column.values else ""
    needed = " [required]" if column.required else ""
    return f"{column.says}{values}{needed}"


def _csv(rows: tuple[dict[str, str], ...]) -> str:
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    try:
        folder = scaffold(arguments[0] if arguments else "")
    except Refusal as refused:
        print(f"source: {refused}", file=sys.stderr)
        return 2
    print(f"data_schema/sources/{folder.name}: edit source.toml, the SELECTs and the example;")
    print("then: make test; a study reads it with source = " + f'"{folder.name}"')
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
