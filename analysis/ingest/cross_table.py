"""Rules across records and tables, in time: a bucket of whole people in, its flags out.

One function a rule, named by its id in ``data_schema/checks.toml``; it says which rows of a table
break it. All work on the typed records that are used, so nothing here changes a record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ingest.coverage_kernels import mark_outside
from data_schema.codelists import groups_of
from data_schema.declarations import checks
from data_schema.refusal import refusal
from data_schema.results import Estimate

Tables = Mapping[str, pd.DataFrame]
Rows = NDArray[np.bool_]
EVENT_DATES = {
    "labs": "sample_date",
    "diagnoses": "date",
    "procedures": "date",
    "drugs": "start_date",
    "assessments": "date",
}
LOOKED_AT = {  # beside dates, centre and person
    "modality_spells": ("modality",),
    "diagnoses": ("system", "code", "status"),
    "assessments": ("method", "site", "calcification"),
    "coverage": ("domain",),
}
DIALYSIS = ("HD", "HHD", "PD")
CASE_GROUPS = {"case_core"}
FLAG_COLUMNS = ["table", "file", "row", "column", "rule"]
FOREVER = np.int32(2**31 - 1)
MOST_UNKNOWN, FEWEST_RECORDS = 0.5, 100


def with_person(tables: Tables) -> dict[str, pd.DataFrame]:
    """Each table with ``person``, the position (64 bits) of its ``patient_id`` in ``patients``."""
    ids = pd.Index(tables["patients"]["patient_id"])
    found = {}
    for name, frame in tables.items():
        if "person" in frame:
            whole = frame["person"].dtype == np.int64
            found[name] = frame if whole else frame.assign(person=frame["person"].astype(np.int64))
        elif "patient_id" in frame:
            person = ids.get_indexer(frame["patient_id"]).astype(np.int64)
            found[name] = frame.assign(person=person)
        else:
            found[name] = frame
    return found


def cross_table_flags(tables: Tables, precision: str = "day") -> pd.DataFrame:
    """Every row of a bucket that a rule flags: ``table, file, row, column, rule``.

    ``tables``: the typed, used rows of each table of the extract, with ``_file`` and ``_row``;
    ``patients`` is there, ``centres`` whole; tables that the extract lacks are left out. Where
    ``precision`` is month, two dates of one month are neither before nor after each other.
    """
    known = with_person(tables)
    if precision == "month":
        known = {name: _by_month(frame) for name, frame in known.items()}
    parts = []
    for rule, check in checks().items():
        if rule not in RULES:
            continue
        for name in check.tables:
            frame = known.get(name)
            if frame is None or len(frame) == 0:
                continue
            broken = frame[["_file", "_row"]].take(np.flatnonzero(RULES[rule](known, name)))
            column = check.column or EVENT_DATES[name]
            parts.append(
                pd.DataFrame(
                    {
                        "table": name,
                        "file": broken["_file"].to_numpy(),
                        "row": broken["_row"].to_numpy(),
                        "column": column,
                        "rule": rule,
                    }
                )
            )
    found = [part for part in parts if len(part)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=FLAG_COLUMNS)


def _by_month(frame: pd.DataFrame) -> pd.DataFrame:
    dates = frame.select_dtypes("datetime").columns
    return frame.assign(
        **{c: frame[c].to_numpy("datetime64[M]").astype("datetime64[s]") for c in dates}
    )


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


def _dates(frame: pd.DataFrame, column: str) -> NDArray[np.datetime64]:
    return frame[column].to_numpy("datetime64[D]")


def _of_person(tables: Tables, frame: pd.DataFrame, column: str) -> NDArray[np.datetime64]:
    """A date of the person of each row; not a date for a person who is not there."""
    person = frame["person"].to_numpy()
    if len(tables["patients"]) == 0:
        return np.full(len(frame), np.datetime64("NaT", "D"))
    return np.where(
        person >= 0, _dates(tables["patients"], column)[person], np.datetime64("NaT", "D")
    )


def _spells_overlap(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    person, start = frame["person"].to_numpy(), _dates(frame, "start_date")
    order = np.lexsort((start, person))
    follows = np.zeros(len(frame), dtype=bool)
    same = person[order][1:] == person[order][:-1]
    end = _dates(frame, "end_date")[order][:-1]
    follows[order[:-1]] = same & (end > start[order][1:])
    return follows


def _transplant_on_dialysis(tables: Tables, name: str) -> Rows:
    """A dialysis spell without an end that began before a transplant."""
    frame = tables[name]
    grafts = frame.loc[frame["modality"] == "TX", ["person", "start_date"]]
    last = grafts.groupby("person")["start_date"].max()
    graft = frame["person"].map(last).to_numpy("datetime64[D]")
    end = _dates(frame, "end_date")
    open_at = np.isnat(end) & (_dates(frame, "start_date") < graft)
    return open_at & frame["modality"].isin(DIALYSIS).to_numpy()


def _spell_before_dialysis(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _dates(frame, "start_date") < _of_person(tables, frame, "first_dialysis_date")


def _spell_ends_after_death(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _dates(frame, "end_date") > _of_person(tables, frame, "death_date")


def _contact_after_death(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _dates(frame, "last_contact_date") > _dates(frame, "death_date")


def _result_before_sample(tables: Tables, name: str) -> Rows:
    frame = tables[name]
    return _dates(frame, "result_date") < _dates(frame, "sample_date")


def _looks_contradict(tables: Tables, name: str) -> Rows:
    """Adjudication is a verdict on the person, not a look."""
    frame = tables[name]
    looks = frame["method"].ne("adjudication") & frame["calcification"].isin(["yes", "no"])
    yes = (frame["calcification"] == "yes").where(looks)
    keys = [frame["person"], frame["date"], frame["site"]]
    both = yes.astype("float").groupby(keys).transform("nunique")
    return (looks & (both > 1)).to_numpy()


def _resolved_before_onset(tables: Tables, name: str) -> Rows:
    """A clean look after a positive one at the same site, both before the first code."""
    frame, coded = tables[name], _first_code(tables)
    day = _dates(frame, "date")
    yes = (frame["calcification"] == "yes") & frame["method"].ne("adjudication")
    seen = frame["date"].where(yes)
    first_seen = seen.groupby([frame["person"], frame["site"]]).transform("min")
    first = frame["person"].map(coded).to_numpy("datetime64[D]")
    clean = (frame["calcification"] == "no").to_numpy()
    return clean & (first_seen.to_numpy("datetime64[D]") < day) & (day < first)


def _first_code(tables: Tables) -> pd.Series:
    """First date of a code of calcinosis that stands, by person."""
    frame = tables.get("diagnoses")
    if frame is None or len(frame) == 0:
        return pd.Series(dtype="datetime64[s]")
    pairs = frame[["system", "code"]].drop_duplicates().itertuples(index=False, name=None)
    core = {pair for pair in pairs if CASE_GROUPS & set(groups_of(*pair))}
    is_case = [pair in core for pair in zip(frame["system"], frame["code"], strict=True)]
    stands = ~frame["status"].isin(["refuted", "entered_in_error"]).to_numpy()
    return frame[np.array(is_case, dtype=bool) & stands].groupby("person")["date"].min()


def _outside_coverage(tables: Tables, name: str) -> Rows:
    """In no stretch of the person's coverage of this domain; nobody's where no table says so."""
    frame, coverage = tables[name], tables.get("coverage")
    outside = np.zeros(len(frame), dtype=bool)
    own = None if coverage is None else coverage[coverage["domain"] == name]
    if own is None or len(own) == 0:
        return outside
    start, who = _day_numbers(own, "start_date"), own["person"].to_numpy(np.int64)
    end = np.where(own["end_date"].isna(), FOREVER, _day_numbers(own, "end_date"))
    order = np.lexsort((start, who))
    day, person = _day_numbers(frame, EVENT_DATES[name]), frame["person"].to_numpy(np.int64)
    mark_outside(person, day, who[order], start[order], end[order], outside)
    return outside


def _day_numbers(frame: pd.DataFrame, column: str) -> NDArray[np.int32]:
    """Days since 1970; without meaning for a date that is missing."""
    return _dates(frame, column).astype(np.int64).astype(np.int32)


def _unknown_centre(tables: Tables, name: str) -> Rows:
    frame, centres = tables[name], tables.get("centres")
    if centres is None:
        return np.zeros(len(frame), dtype=bool)
    given = frame["centre_id"]
    return (given.notna() & ~given.isin(centres["centre_id"])).to_numpy()


RULES: dict[str, Callable[[Tables, str], Rows]] = {
    "spells_overlap": _spells_overlap,
    "transplant_on_dialysis": _transplant_on_dialysis,
    "spell_before_dialysis": _spell_before_dialysis,
    "spell_ends_after_death": _spell_ends_after_death,
    "contact_after_death": _contact_after_death,
    "result_before_sample": _result_before_sample,
    "looks_contradict": _looks_contradict,
    "resolved_before_onset": _resolved_before_onset,
    "outside_coverage": _outside_coverage,
    "unknown_centre": _unknown_centre,
}


def added(counts: Iterable[Counter]) -> Counter:
    """The counts of buckets together."""
    whole: Counter = Counter()
    for one in counts:
        whole += one
    return whole
