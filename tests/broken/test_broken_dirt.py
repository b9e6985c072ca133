"""What real files hold, one test an item, each through the whole ingest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from tiny_extract import Tables, person, tables, write_extract

Rejects = Callable[..., list[tuple[str, int, str, str]]]

LATE = 30_000  # a record far beyond what a reader looks at to guess a type
LIVING = [row["patient_id"] for row in tables()["patients"] if not row["death_date"]]
ROW = ["0001", "2012-01-01", "pth", "20", "pmol/L", "007"]
DRUG = {"patient_id": person(9), "start_date": "2012-01-01", "system": "atc", "code": "H05BX01"}
ALL_TABLES = tables() | {"drugs": [DRUG]}
OF_PEOPLE = [name for name, rows in ALL_TABLES.items() if "patient_id" in rows[0]]


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


def long_labs(extract: Path, **late: str) -> Path:
    """Laboratory records of the living; the three from number ``LATE`` on changed."""
    names = list(tables()["labs"][0])
    days = pd.date_range("2012-01-01", "2019-12-31").strftime("%Y-%m-%d")
    lines = [",".join(names)]
    for number in range(2, LATE + 3):
        whole = dict(zip(names, ROW, strict=True))
        whole |= {
            "patient_id": LIVING[number % len(LIVING)],
            "sample_date": days[number // len(LIVING)],
            "value": f"{20 + number % 7}",
        }
        lines.append(",".join((whole | late if number >= LATE else whole).values()))
    (extract / "labs.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return extract


def rows_of(found: list[tuple[str, int, str, str]], file: str) -> list[tuple[int, str, str]]:
    return [(row, column, rule) for name, row, column, rule in found if name == file]


@pytest.mark.parametrize(
    ("late", "rule"),
    [
        ({"value": "haemolysed"}, "not_a_number_or_bound"),
        ({"value": "20,5"}, "too_many_cells"),
        ({"sample_date": "01/01/2012"}, "not_a_date"),
        ({"sample_date": "40909"}, "not_a_date"),
    ],
)
def test_a_value_that_changes_type_late(
    rejects: Rejects, extract: Path, late: dict, rule: str
) -> None:
    found = rows_of(rejects(long_labs(extract, **late)), "labs.csv")
    column = "" if rule == "too_many_cells" else next(iter(late))
    assert found == [(row, column, rule) for row in (LATE, LATE + 1, LATE + 2)]


def test_an_id_that_turns_into_text_late(ingested, extract: Path) -> None:
    """``007`` stays so in the 29,998 records before."""
    labs = pd.read_parquet(ingested(long_labs(extract, centre_id="A7")) / "labs")
    assert labs["centre_id"].value_counts().to_dict() == {"007": LATE - 2, "A7": 3}


@pytest.mark.parametrize("name", ["NA", "null", "None", "nan", "N/A", "-"])
def test_a_word_that_some_readers_take_for_nothing_is_a_name(ingested, name: str) -> None:
    content = tables()
    content["patients"] = [row | {"centre_id": name} for row in content["patients"]]
    content["centres"].append({"centre_id": name, "pth_assay": "second generation"})
    out = ingested(content)
    assert set(pd.read_parquet(out / "patients")["centre_id"]) == {name}
    assert name in set(pd.read_parquet(out / "centres")["centre_id"])


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        ("2012-02-29", None),
        ("2000-02-29", None),
        ("2011-02-29", "impossible_date"),
        ("1900-02-29", "impossible_date"),
        ("2100-02-29", "impossible_date"),
        ("2012-02-30", "impossible_date"),
        ("12-02-29", "not_a_date"),
        ("29-02-12", "not_a_date"),
        ("2012-2-29", "not_a_date"),
        ("1900-01-01", "placeholder_date"),
        ("9999-12-31", "placeholder_date"),
        ("1896-02-29", None),
        ("1896-02-28", "birth_too_early"),
    ],
)
def test_days_of_birth(ingested, day: str, rule: str | None) -> None:
    content = tables()
    content["patients"][50]["birth_date"] = day
    content["patients"][50]["first_dialysis_date"] = "2016-02-29"
    out = ingested(content)
    rejects = pd.read_parquet(out / "rejects.parquet")
    of_people = rejects[rejects["file"] == "patients.csv"]
    assert list(of_people["rule"]) == ([rule] if rule else [])
    people = pd.read_parquet(out / "patients").set_index("patient_id")
    if rule is None:
        assert str(people.loc[person(50), "birth_date"])[:10] == day
    else:
        assert person(50) not in people.index


@pytest.mark.parametrize("name", OF_PEOPLE)
@pytest.mark.parametrize("nothing", ["", "   "])
def test_a_null_key_joins_nobody(rejects: Rejects, name: str, nothing: str) -> None:
    """A person without an id, and a record without one: neither is used."""
    content = {table: [dict(row) for row in rows] for table, rows in ALL_TABLES.items()}
    content["patients"].append(content["patients"][9] | {"patient_id": nothing})
    if name != "patients":
        content[name].append(content[name][-1] | {"patient_id": nothing})
    found = rejects(content)
    missing = [
        (f"{n}.csv", len(content[n]) + 1, "patient_id", "missing") for n in {name, "patients"}
    ]
    assert sorted(found) == sorted(missing)


def test_a_null_centre_is_no_centre(rejects: Rejects) -> None:
    content = tables()
    content["centres"].append({"centre_id": "", "pth_assay": "second generation"})
    content["patients"][5]["centre_id"] = ""
    assert rejects(content) == [("centres.csv", 5, "centre_id", "missing")]


@pytest.mark.parametrize(
    ("kind", "writer"), [("DOUBLE", "duckdb"), ("DOUBLE", "arrow"), ("VARCHAR", "duckdb")]
)
def test_null_keys_of_parquet_join_nobody(ingested, tmp_path: Path, kind: str, writer: str) -> None:
    """Null and NaN in people and in laboratory records.

    Arrow states the bounds of a column in which some cells are NaN, DuckDB does not; with none
    missing beside them the engine took that to say that there are none.
    """
    numbered = {
        name: [
            r | ({"patient_id": str(int(r["patient_id"]) + 1)} if "patient_id" in r else {})
            for r in rows
        ]
        for name, rows in tables().items()
    }
    extract = write_extract(tmp_path / "extract", numbered)
    nothing = {"DOUBLE": "CAST('nan' AS DOUBLE)", "VARCHAR": "''"}[kind]
    null = nothing if writer == "arrow" else "NULL"
    cell = (
        f"CASE WHEN patient_id = '7' THEN {null} WHEN patient_id = '8' THEN {nothing} "
        f"ELSE CAST(patient_id AS {kind}) END"
    )
    for name in ("patients", "labs"):
        with duckdb.connect() as engine:
            engine.execute(
                f"COPY (SELECT * REPLACE ({cell} AS patient_id) FROM "
                f"read_csv('{extract}/{name}.csv', all_varchar=true)) TO '{extract}/{name}.parquet'"
            )
        if writer == "arrow":
            written = pq.read_table(extract / f"{name}.parquet")
            pq.write_table(written, extract / f"{name}.parquet")
        (extract / f"{name}.csv").unlink()
    out = ingested(extract)
    found = pd.read_parquet(out / "rejects.parquet")
    of_null = found[found["rule"] == "missing"]
    assert of_null.groupby("file").size().to_dict() == {"labs.parquet": 48, "patients.parquet": 2}
    assert len(pd.read_parquet(out / "labs")) == 58 * 24


def test_headers_reordered_and_one_more_column(ingested, extract: Path) -> None:
    whole = pd.read_parquet(ingested(extract) / "labs")
    path = extract / "labs.csv"
    frame = pd.read_csv(path, dtype=str)
    other = frame[list(frame.columns)[::-1]].assign(batch="b")
    path.write_text(other.to_csv(index=False), "utf-8")
    again = pd.read_parquet(ingested(extract) / "labs")
    pd.testing.assert_frame_equal(again, whole)


def test_a_header_that_stands_again_further_down(rejects: Rejects, extract: Path) -> None:
    path = extract / "labs.csv"
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:700], lines[0], *lines[700:]]), "utf-8")
    assert rows_of(rejects(extract), "labs.csv") == [(701, "sample_date", "not_a_date")]


def test_what_lies_in_the_future_is_out_of_scope(ingested) -> None:
    content: Tables = tables()
    content["labs"][7]["sample_date"] = "2031-05-05"
    out = ingested(content)
    quality = pd.read_parquet(out / "quality.parquet")
    rows = quality[(quality["measure"] == "rows") & quality["strata"].str.contains("table=labs")]
    count = rows.set_index("level")["numerator"]
    assert (count["used"], count["total"]) == (1439, 1440)


def test_nobody_can_be_used_and_why(refused) -> None:
    content = tables()
    for row in content["patients"]:
        row["first_dialysis_date"] += " 00:00"
    line = refused(content)
    assert line.startswith("patients.csv, row 2, column first_dialysis_date: ")
    assert "is not a date" in line


@pytest.mark.parametrize("day", ["0012-06-01", "0212-06-01", "1212-06-01"])
def test_a_day_in_antiquity(rejects, day: str) -> None:
    content = tables()
    content["patients"][5]["birth_date"] = ""
    content["procedures"] = [
        row | {"patient_id": content["patients"][5]["patient_id"], "date": day}
        for row in content["procedures"]
    ]
    found = [reject for reject in rejects(content) if reject[0] == "procedures.csv"]
    assert found == [("procedures.csv", 2, "date", "impossible_date")]


@pytest.mark.parametrize(("born", "used"), [("1839", 59), ("1840", 60)])
def test_the_first_year_of_any_date(ingested, born: str, used: int) -> None:
    content = tables()
    content["patients"][5] |= {"birth_date": born, "first_dialysis_date": "1959-06-01"}
    assert len(pd.read_parquet(ingested(content) / "patients")) == used
