"""Two runs of the stages, compared to the row: typed tables, cohort, estimates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import store
from data_schema.declarations import TABLE_NAMES, table

COHORT = ("people", "intervals", "spells", "operated")
ABOUT_FILES = ("rows", "rejected_rows", "flagged_rows")


@dataclass(frozen=True)
class Difference:
    """Rows of one frame that stand in one of two runs only, and the columns that tell."""

    frame: str
    rows: int
    columns: tuple[str, ...]

    def __str__(self) -> str:
        where = f" in {', '.join(self.columns)}" if self.columns else ""
        return f"{self.frame}: {self.rows:,} rows differ{where}"


def table_differences(here: Path, there: Path) -> list[Difference]:
    """Typed tables as multisets of rows; where a record stood in its file is left out."""
    found = []
    for name in TABLE_NAMES:
        ours, theirs = _whole(here, name), _whole(there, name)
        if ours is None or theirs is None:
            if (ours is None or ours.empty) and (theirs is None or theirs.empty):
                continue
            found.append(Difference(f"table {name}", -1, ("the table itself",)))
            continue
        plain = [frame.drop(columns=["_file", "_row"]) for frame in (ours, theirs)]
        found += frame_differences(f"table {name}", *plain, keys=table(name).key)
    return found


def cohort_differences(here: Path, there: Path) -> list[Difference]:
    """People, risk intervals, spells and values around operations."""
    found = []
    for name in COHORT:
        ours, theirs = _whole(here, name), _whole(there, name)
        assert ours is not None and theirs is not None
        keys = ("person", "start") if name in ("intervals", "spells") else ("person",)
        found += frame_differences(f"cohort {name}", ours, theirs, keys=keys)
    return found


def estimate_differences(here: Path, there: Path) -> list[Difference]:
    """Every estimate, but for records by file and people by evidence: these are of the files."""
    frames = []
    for stage in (here, there):
        frame = store.read_frame(stage / "estimates.parquet")
        of_file = frame["measure"].isin(ABOUT_FILES) & frame["strata"].str.startswith("file=")
        of_source = (frame["question"] == "quality") & (frame["measure"] == "distribution")
        frames.append(frame[~of_file & ~of_source].reset_index(drop=True))
    return frame_differences("estimates", *frames, keys=("id",))


def frame_differences(
    name: str, ours: pd.DataFrame, theirs: pd.DataFrame, keys: tuple[str, ...]
) -> list[Difference]:
    """At most one difference: how many rows differ, and in which columns."""
    if list(ours.columns) != list(theirs.columns):
        names = tuple(sorted(set(ours.columns) ^ set(theirs.columns)))
        return [Difference(name, max(len(ours), len(theirs)), names)]
    both = [_text(frame).value_counts(sort=False).rename("n") for frame in (ours, theirs)]
    counts = pd.concat(both, axis=1, keys=["ours", "theirs"]).fillna(0)
    apart = counts[counts["ours"] != counts["theirs"]]
    if apart.empty:
        return []
    left = apart[apart["ours"] > apart["theirs"]].reset_index()
    right = apart[apart["theirs"] > apart["ours"]].reset_index()
    columns = _telling(left, right, list(ours.columns), list(keys))
    return [Difference(name, max(len(left), len(right)), columns)]


def _telling(
    left: pd.DataFrame, right: pd.DataFrame, columns: list[str], keys: list[str]
) -> tuple[str, ...]:
    """Columns in which rows of equal keys differ; the keys where no rows have equal ones."""
    pairs = left.merge(right, on=keys, suffixes=("", "__theirs"))
    others = [c for c in columns if c not in keys]
    differing = [c for c in others if (pairs[c] != pairs[f"{c}__theirs"]).any()]
    unmatched = len(pairs) < max(len(left), len(right))
    return tuple((keys if unmatched else []) + differing)


def _text(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells as text that tells every double apart; a missing cell is an empty one."""
    return pd.DataFrame({name: _texts(frame[name]) for name in frame.columns})


def _texts(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(cells):
        return cells.map(lambda value: "" if pd.isna(value) else repr(float(value))).astype(object)
    return cells.astype(object).where(cells.notna(), "").map(str)


def _whole(stage: Path, name: str) -> pd.DataFrame | None:
    if not (stage / name).is_dir():
        return None
    parts = [store.read_frame(path) for path in sorted((stage / name).glob("*.parquet"))]
    return pd.concat(parts, ignore_index=True)
