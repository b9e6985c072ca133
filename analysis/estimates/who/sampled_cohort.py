"""The people that imputation holds: everybody, or of a large cohort a weighted random draw.

Chained equations need every row at once. So that memory does not grow with the registry, above the
protocol's ``missing.most_people`` so many are drawn of the people without a seen onset, and as many
of those with one (it is rare: nearly always all of them). Equations hold the event, on which alone
the draw depends, and the cumulative hazards of everybody; models are weighted, and their variance
has the draw in it (case-cohort: Borgan and others, 2000; imputed: Keogh and White, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.how_soon.starting_time import Stays, stays
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.survival.cox_regression.sampled_people import DrawnPeople
from data_schema.follow_up import STATES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ONSET = STATES.index("onset")


@dataclass(frozen=True)
class Drawn:
    """``cohort``: the people held, with their intervals; ``at_risk``: their stays from the cohort's
    starting day; ``everyone``: all stays of the cohort, for its cumulative hazards; ``people``:
    weights, None where everybody is held.
    """

    cohort: Cohort
    at_risk: Stays
    everyone: pd.DataFrame
    people: DrawnPeople | None

    def index(self, person: NDArray) -> Ints:
        """Which of the people held each id is."""
        ids = self.cohort.people["person"].to_numpy()
        return np.searchsorted(ids, person).astype(np.int64)

    def weights(self, person: NDArray) -> Floats | None:
        """One a row; None where everybody is held."""
        return None if self.people is None else self.people.weight[self.index(person)]

    @property
    def caveat(self) -> str:
        """What was drawn, as a sentence without a count of the data; empty where nothing was."""
        if self.people is None:
            return ""
        weight, stratum = self.people.weight, self.people.stratum
        every = [bool((weight[stratum == code] == 1).all()) for code in (1, 0)]
        onsets, others = ("all" if one else f"{self._most:,} of the" for one in every)
        return (
            f"Imputed on {onsets} people with a seen onset and {others} others, drawn and "
            "weighted; the interval has the draw in it."
        )

    @property
    def _most(self) -> int:
        return self.cohort.study.missing.most_people


def drawn(cohort: Cohort) -> Drawn:
    """The people to impute, by the protocol's ``missing.most_people`` and ``missing.seed``."""
    missing, people = cohort.study.missing, cohort.people
    stratum = (people["state"].to_numpy() == ONSET).astype(np.int64)
    sizes = np.bincount(stratum, minlength=2)
    at_risk, everyone = stays(cohort), cohort.stays()
    if sizes.max(initial=0) <= missing.most_people:
        return Drawn(cohort, at_risk, everyone, None)
    rng = np.random.default_rng([missing.seed, 1])  # not the stream of the imputations
    some = [
        rng.choice(np.flatnonzero(stratum == code), min(size, missing.most_people), replace=False)
        for code, size in enumerate(sizes)
    ]
    chosen = np.sort(np.concatenate(some))
    weight = sizes / np.maximum([len(one) for one in some], 1)
    ids = people["person"].to_numpy()[chosen]
    return Drawn(
        _held(cohort, ids),
        at_risk.where(np.isin(at_risk.person, ids)),
        everyone,
        DrawnPeople(weight[stratum[chosen]], stratum[chosen]),
    )


def _held(cohort: Cohort, ids: NDArray) -> Cohort:
    """The cohort of some people; intervals are read part by part, theirs kept."""
    parts = [part[part["person"].isin(ids)] for part in cohort.intervals()]
    kept = cohort.stays()
    tables = {
        "intervals": pd.concat(parts, ignore_index=True),
        "stays": kept[kept["person"].isin(ids)].reset_index(drop=True),
    }
    everyone = cohort.everyone[cohort.everyone["person"].isin(ids)].reset_index(drop=True)
    return replace(cohort, everyone=everyone, tables=HeldTables(tables))
