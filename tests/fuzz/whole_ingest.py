"""A dirty file as one of a whole extract, through every pass of the ingest."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from random import Random

import pandas as pd
from clean_files import DATA_END, PEOPLE, clean_rows
from damages import dirty_file
from reference_reader import Read, read_reference
from through_ingest import declared_file, of_refusal, same

from analysis import ingest
from analysis.study import Study, read_study
from data_schema.declarations import analytes
from data_schema.refusal import Refusal

PROTOCOL = """
protocol_version = 2
name = "dirty"
title = "A dirty file"
question = "Is it read as it is?"
source = "native"

[population]
sentence = "People on dialysis"
data_start = 2010-01-01
data_end = 2019-12-31

[outcome]
kind = "calcinosis"
label = "detected metastatic calcinosis cutis"
competing = ["death", "transplant", "recovery"]

[release]
holder = "public"
min_count = 1
rounding = 1
"""


@cache
def _study(folder: Path) -> Study:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dirty.toml").write_text(PROTOCOL, "utf-8")
    return read_study(folder / "dirty.toml")


def whole_differences(seed: int, folder: Path) -> tuple[str, list[str]]:
    """('refused' or 'read', what the ingest changed silently) of the file of a seed."""
    clean, file, content, _ = dirty_file(seed)
    extract, out = folder / "extract", folder / "ingested"
    for old in (extract, out):
        shutil.rmtree(old, ignore_errors=True)
    extract.mkdir(parents=True)
    (extract / file).write_bytes(content)
    if clean.table != "patients":
        (extract / "patients.csv").write_bytes(clean_rows(Random(0), "patients", PEOPLE).csv())
    expected = read_reference(file, content, declared_file(clean.table), DATA_END)
    try:
        ingest.run(_study(folder / "protocol"), extract, out, threads=1)
    except Refusal as refusal:
        left = [p for p in out.rglob("*") if p.is_file()]
        return "refused", of_refusal(str(refusal)) + [f"left {len(left)} files"] * bool(left)
    return "read", _compared(expected, out, clean.table, file)


def _compared(expected: Read, out: Path, table: str, file: str) -> list[str]:
    if expected.refused:
        return [f"was read, but {expected.refused}"]
    used = pd.read_parquet(out / table).astype(object)
    used = used.where(used.notna(), None)
    rejects = pd.read_parquet(out / "rejects.parquet")
    rejected = sorted(rejects.loc[rejects["file"] == file, "row"])
    counted = _counted(out, file)
    found = _accounted(expected, sorted(used["_row"]), rejected, counted)
    for row in used.to_dict("records"):
        sound = expected.sound.get(row["_row"])
        if sound is None:
            found.append(f"record {row['_row']} is used, but not sound")
            continue
        found += [
            f"record {row['_row']}, {name}: {row[name]!r}, not {value!r}"
            for name, value in sound.items()
            if name != "_flagged" and not same(row[name], value)
        ]
        found += _of_value(row) if table == "labs" else []
    return found


def _counted(out: Path, file: str) -> dict[str, float]:
    quality = pd.read_parquet(out / "quality.parquet")
    rows = quality[(quality["measure"] == "rows") & quality["strata"].str.contains(f"file={file};")]
    return rows.groupby("level")["numerator"].sum().to_dict()


def _accounted(
    expected: Read, used: list[int], rejected: list[int], counted: dict[str, float]
) -> list[str]:
    """Used, out of scope and rejected records are all records, each once."""
    scope = int(counted.get("out_of_scope", 0))
    physical = range(2, expected.records + 1)
    one_each = sorted(set(used) | set(rejected))
    whole = (
        len(one_each) == len(used) + len(rejected)
        and set(one_each) <= set(physical)
        and len(one_each) + scope == len(physical)
    )
    as_said = {"total": len(physical), "used": len(used), "rejected": len(rejected)}
    told = all(counted.get(level, 0) == n for level, n in as_said.items())
    return [] if whole and told else [f"{as_said}, {scope} out of scope; told {counted}"]


def _of_value(row: dict) -> list[str]:
    """No centre has rows enough to be judged: the unit is the one that was sent."""
    value = row["value"] * analytes()[row["analyte"]].factor(row["unit"])
    return [] if value == row["value_si"] else [f"record {row['_row']}: {row['value_si']}"]
