"""Rules across records and tables, in time: a bucket of whole people in, its flags out.

One function a rule, named by its id in ``data_schema/checks.toml``; it says which rows of a table
break it. All work on the typed records that are used, so nothing here changes a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analysis import store
from analysis.ingest.first_pass.people_rules import EVENT_DATES
from analysis.ingest.second_pass.coverage_gaps import Coverage, outside_coverage
from data_schema.codelists import groups_of
from data_schema.declarations import checks, table
from data_schema.refusal import refusal
from data_schema.results import Estimate

Tables = Mapping[str, pd.DataFrame]
Rows = NDArray[np.bool_]
Days = NDArray[np.int32]
COMPARED = {  # beside dates, centre and person
    "modality_spells": ("modality",),
    "diagnoses": ("system", "code", "status"),
    "assessments": ("method", "site", "calcification"),
    "coverage": ("domain",),
}
DIALYSIS = ("HD", "HHD", "PD")
CASE_GROUPS = {"case_core"}
FLAG_COLUMNS = ["table", "file", "row", "column", "rule"]
NO_DAY, FOREVER = np.int32(-(2**31)), np.int32(2**31 - 1)
MOST_UNKNOWN, FEWEST_RECORDS = 0.5, 100


def rule_columns(name: str, used: pa.Table) -> pd.DataFrame:
    """The columns of a table's typed, used rows that the rules compare.

    ``used``: with ``person``, the place of the row's person in ``patients``, but for ``patients``
    and ``centres`` themselves.
    """
    kinds = {column.name: column.type for column in table(name).columns}
    dates = [c for c, kind in kinds.items() if kind in ("date", "partial_date")]
    categories = [c for c in ("centre_id", *COMPARED.get(name, ())) if c in kinds]
    others = [c for c in ("person", *categories, "_file", "_row") if c in used.column_names]
    cells = {c: used.column(c).cast(pa.int32()).fill_null(NO_DAY) for c in dates}
    return store.lent_frame(pa.table({**cells, **{c: used.column(c) for c in others}}))


def cross_table_flags(tables: Tables, precision: str = "day") -> pd.DataFrame:
    """Every row of a bucket that a rule flags: ``table, file, row, column, rule``.

    ``tables``: ``rule_columns`` of each table of the extract: dates are days since 1970, ``NO_DAY``
    for none, a ``person`` the place in ``patients``. ``patients`` is there, ``centres`` whole;
    tables that the extract lacks are left out. Where ``precision`` is month, two dates of one month
    are neither before nor after each other.
    """
    if precision == "month":
        tables = {name: _by_month(name, frame) for name, frame in tables.items()}
    asked = [
        (name, rule) for rule, check in checks().items() if rule in RULES for name in check.tables
    ]
    found = [_broken(tables, *ask) for ask in asked if len(tables.get(ask[0], ()))]
    found = [part for part in found if len(part)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=FLAG_COLUMNS)


def _broken(tables: Tables, name: str, rule: str) -> pd.DataFrame:
    """The rows of a table that break a rule."""
    frame = tables[name]
    rows = np.flatnonzero(RULES[rule](tables, name))
    cells = {
        "table": name,
        "file": frame["_file"].take(rows).to_numpy(),
        "row": frame["_row"].to_numpy()[rows],
        "column": checks()[rule].column or EVENT_DATES[name],
        "rule": rule,
    }
    return pd.DataFrame(cells)


def _by_month(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Each date as the first day of its month."""
    return frame.assign(
        **{
            c.name: _first_of_month(frame[c.name].to_numpy())
            for c in table(name).columns
            if c.type in ("date", "partial_date")
        }
    )


def _first_of_month(day: Days) -> Days:
    first = day.astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[D]")
    return np.where(day == NO_DAY, NO_DAY, first.astype(np.int64)).astype(np.int32)


def count_flags(flags: pd.DataFrame) -> Counter:
    """(table, file, column, rule) -> records; counts of buckets add up."""
    keys = ["table", "file", "column", "rule"]
    sizes = flags.groupby(keys, sort=True).size()
    return Counter({tuple(map(str, key)): int(n) for key, n in sizes.items()})


def flag_rows(counts: Counter) -> list[Estimate]:
    """The counts as rows of the data-quality page."""
    return [
        Estimate(
            "quality",
            "flagged_rows",
            strata=f"file={file};table={table}",
            term=column,
            level=rule,
            estimate=float(n),
            numerator=float(n),
            unit="records",
            reason=checks()[rule].says,
        )
        for (table, file, column, rule), n in sorted(counts.items())
    ]


def refuse_unmatched(file: str, unknown: int, records: int) -> None:
    """Stop where most of a table's records belong to nobody: the ids are of another kind."""
    if records >= FEWEST_RECORDS and unknown > MOST_UNKNOWN * records:
        said = checks()["ids_do_not_match"].says
        raise refusal(f"{said[0].lower()}{said[1:]}", file=file, column="patient_id")


def _days(frame: pd.DataFrame, column: str) -> Days:
    return frame[column].to_numpy()


def _before(one: Days, other: Days) -> Rows:
    """Whether a day lies before another one; a day that is not known lies nowhere."""
    return (one < other) & (one != NO_DAY)


def _of_person(tables: Tables, frame: pd.DataFrame, column: str) -> Days:
    """A date of the person of each row; none for a person who is not there."""
    return np.append(_days(tables["patients"], column), NO_DAY)[frame["person"].to_numpy()]


def _spells_overlap(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    person, start = frame["person"].to_numpy(), _days(frame, "start_date")
    order = np.lexsort((start, person))
    follows = np.zeros(len(frame), dtype=bool)
    same = person[order][1:] == person[order][:-1]
    end = _days(frame, "end_date")[order][:-1]
    follows[order[:-1]] = same & _before(start[order][1:], end)
    return follows


def _transplant_on_dialysis(tables: Tables, name: str) -> Rows:
    """A dialysis spell without an end that began before a transplant."""
    frame = tables[name]
    person, start = frame["person"].to_numpy(), _days(frame, "start_date")
    graft = (frame["modality"] == "TX").to_numpy()
    last = np.full(len(tables["patients"]) + 1, NO_DAY)
    np.maximum.at(last, person[graft], start[graft])
    is_open = (_days(frame, "end_date") == NO_DAY) & _before(start, last[person])
    return is_open & frame["modality"].isin(DIALYSIS).to_numpy()


def _spell_before_dialysis(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _before(_days(frame, "start_date"), _of_person(tables, frame, "first_dialysis_date"))


def _spell_ends_after_death(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _before(_of_person(tables, frame, "death_date"), _days(frame, "end_date"))


def _contact_after_death(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _before(_days(frame, "death_date"), _days(frame, "last_contact_date"))


def _result_before_sample(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _before(_days(frame, "result_date"), _days(frame, "sample_date"))


def _assessments_contradict(tables: Tables, name: str) -> Rows:
    """Adjudication is a verdict on the person, not an assessment."""
    frame = tables[name]
    assessed = frame["method"].ne("adjudication") & frame["calcification"].isin(["yes", "no"])
    yes = (frame["calcification"] == "yes").where(assessed)
    keys = [frame["person"], frame["date"], frame["site"]]
    both = yes.astype("float").groupby(keys, observed=True).transform("nunique")
    return (assessed & (both > 1)).to_numpy()


def _resolved_before_onset(tables: Tables, name: str) -> Rows:
    """A negative assessment after a positive one at the same site, both before the first code."""
    frame, first_code = tables[name], _first_code(tables)
    day = _days(frame, "date")
    yes = (frame["calcification"] == "yes") & frame["method"].ne("adjudication")
    positive = frame["date"].where(yes)
    keys = [frame["person"], frame["site"]]
    first_positive = positive.groupby(keys, observed=True).transform("min").to_numpy()
    first = frame["person"].map(first_code).to_numpy()
    negative = (frame["calcification"] == "no").to_numpy()
    return negative & (first_positive < day) & (day < first)


def _first_code(tables: Tables) -> pd.Series:
    """First date of a code of calcinosis that stands, by person."""
    frame = tables.get("diagnoses")
    if frame is None or len(frame) == 0:
        return pd.Series(dtype=np.int32)
    pairs = frame[["system", "code"]].drop_duplicates().itertuples(index=False, name=None)
    core = {pair for pair in pairs if CASE_GROUPS & set(groups_of(*pair))}
    is_case = [pair in core for pair in zip(frame["system"], frame["code"], strict=True)]
    stands = ~frame["status"].isin(["refuted", "entered_in_error"]).to_numpy()
    return frame[np.array(is_case, dtype=bool) & stands].groupby("person")["date"].min()


def _outside_coverage(tables: Tables, name: str) -> Rows:
    """In no period of the person's coverage of this domain; nobody's where no table says so."""
    frame, coverage = tables[name], tables.get("coverage")
    own = None if coverage is None else coverage[coverage["domain"] == name]
    if own is None or len(own) == 0:
        return np.zeros(len(frame), dtype=bool)
    start, end, covered = _days(own, "start_date"), _days(own, "end_date"), own["person"].to_numpy()
    end = np.where(end == NO_DAY, FOREVER, end)
    day, person = _days(frame, EVENT_DATES[name]), frame["person"].to_numpy()
    return outside_coverage(person, day, Coverage(covered, start, end))


def _unknown_centre(tables: Tables, name: str) -> Rows:
    frame, centres = tables[name], tables.get("centres")
    if centres is None:
        return np.zeros(len(frame), dtype=bool)
    given = pd.Categorical(frame["centre_id"])
    unknown = ~given.categories.isin(centres["centre_id"])
    return np.append(unknown, False)[given.codes]


RULES: dict[str, Callable[[Tables, str], Rows]] = {
    "spells_overlap": _spells_overlap,
    "transplant_on_dialysis": _transplant_on_dialysis,
    "spell_before_dialysis": _spell_before_dialysis,
    "spell_ends_after_death": _spell_ends_after_death,
    "contact_after_death": _contact_after_death,
    "result_before_sample": _result_before_sample,
    "assessments_contradict": _assessments_contradict,
    "resolved_before_onset": _resolved_before_onset,
    "outside_coverage": _outside_coverage,
    "unknown_centre": _unknown_centre,
}
