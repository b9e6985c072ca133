"""Takes from native tables what a source declares that its form cannot carry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pandas as pd

from data_schema.declarations import Loss, analytes, table

DIALYSIS = ("HD", "HHD", "PD")
EVENT_COLUMNS = ("sample_date", "date", "start_date", "first_dialysis_date")


def coarsen(tables: dict[str, pd.DataFrame], losses: Iterable[Loss]) -> dict[str, pd.DataFrame]:
    """Native tables (text cells) less the losses, taken in the order given.

    A table that loses everything is left out, so that nothing can mistake it for one without rows.
    """
    left = dict(tables)
    for loss in losses:
        if loss.table in left:
            frame = _lost(left, loss)
            if frame is None:
                del left[loss.table]
            else:
                left[loss.table] = frame
    return left


def rows_of(frame: pd.DataFrame, loss: Loss) -> pd.Series:
    """Which rows of a table a loss acts on."""
    chosen = pd.Series(True, index=frame.index)
    for column, values in loss.where.items():
        chosen &= frame[column].isin(values)
    if loss.from_date or loss.to_date:
        event = frame[next(c for c in EVENT_COLUMNS if c in frame)]
        if loss.from_date:
            chosen &= event >= loss.from_date.isoformat()
        if loss.to_date:
            chosen &= event < loss.to_date.isoformat()
    return chosen


def _lost(tables: dict[str, pd.DataFrame], loss: Loss) -> pd.DataFrame | None:
    frame = tables[loss.table]
    chosen = rows_of(frame, loss)
    if loss.loss == "backdated":
        return backdated(frame, tables["patients"])
    if loss.loss == "folded":
        return folded(frame, loss.days)
    if loss.loss == "of_person":
        return frame.assign(**{loss.column: _of_person(frame, tables["patients"], loss)})
    if loss.loss in ("changes", "untreated"):
        changes = loss.loss == "changes"
        stays = _changed(frame, loss.column) if changes else _treated(frame, tables)
        return frame[stays].reset_index(drop=True)
    if loss.loss == "absent" and not loss.column:
        everything = not loss.where and not loss.from_date and not loss.to_date
        return None if everything else frame[~chosen].reset_index(drop=True)
    if loss.loss == "last_of_month":
        return frame[~_overwritten(frame, chosen, loss.column)].reset_index(drop=True)
    if loss.loss == "first":
        keys = frame.loc[chosen, ["patient_id", loss.column]]
        again = chosen.copy()
        again[chosen] = keys.duplicated()
        return frame[~again].reset_index(drop=True)
    if loss.loss == "unit":
        return _in_unit(frame, chosen, loss)
    return frame.assign(**{loss.column: _cells(frame[loss.column], chosen, loss)})


def _cells(cells: pd.Series, chosen: pd.Series, loss: Loss) -> pd.Series:
    given = chosen & (cells != "")
    if loss.loss == "absent":
        return cells.mask(chosen, "")
    if loss.loss == "levels":
        return cells.mask(chosen, cells.map(lambda value: loss.levels.get(value, value)))
    if loss.stands_for == "end":
        months = pd.to_datetime(cells.where(given)).dt.to_period("M")
        return cells.mask(given, months.dt.end_time.dt.strftime("%Y-%m-%d"))
    length = {"month": 7, "year": 4}[loss.loss]
    return cells.mask(given, cells.str[:length] + loss.stands_for)


def _of_person(frame: pd.DataFrame, people: pd.DataFrame, loss: Loss) -> pd.Series:
    """What ``patients`` says of each row's person in the column that stands for this one."""
    facts = people.drop_duplicates("patient_id").set_index("patient_id")[loss.stands_for]
    return frame["patient_id"].map(facts).fillna("")


def _treated(frame: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Rows of people who have a dialysis spell."""
    spells = tables["modality_spells"]
    return frame["patient_id"].isin(spells.loc[spells["modality"].isin(DIALYSIS), "patient_id"])


def _changed(frame: pd.DataFrame, column: str) -> pd.Series:
    """Rows whose cell is not that of the person's row before, in the order of days."""
    day = next(c for c in EVENT_COLUMNS if c in frame)
    ordered = frame.sort_values(["patient_id", day], kind="stable")
    before = ordered.groupby("patient_id")[column].shift()
    return (ordered[column] != before).reindex(frame.index)


def backdated(spells: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Each person's first spell begins on the day of first dialysis, where that is earlier."""
    first = people.drop_duplicates("patient_id").set_index("patient_id")["first_dialysis_date"]
    begun = spells["patient_id"].map(first)
    earliest = spells.groupby("patient_id")["start_date"].transform("min")
    move = (spells["start_date"] == earliest) & (begun < spells["start_date"])
    return spells.assign(start_date=spells["start_date"].mask(move, begun))


def folded(spells: pd.DataFrame, days: int) -> pd.DataFrame:
    """Dialysis spells shorter than ``days`` become part of the one before, else of the one after.

    Only of one that touches them and is long enough itself; then spells of one modality that
    touch are one. ``spells`` in the order of people and days.
    """
    kept: list[dict] = []
    rows = spells.to_dict("records")
    for place, row in enumerate(rows):
        after = rows[place + 1] if place + 1 < len(rows) else None
        if _is_short(row, days):
            if kept and _touch(kept[-1], row) and not _is_short(kept[-1], days):
                kept[-1] = {**kept[-1], "end_date": row["end_date"]}
                continue
            if after and _touch(row, after) and not _is_short(after, days):
                rows[place + 1] = {**after, "start_date": row["start_date"]}
                continue
        if kept and _touch(kept[-1], row) and kept[-1]["modality"] == row["modality"]:
            kept[-1] = {**kept[-1], "end_date": row["end_date"]}
            continue
        kept.append(row)
    return pd.DataFrame(kept, columns=spells.columns)


def _is_short(row: dict, days: int) -> bool:
    """A dialysis spell that ended before so many days."""
    if row["modality"] not in DIALYSIS or not row["end_date"]:
        return False
    return (date.fromisoformat(row["end_date"]) - date.fromisoformat(row["start_date"])).days < days


def _touch(first: dict, second: dict) -> bool:
    """Two dialysis spells of one person, one after the other without a gap."""
    return (
        first["patient_id"] == second["patient_id"]
        and first["end_date"] == second["start_date"]
        and first["modality"] in DIALYSIS
        and second["modality"] in DIALYSIS
    )


def _overwritten(frame: pd.DataFrame, chosen: pd.Series, column: str) -> pd.Series:
    """Rows after which the same person has another of the same month, in the order of days."""
    keys = frame.loc[chosen, ["patient_id", column, "sample_date"]]
    keys = keys.assign(month=keys["sample_date"].str[:7])
    ordered = keys.sort_values("sample_date", kind="stable")
    later = ordered.duplicated(["patient_id", column, "month"], keep="last")
    gone = pd.Series(False, index=frame.index)
    gone[later.index[later]] = True
    return gone


def _in_unit(frame: pd.DataFrame, chosen: pd.Series, loss: Loss) -> pd.DataFrame:
    rows = frame[chosen]
    new = {
        column: converted(rows["analyte"], rows[column], rows["unit"], loss.unit, loss.decimals)
        for column in ("value", "assay_upper_limit")
    }
    cells = {name: frame[name].mask(chosen, texts) for name, texts in new.items()}
    return frame.assign(unit=frame["unit"].mask(chosen, loss.unit), **cells)


def converted(
    analyte: pd.Series, text: pd.Series, unit: pd.Series, to: str, decimals: int
) -> pd.Series:
    """Numbers written in ``to`` with so many decimals; what is in it already stays as it is."""
    known = analytes()
    pairs = pd.MultiIndex.from_arrays([analyte, unit])
    factors = {
        pair: known[pair[0]].factor(pair[1]) / known[pair[0]].factor(to) for pair in set(pairs)
    }
    factor = np.array([factors[pair] for pair in pairs], dtype=float)
    move = (text != "") & (unit != to)
    number = pd.to_numeric(text.where(move, "0")).to_numpy(float) * factor
    written = pd.Series([f"{value:.{decimals}f}" for value in number], index=text.index, dtype=str)
    return text.mask(move, written)


def changed_rows(tables: dict[str, pd.DataFrame], loss: Loss) -> int:
    """How many rows of its table one loss removes or changes."""
    before, after = tables[loss.table], _lost(tables, loss)
    if after is None:
        return len(before)
    if len(after) != len(before):
        return len(before) - len(after)
    columns = [name for name in table(loss.table).column_names if name in before]
    return int((before[columns] != after[columns]).any(axis=1).sum())
