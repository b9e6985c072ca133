"""The ten people of ``docs/ten_people.md``: the page's tables go in, its numbers come out."""

from __future__ import annotations

import csv
from datetime import date
from math import prod
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from r_says import r_says

from analysis import cohort, estimates, ingest, store
from analysis.study import Study

PAGE = Path(__file__).parents[2] / "docs" / "ten_people.md"
Row = dict[str, str]

STUDY = Study.model_validate(
    {
        "name": "ten_people",
        "title": "Ten people",
        "question": "How common is it?",
        "source": "native",
        "population": {
            "sentence": "Ten people on dialysis",
            "data_start": date(2010, 1, 1),
            "data_end": date(2013, 12, 31),
            "entry_after_days": 90,
        },
        "outcome": {
            "kind": "calcinosis",
            "label": "calcinosis cutis",
            "competing": ["death", "transplant", "recovery"],
        },
        "prevalence": {
            "point_dates": [date(2010, 12, 31), date(2012, 6, 30)],
            "period_start": date(2011, 1, 1),
            "period_end": date(2011, 12, 31),
            "definitions": ["ever_living/dialysis", "ever_living/krt", "period_ever/krt"],
        },
        "horizons": {"years": [1, 2], "curve_end_years": 3},
        "release": {"holder": "public", "min_count": 1, "rounding": 1},
    }
)


def tables() -> list[list[Row]]:
    """The tables of the page, each a list of rows by column name."""
    blocks: list[list[list[str]]] = [[]]
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|"):
            blocks[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif blocks[-1]:
            blocks.append([])
    return [
        [dict(zip(block[0], cells, strict=True)) for cells in block[2:]]
        for block in blocks
        if block
    ]


REGISTRY, FATES, RESULTS, ANSWERS, BY_R = tables()


def write(folder: Path, name: str, rows: list[Row]) -> None:
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_extract(folder: Path) -> Path:
    folder.mkdir()
    patients = {
        "patient_id": "id",
        "first_dialysis_date": "first dialysis",
        "registry_entry_date": "registry entry",
        "death_date": "died",
        "last_contact_date": "last contact",
    }
    write(folder, "patients", [{to: row[of] for to, of in patients.items()} for row in REGISTRY])
    spells = {"HD": "first dialysis", "TX": "transplanted", "recovered": "recovered"}
    write(
        folder,
        "modality_spells",
        [
            {"patient_id": row["id"], "start_date": row[column], "modality": modality}
            for row in REGISTRY
            for modality, column in spells.items()
            if row[column]
        ],
    )
    code = {"system": "icd10cm", "code": "L94.2", "setting": "inpatient"}
    write(
        folder,
        "diagnoses",
        [
            {"patient_id": row["id"], "date": row["diagnosis"], **code}
            for row in REGISTRY
            if row["diagnosis"]
        ],
    )
    return folder


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ten_people")
    ingest.run(STUDY, write_extract(folder / "extract"), folder / "ingest", threads=1)
    cohort.run(STUDY, folder / "ingest", folder / "cohort", threads=1)
    provenance = {"extract": {}, "n": None, "seed": None}
    estimates.run(STUDY, folder / "cohort", folder / "estimates", None, provenance)
    return folder


def test_the_page_has_ten_people() -> None:
    assert [row["id"] for row in REGISTRY] == [row["id"] for row in FATES]
    assert len(REGISTRY) == 10
    assert len(RESULTS) > 20


def test_what_becomes_of_each(stages: Path) -> None:
    people = store.read_frame(stages / "cohort" / "people" / "0000.parquet")
    assert people["left_out_at"].tolist() == [row["left out at"] for row in FATES]
    for fate, found in zip(FATES, people.itertuples(), strict=True):
        if fate["left out at"]:
            continue
        assert (found.entry, found.exit) == (int(fate["entry"]), int(fate["exit"])), fate["id"]
        assert found.exit_reason == fate["reason"]
        assert found.exit - found.entry == int(fate["person-days"])


def test_risk_intervals_hold_the_same_days(stages: Path) -> None:
    rows = store.read_frame(stages / "cohort" / "intervals" / "0000.parquet")
    assert (rows["stop"] - rows["start"]).sum() == sum(
        int(fate["person-days"] or 0) for fate in FATES
    )
    assert np.bincount(rows["state"]).tolist() == [2, 2, 1, 1, 1]


@pytest.mark.parametrize(
    "row",
    RESULTS,
    ids=lambda row: "-".join(row[k] for k in ("measure", "outcome", "term", "level", "years")),
)
def test_what_comes_out(stages: Path, row: Row) -> None:
    found = one_row(store.read_frame(stages / "estimates" / "estimates.parquet"), row)
    assert found["status"] == "ok"
    assert found["estimate"] == pytest.approx(number(row["estimate"]), rel=1e-12)
    for column in ("numerator", "denominator"):
        if row[column]:
            assert found[column] == int(row[column])


def answers(stages: Path) -> pd.DataFrame:
    frame = store.read_frame(stages / "estimates" / "estimates.parquet")
    return frame[frame["specification"].isin(["primary", ""])]


@pytest.mark.parametrize("row", ANSWERS, ids=lambda row: "-".join(list(row.values())[:7]))
def test_every_figure_of_both_questions(stages: Path, row: Row) -> None:
    found = the_answer(answers(stages), row)
    if row["estimate"] == "refused":
        assert found["status"] == "not_estimable"
        assert pd.isna(found["estimate"])
        return
    assert found["status"] == "ok"
    assert found["estimate"] == pytest.approx(number(row["estimate"]), rel=1e-12)
    for column in ("numerator", "denominator"):
        if row[column]:
            assert found[column] == int(row[column])


def the_answer(frame: pd.DataFrame, row: Row) -> pd.Series:
    """The row of the page's keys, all of them as they stand."""
    keys = ("measure", "population", "outcome", "model", "term", "level")
    chosen = frame[(frame["strata"] == "") & frame["question"].isin(["how_common", "how_soon"])]
    for key in keys:
        chosen = chosen[chosen[key] == row[key]]
    if row["years"]:
        chosen = chosen[chosen["time"] == 365.25 * float(row["years"])]
    if row["x"]:
        chosen = chosen[chosen["x"] == float(row["x"])]
    assert len(chosen) == 1
    return chosen.iloc[0]


@pytest.mark.parametrize("row", BY_R, ids=lambda row: row["R"])
def test_what_r_says_is_what_comes_out(stages: Path, row: Row) -> None:
    measure, *rest = row["ours"].split(", ")
    keys = dict(part.split("=") for part in rest)
    column = keys.pop("column", "estimate")
    chosen = answers(stages)
    chosen = chosen[(chosen["measure"] == measure) & (chosen["strata"] == "")]
    for key, value in keys.items():
        wanted = 365.25 * float(value) if key == "time" else value
        chosen = chosen[chosen[key] == wanted]
    assert chosen[column].nunique() == 1
    assert float(chosen[column].iloc[0]) == pytest.approx(float(row["value"]), rel=1e-8, abs=1e-12)


@pytest.mark.needs_r
def test_r_says_it_again(tmp_path: Path) -> None:
    """``tests/spec/ten_people.R`` on the people of the page: Epi, etm, prodlim, survival."""
    followed = [fate for fate in FATES if fate["entry"]]
    names = ("id", "entry", "exit", "reason")
    write(tmp_path, "followed", [{name: fate[name] for name in names} for fate in followed])
    said = r_says("ten_people.R", tmp_path / "followed.csv")
    for row in BY_R:
        assert said[row["R"]] == pytest.approx(float(row["value"]), rel=1e-8, abs=1e-12)
    assert len(said) == len(BY_R)


def one_row(frame: pd.DataFrame, row: Row) -> pd.Series:
    """The row of the page's keys; without strata, and exact where there are several intervals."""
    chosen = frame[(frame["measure"] == row["measure"]) & (frame["specification"] == "primary")]
    chosen = chosen[~chosen["model"].isin(["wilson", "jeffreys", "korn_graubard"])]
    chosen = chosen[(chosen["strata"] == "") & (chosen["population"] != "all kidney replacement")]
    for column in ("outcome", "term", "level"):
        if row[column]:
            chosen = chosen[chosen[column] == row[column]]
    if row["years"]:
        chosen = chosen[chosen["time"] == 365.25 * float(row["years"])]
    assert len(chosen) == 1
    return chosen.iloc[0]


def number(text: str) -> float:
    """A product of fractions, such as ``3/6*1/3``."""
    factors = [part.split("/") for part in text.split("*")]
    return prod(float(f[0]) / prod(float(d) for d in f[1:]) for f in factors)
