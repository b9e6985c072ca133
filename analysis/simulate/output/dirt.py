"""Errors in the data as real extracts have them, at stated rates; every kind is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from analysis.simulate import labs
from analysis.simulate.course import Course
from analysis.simulate.output.tables import EXTRA_VALUES
from analysis.simulate.output.write import (
    FIRST_DAY,
    IMPOSSIBLE_DATES,
    LAST_DAY,
    CategoricalColumn,
    Table,
    stacked,
    take,
)
from analysis.simulate.people import FAR

SWAPPED_CENTRE = 0
ABOVE_PG, ABOVE_PMOL, BELOW_MMOL, BELOW_MG = (
    3 * (labs.LARGEST + 1) + EXTRA_VALUES.index(text) for text in (">2500", ">265", "<0.3", "<1.0")
)
WORDS = tuple(
    3 * (labs.LARGEST + 1) + EXTRA_VALUES.index(text)
    for text in ("haemolysed", "insufficient", "see comment")
)
PMOL_TEXTS = labs.LARGEST + 1  # where texts with one decimal begin


def soil(
    rng: np.random.Generator,
    tables: dict[str, Table],
    course: Course,
    conventional: np.ndarray,
    p: Mapping[str, float],
) -> tuple[dict[str, Table], Counter]:
    """The tables with dirt in them, and the number of rows injected by kind."""
    counted: Counter = Counter()
    result = dict(tables)
    result["labs"] = _soil_labs(rng, tables["labs"], course, conventional, p, counted)
    result["modality_spells"] = _overlapping(rng, tables["modality_spells"], p, counted)
    result["patients"] = _unknown_sex(rng, tables["patients"], p, counted)
    result["diagnoses"] = _soil_diagnoses(rng, tables["diagnoses"], p, counted)
    return result, counted


def _some(rng: np.random.Generator, count: int, rate: float) -> np.ndarray:
    return np.flatnonzero(rng.random(count) < rate)


def _with(table: Table, name: str, rows: np.ndarray, codes: np.ndarray | int) -> Table:
    changed = table[name].codes.copy()
    changed[rows] = codes
    return {**table, name: CategoricalColumn(changed, table[name].categories)}


def _soil_labs(
    rng: np.random.Generator,
    table: Table,
    course: Course,
    conventional: np.ndarray,
    p: Mapping[str, float],
    counted: Counter,
) -> Table:
    table = _bounds(rng, table, conventional, p, counted)
    table = _words(rng, table, p, counted)
    table = _swapped(table, counted)
    table = _after_death(rng, table, course, p, counted)
    table = _post_dialysis(rng, table, p, counted)
    table = _duplicated(rng, table, p, counted)
    return _impossible_dates(rng, table, "sample_date", p, counted)


def _bounds(
    rng: np.random.Generator,
    table: Table,
    conventional: np.ndarray,
    p: Mapping[str, float],
    counted: Counter,
) -> Table:
    analyte, value = table["analyte"].codes, table["value"].codes
    in_mg = conventional[table["centre_id"].codes]
    pth = analyte == labs.PTH
    high_pg = np.flatnonzero(pth & in_mg & (value > 2500))
    high_pmol = np.flatnonzero(pth & ~in_mg & (value > PMOL_TEXTS + 2650))
    low = _some(rng, len(value), p["dirt_low_bound"])
    low = low[analyte[low] == labs.PHOSPHATE]
    table = _with(table, "value", high_pg, ABOVE_PG)
    table = _with(table, "value", high_pmol, ABOVE_PMOL)
    table = _with(table, "value", low, np.where(in_mg[low], BELOW_MG, BELOW_MMOL))
    counted["comparator"] += len(high_pg) + len(high_pmol) + len(low)
    return table


def _words(
    rng: np.random.Generator, table: Table, p: Mapping[str, float], counted: Counter
) -> Table:
    rows = _some(rng, len(table["value"].codes), p["dirt_text_value"])
    counted["text_value"] += len(rows)
    return _with(table, "value", rows, np.array(WORDS)[rng.integers(0, len(WORDS), len(rows))])


def _swapped(table: Table, counted: Counter) -> Table:
    """One centre declares the unit of the other system beside values it did not convert."""
    unit, analyte = table["unit"].codes, table["analyte"].codes
    rows = np.flatnonzero((table["centre_id"].codes == SWAPPED_CENTRE) & (analyte <= labs.ALBUMIN))
    counted["swapped_unit"] += len(rows)
    return _with(table, "unit", rows, unit[rows] ^ 1)


def _after_death(
    rng: np.random.Generator,
    table: Table,
    course: Course,
    p: Mapping[str, float],
    counted: Counter,
) -> Table:
    """A copy of a dead person's last row, dated up to two months after death."""
    person = table["patient_id"].codes
    last = np.flatnonzero(np.append(person[1:] != person[:-1], True)) if len(person) else person
    dead = last[course.death_day[person[last]] < FAR]
    chosen = dead[rng.random(len(dead)) < p["dirt_lab_after_death"]]
    days = course.death_day[person[chosen]] + rng.integers(1, 61, len(chosen)) - FIRST_DAY
    counted["lab_after_death"] += len(chosen)
    extra = take(table, chosen)
    return stacked(table, _with(extra, "sample_date", np.arange(len(chosen)), days))


def _post_dialysis(
    rng: np.random.Generator, table: Table, p: Mapping[str, float], counted: Counter
) -> Table:
    """A second phosphate of the day, taken after dialysis and about half the first."""
    analyte, value = table["analyte"].codes, table["value"].codes
    rows = _some(rng, len(value), p["dirt_post_dialysis"])
    kept = (analyte[rows] == labs.PHOSPHATE) & (table["timing"].codes[rows] == 0)
    rows = rows[kept & (value[rows] < 3 * (labs.LARGEST + 1))]
    base = value[rows] // (labs.LARGEST + 1) * (labs.LARGEST + 1)
    extra = _with(
        take(table, rows), "value", np.arange(len(rows)), base + (value[rows] - base) // 2
    )
    extra = _with(extra, "timing", np.arange(len(rows)), 1)
    counted["post_dialysis_sample"] += len(rows)
    return stacked(table, extra)


def _duplicated(
    rng: np.random.Generator, table: Table, p: Mapping[str, float], counted: Counter
) -> Table:
    rows = _some(rng, len(table["patient_id"].codes), p["dirt_duplicate"])
    counted["duplicate"] += len(rows)
    return stacked(table, take(table, rows))


def _impossible_dates(
    rng: np.random.Generator, table: Table, name: str, p: Mapping[str, float], counted: Counter
) -> Table:
    rows = _some(rng, len(table[name].codes), p["dirt_impossible_date"])
    counted["impossible_date"] += len(rows)
    codes = LAST_DAY - FIRST_DAY + rng.integers(0, len(IMPOSSIBLE_DATES), len(rows))
    return _with(table, name, rows, codes)


def _overlapping(
    rng: np.random.Generator, table: Table, p: Mapping[str, float], counted: Counter
) -> Table:
    """A spell that ends days after the person's next one begins."""
    person, end = table["patient_id"].codes, table["end_date"].codes
    has_next = np.append(person[1:] == person[:-1], False) if len(person) else person.astype(bool)
    rows = np.flatnonzero(has_next & (end >= 0))
    rows = rows[rng.random(len(rows)) < p["dirt_overlapping_spell"]]
    counted["overlapping_spell"] += len(rows)
    return _with(table, "end_date", rows, end[rows] + rng.integers(3, 30, len(rows)))


def _soil_diagnoses(
    rng: np.random.Generator, table: Table, p: Mapping[str, float], counted: Counter
) -> Table:
    rows = _some(rng, len(table["code"].codes), p["dirt_unknown_code"])
    known = len(table["code"].categories) - 2
    extra = take(table, rows)
    extra = _with(extra, "code", np.arange(len(rows)), known + rng.integers(0, 2, len(rows)))
    extra = _with(extra, "system", np.arange(len(rows)), 2)
    counted["unknown_code"] += len(rows)
    table = _duplicated(rng, stacked(table, extra), p, counted)
    return _impossible_dates(rng, table, "date", p, counted)


def _unknown_sex(
    rng: np.random.Generator, table: Table, p: Mapping[str, float], counted: Counter
) -> Table:
    rows = _some(rng, len(table["sex"].codes), p["dirt_unknown_sex"])
    counted["unknown_sex"] += len(rows)
    return _with(table, "sex", rows, -1)
