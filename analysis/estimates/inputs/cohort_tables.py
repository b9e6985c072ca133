"""Tables of the cohort stage, and the bands that several questions use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import store
from analysis.estimates.inputs.stage_tables import HeldTables, StoredTables, Tables
from analysis.runner import Workers
from analysis.study import Study
from data_schema.follow_up import DAYS_A_YEAR, STATES
from data_schema.results import Estimate

AGE_BANDS = ((0.0, "0-44"), (45.0, "45-64"), (65.0, "65-74"), (75.0, "75+"))
AGE_GROUPS = ((0.0, "0-64"), (65.0, "65+"))  # of whole bands, for when these hold few cases
VINTAGE_BANDS = ((0.0, "<1 y"), (1.0, "1-2 y"), (3.0, "3-4 y"), (5.0, "5-9 y"), (10.0, "10+ y"))


@dataclass(frozen=True)
class Cohort:
    """``source_population``: all people of the extract; ``people``: those followed, in the same
    order.

    ``tables``: the rest, read anew each time it is asked for and released by who asked;
    ``workers``: who adds up what is a sum over parts of it.
    """

    study: Study
    facts: dict
    source_population: pd.DataFrame
    tables: Tables = HeldTables({})  # noqa: RUF009 - never changed
    workers: Workers = Workers()  # noqa: RUF009 - of this process alone

    @cached_property
    def people(self) -> pd.DataFrame:
        """Those followed, numbered anew."""
        return followed(self.source_population)

    @property
    def causes(self) -> dict[str, int]:
        """Outcome name -> state code, onset first, then the protocol's competitors."""
        competing = [name for name in STATES[2:] if name in self.study.outcome.competing]
        return {name: STATES.index(name) for name in ("onset", *competing)}

    @property
    def can_find_cases(self) -> bool:
        """Whether the extract has a record in which the outcome could stand."""
        if self.study.outcome.kind == "death":
            return True
        return self.can("diagnoses") or self.can("assessments")

    def can(self, table: str) -> bool:
        """Whether the extract has a canonical table."""
        return table in self.facts["tables"]

    def at_risk_periods(self) -> pd.DataFrame:
        """Time at risk of the people followed: person, ``(start, stop]``, the state at ``stop``.

        Several rows, in the order of days, for who left and returned.
        """
        return self.tables.whole("at_risk_periods")

    def covered(self) -> pd.DataFrame:
        """When each person is observable: person, ``[start, stop)``, any number of rows."""
        return self.tables.whole("covered")

    def spells(self) -> pd.DataFrame:
        """Treatments, in days of each person's clock."""
        return self.tables.whole("spells")

    def operated(self) -> pd.DataFrame:
        """People operated on, with laboratory values before and after."""
        return self.tables.whole("operated")

    def variants(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Each other choice of the protocol's sensitivity grid, and the periods under it."""
        for name in self.facts.get("variants", ()):
            yield name, self.tables.whole(f"variants/{name}")

    def intervals(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """Risk intervals of the people followed, in parts of whole people."""
        return self.tables.parts("intervals", columns)


def read_cohort(study: Study, folder: Path, workers: Workers | None = None) -> Cohort:
    """The people of all buckets of the cohort stage, in bucket order; other tables when asked."""
    facts = store.read_json(folder / "facts.json")
    tables = StoredTables(folder, facts["buckets"])
    return Cohort(study, facts, tables.whole("people"), tables, workers or Workers())


def followed(source_population: pd.DataFrame) -> pd.DataFrame:
    """Those of some people who are followed, numbered anew."""
    kept = source_population[source_population["in_cohort"]]
    return kept.set_axis(pd.RangeIndex(len(kept)), copy=False)  # no second copy


def band(values: NDArray[np.float64], bands: tuple[tuple[float, str], ...]) -> NDArray[np.object_]:
    """The label of the band that each value falls in; ``missing`` where it is not known."""
    starts = np.array([start for start, _ in bands])
    labels = np.array([label for _, label in bands] + ["missing"], dtype=object)
    at = np.searchsorted(starts, values, side="right") - 1
    return labels[np.where(np.isfinite(values) & (at >= 0), at, len(bands))]


def modality_on(
    spells: pd.DataFrame, person: NDArray[np.int64], day: NDArray[np.float64]
) -> NDArray[np.object_]:
    """The treatment each person is on at a day of their clock; ``missing`` without a spell."""
    wanted = pd.DataFrame({"person": person, "day": day, "order": np.arange(len(person))})
    rows = wanted.merge(spells, on="person", how="left")
    on = rows[(rows["start"] <= rows["day"]) & (rows["day"] < rows["stop"])]
    latest = on.sort_values(["order", "start"], kind="stable").drop_duplicates("order", keep="last")
    label = np.full(len(person), "missing", dtype=object)
    label[latest["order"].to_numpy()] = latest["modality"].to_numpy()
    return label


def calendar_day(
    origin: NDArray[np.float64], day: NDArray[np.float64], precision: str
) -> NDArray[np.float64]:
    """Days since the start of data of a day on a person's own clock.

    In whole months both are turned back into months before they are added, so that people in
    the same calendar month are tied.
    """
    if precision != "month":
        return origin + day
    months = np.round(origin * 12 / DAYS_A_YEAR) + np.round(day * 12 / DAYS_A_YEAR)
    return np.floor(months * DAYS_A_YEAR / 12)


def no_cases_can_be_found(question: str) -> Estimate:
    """The statement for an extract in which no case could have been recorded."""
    return Estimate(
        question,
        "statement",
        status="not_available",
        reason="The extract has neither diagnoses nor assessments, so no case could be recorded.",
    )
