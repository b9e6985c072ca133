"""Rules between tables, repeats and order of a bucket's rows, against a loop over the records."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from analysis.ingest.first_pass.people_rules import EVENT_DATES
from analysis.ingest.second_pass import table_rows
from analysis.ingest.second_pass.bucket_pass import used_columns
from analysis.ingest.second_pass.bucket_rows import BucketRows, KnownPeople
from data_schema.declarations import TABLE_NAMES, table

IDS = ["A1", "B\u00e9", "a0"]  # in the order of their bytes
BIRTH, DEATH = [-5.0, np.nan, 3.0], [6.0, 4.0, np.nan]
EVERYBODY = KnownPeople(pa.array(IDS), np.array(BIRTH), np.array(DEATH))
END = 5  # last day of data
NAMES = [name for name in TABLE_NAMES if name != "labs"]
ORDERS = {
    "patients": ["patient_id"],
    "modality_spells": ["person", "start_date"],
    "diagnoses": ["person", "date"],
    "procedures": ["person", "date"],
    "drugs": ["person", "start_date"],
    "assessments": ["person", "date"],
    "coverage": ["person", "domain", "start_date"],
    "centres": ["centre_id"],
}
WORDS = some.sampled_from(["", "B", "a", "b", "\u00e9"])


def epoch(day: int | None) -> date | None:
    return None if day is None else date(1970, 1, 1) + timedelta(day)


def of_people(name: str) -> bool:
    return name not in ("patients", "centres")


@some.composite
def records(draw, name: str) -> list[dict]:
    """Few values, so that keys repeat; a record may have become several rows."""
    rows = []
    for _ in range(draw(some.integers(0, 12))):
        row: dict = {"rule": draw(some.sampled_from(["", "", "", "x:broken", "b:broken"]))}
        row["scope"] = draw(some.sampled_from(["", "", "", "elsewhere"]))
        may_lack = bool(row["rule"] or row["scope"])
        for column in table(name).columns:
            cells = some.integers(-7, 8) if "date" in column.type else WORDS
            lacks = some.none() if may_lack or not column.required else some.nothing()
            row[column.name] = draw(some.one_of(cells, lacks))
        row |= {"person": draw(some.integers(-1, 2)), "file": draw(some.integers(0, 1))}
        rows.append(row | {"record": draw(some.integers(2, 20))})
    return rows


def staged(name: str, rows: list[dict]) -> BucketRows:
    cells: dict = {}
    for column in table(name).columns:
        given = [row[column.name] for row in rows]
        if "date" in column.type:
            cells[column.name] = pa.array(given, pa.int32()).cast(pa.date32())
        elif column.type == "category":
            cells[column.name] = pa.array(given, pa.string()).dictionary_encode()
        else:
            cells[column.name] = pa.array(given, pa.string())
    if of_people(name):
        del cells["patient_id"]
        cells["_person"] = pa.array([p if (p := r["person"]) >= 0 else None for r in rows], "int32")
    file = pa.array([row["file"] for row in rows], pa.uint8())
    cells["_file"] = pa.DictionaryArray.from_arrays(file, pa.array(["f.csv", "g.csv"]))
    cells["_row"] = pa.array([row["record"] for row in rows], pa.int64())
    for mark, key in (("_rule", "rule"), ("_flag", "flag"), ("_out_of_scope", "scope")):
        given = [row.get(key) or None for row in rows]
        cells[mark] = pa.array(given, pa.string()).dictionary_encode()
    return BucketRows(pa.table(cells))


def key_of(name: str, row: dict) -> tuple:
    return tuple(row["person" if c == "patient_id" and of_people(name) else c] for c in key(name))


def key(name: str) -> tuple[str, ...]:
    return table(name).key


def late_rule(name: str, row: dict) -> str:
    """The rule between tables that a row breaks, '' for none."""
    if row["scope"] or not of_people(name):
        return ""
    if row["person"] < 0:
        return "patient_id:unknown_person"
    event = EVENT_DATES[name]
    day = row[event]
    if day is None:
        return ""
    if day > DEATH[row["person"]]:
        return f"{event}:after_death"
    return f"{event}:before_birth" if day < BIRTH[row["person"]] else ""


def judged(name: str, rows: list[dict]) -> list[tuple[str, str]]:
    """Rule and scope of each row."""
    seen: set[tuple] = set()
    found = [("", "")] * len(rows)
    for place in sorted(range(len(rows)), key=lambda n: (rows[n]["file"], rows[n]["record"], n)):
        row = rows[place]
        rule, scope = row["rule"] or late_rule(name, row), row["scope"]
        if not row["rule"] and not row["scope"]:
            if key_of(name, row) in seen:
                rule = rule or f"{key(name)[0]}:duplicate_row"
            seen.add(key_of(name, row))
        day = row[EVENT_DATES[name]] if name in EVENT_DATES else None
        if not row["rule"] and not scope and day is not None and day > END:
            scope = "after_end_of_data"
        found[place] = (rule, scope)
    return found


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(data=some.data())
def test_rules_repeats_and_order_are_those_of_a_loop(name: str, data) -> None:
    given_rows = data.draw(records(name))
    rows, people = staged(name, given_rows), EVERYBODY if of_people(name) else None
    table_rows.check(rows, table(name), people, epoch(END))
    every = np.arange(rows.n)
    expected = judged(name, given_rows)
    assert list(zip(rows.rule.names_at(every), rows.scope.names_at(every), strict=True)) == expected
    used = [n for n, marks in enumerate(expected) if marks == ("", "")]
    by = [*ORDERS[name], "file", "record"]
    used.sort(key=lambda n: tuple(_bytes(given_rows[n][c]) for c in by))
    order = table_rows.in_order(rows, name)
    assert order.tolist() == used
    cells = table_rows.used_table(rows, order, people, used_columns(name)).to_pylist()
    assert cells == [_cells(name, given_rows[n]) for n in used]


def _bytes(cell: str | int) -> bytes | int:
    return cell.encode() if isinstance(cell, str) else cell


def _cells(name: str, row: dict) -> dict:
    cells = {
        c.name: epoch(row[c.name]) if "date" in c.type else row[c.name] for c in table(name).columns
    }
    cells |= {"_file": ["f.csv", "g.csv"][row["file"]], "_row": row["record"]}
    if of_people(name):
        cells |= {"patient_id": IDS[row["person"]], "person": row["person"]}
    return cells


def test_keys_that_fit_no_number_together_keep_order_and_equality() -> None:
    """Five dates from year 1 to 9999, and words of many kinds, make more than 2**63 keys."""
    rng = np.random.default_rng(20261129)
    days = rng.choice([-719162, 0, 2932896], size=(5, 200))
    cells = {f"d{n}": pa.array(days[n], pa.int32()).cast(pa.date32()) for n in range(5)}
    marks = {m: pa.array([None] * 200, pa.string()) for m in ("_rule", "_flag", "_out_of_scope")}
    file = {"_file": pa.array(["f"] * 200), "_row": pa.array(np.arange(200))}
    rows = BucketRows(pa.table({**cells, **marks, **file}))
    found = table_rows.row_keys(rows, [*cells], np.arange(200, dtype=np.int32))
    tuples = list(zip(*days.tolist(), strict=True))
    rank = {one: place for place, one in enumerate(sorted(set(tuples)))}
    expected = np.array([rank[one] for one in tuples])
    np.testing.assert_array_equal(
        np.argsort(found, kind="stable"), np.argsort(expected, kind="stable")
    )
    assert len(set(found.tolist())) == len(rank)
