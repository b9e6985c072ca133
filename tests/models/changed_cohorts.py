"""The same people told in another way, or people to whom nothing happens: what models must bear.

Each function takes a cohort as the estimates stage reads it and gives another one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables

NEVER = np.inf
IN_TIME = ("at_risk_periods", "intervals")
TABLES = ("at_risk_periods", "covered", "spells", "operated", "intervals")


def held(cohort: Cohort) -> Cohort:
    """The cohort with all its tables in memory, as one part each."""
    names = [*TABLES, *(f"variants/{name}" for name in cohort.facts.get("variants", ()))]
    return replace(cohort, tables=HeldTables({name: cohort.tables.whole(name) for name in names}))


def reordered(cohort: Cohort, seed: int = 20_261) -> Cohort:
    """The same people numbered in another order, every table in the order of the new numbers."""
    persons = cohort.source_population["person"].to_numpy()
    new = pd.Series(np.random.default_rng(seed).permutation(persons), index=persons)
    return _mapped(cohort, lambda frame: _numbered(frame, new))


def split(cohort: Cohort) -> Cohort:
    """Risk intervals of two days or more cut in two where nothing changes."""
    whole = _frames(cohort)["intervals"]
    length = whole["stop"] - whole["start"]
    cut = whole["start"] + np.floor(length / 2)
    two = length >= 2
    first = whole[two].assign(stop=cut[two], state=0)
    second = whole.assign(start=whole["start"].where(~two, cut))
    both = pd.concat([first, second])
    return _with(cohort, intervals=both.sort_values(["person", "start"], ignore_index=True))


def handed_over(cohort: Cohort) -> Cohort:
    """Every second person leaves half-way, and somebody like them enters late on that day.

    Who is at risk on any day, with what values, is as before: what rests on risk sets is the same.
    """
    periods = _frames(cohort)["at_risk_periods"]
    first = periods[~periods["person"].duplicated()]
    first = first[(first["stop"] - first["start"] >= 2)][::2]
    days = pd.Series(
        (first["start"] + np.floor((first["stop"] - first["start"]) / 2)).to_numpy(),
        index=first["person"].to_numpy(),
    )
    heir = pd.Series(
        np.arange(len(days)) + 1 + cohort.source_population["person"].max(), index=days.index
    )
    frames = _frames(cohort)
    frames |= {
        name: _bequeathed(frames[name], days, heir) for name in ("at_risk_periods", "intervals")
    }
    frames |= {
        name: pd.concat([frames[name], _of(frames[name], heir)], ignore_index=True)
        for name in ("covered", "spells")
    }
    return replace(
        cohort, source_population=_people_after(cohort, days, heir), tables=HeldTables(frames)
    )


def empty(cohort: Cohort) -> Cohort:
    """Nobody is followed."""
    changed = _mapped(cohort, lambda frame: frame.iloc[:0])
    people = cohort.source_population
    return replace(changed, source_population=people.assign(in_cohort=False, left_out_at="age"))


def without_events(cohort: Cohort) -> Cohort:
    """Nobody falls ill, dies or is transplanted: all leave as if the data ended."""
    people = cohort.source_population
    changed = {
        "state": 0,
        "onset": NEVER,
        "tier": "",
        "resolution": NEVER,
        "onset_unobserved": "",
        **{name: "end_of_data" for name in people.columns if name.endswith("_reason")},
    }
    kept = people[people["left_out_at"] != "prevalent"]
    known = set(kept["person"])
    changed_people = kept.assign(**changed).reset_index(drop=True)

    def quiet(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame[frame["person"].isin(known)].reset_index(drop=True)
        return frame.assign(state=0) if "state" in frame else frame

    return replace(_mapped(cohort, quiet), source_population=changed_people)


def _frames(cohort: Cohort) -> dict[str, pd.DataFrame]:
    assert isinstance(cohort.tables, HeldTables)
    return dict(cohort.tables.frames)


def _with(cohort: Cohort, **frames: pd.DataFrame) -> Cohort:
    return replace(cohort, tables=HeldTables(_frames(cohort) | frames))


def _mapped(cohort: Cohort, change) -> Cohort:
    frames = {name: change(frame) for name, frame in _frames(cohort).items()}
    return replace(
        cohort, source_population=change(cohort.source_population), tables=HeldTables(frames)
    )


def _numbered(frame: pd.DataFrame, new: pd.Series) -> pd.DataFrame:
    numbers = frame["person"].map(new).astype(frame["person"].dtype)
    return frame.assign(person=numbers).sort_values("person", kind="stable", ignore_index=True)


def _of(frame: pd.DataFrame, heir: pd.Series) -> pd.DataFrame:
    rows = frame[frame["person"].isin(heir.index)]
    return rows.assign(person=rows["person"].map(heir))


def _bequeathed(frame: pd.DataFrame, days: pd.Series, heir: pd.Series) -> pd.DataFrame:
    """Rows in time at risk: those after a person's day are the heir's."""
    day = frame["person"].map(days).fillna(NEVER)
    across = (frame["start"] < day) & (frame["stop"] > day)
    before = frame[frame["start"] < day]
    before = before.assign(
        stop=np.minimum(before["stop"], day[before.index]),
        state=before["state"].where(~across[before.index], 0),
    )
    after = frame[frame["stop"] > day]
    after = after.assign(
        start=np.maximum(after["start"], day[after.index]), person=after["person"].map(heir)
    )
    both = pd.concat([before, after.astype({"person": frame["person"].dtype})])
    return both.sort_values(["person", "start"], ignore_index=True)


def _people_after(cohort: Cohort, days: pd.Series, heir: pd.Series) -> pd.DataFrame:
    people = cohort.source_population
    day = people["person"].map(days)
    gone = day.notna()
    stayed = people.assign(
        exit=people["exit"].where(~gone, day),
        leave=people["leave"].where(~gone, day),
        state=people["state"].where(~gone, 0),
        onset=people["onset"].where(~gone, NEVER),
        exit_reason=people["exit_reason"].where(~gone, "end_of_data"),
        leave_reason=people["leave_reason"].where(~gone, "end_of_data"),
    )
    came = _of(people, heir).assign(entry=days.to_numpy())
    return pd.concat([stayed, came], ignore_index=True)
