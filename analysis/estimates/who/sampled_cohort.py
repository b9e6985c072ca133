"""The people that are imputed: the cohort, or a weighted random sample of a large one.

Chained equations need every row at once. So that memory does not grow with the registry, above the
protocol's ``missing.most_people`` so many are sampled of the people without a seen onset, and as
many of those with one (it is rare: nearly always all of them). Equations hold the event, on which
alone sampling depends, and the cumulative hazards of the whole cohort; models are weighted, and
their variance includes the sampling (case-cohort: Borgan and others, 2000; imputed: Keogh and
White, 2013).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.how_soon.starting_time import AtRiskPeriods, at_risk_periods
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.survival.cox_regression.sampled_people import SampledPeople
from data_schema.follow_up import STATES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ONSET = STATES.index("onset")


@dataclass(frozen=True)
class SampledCohort:
    """People that are imputed, with their weights.

    ``cohort``: the people sampled, with their intervals; ``at_risk``: their at-risk periods
    from the starting day on; ``all_periods``: those of the whole cohort, for its cumulative
    hazards; ``people``: weights, None where the whole cohort is imputed.
    """

    cohort: Cohort
    at_risk: AtRiskPeriods
    all_periods: pd.DataFrame
    people: SampledPeople | None

    def index(self, person: NDArray) -> Ints:
        """Position of each id among the people sampled."""
        ids = self.cohort.people["person"].to_numpy()
        return np.searchsorted(ids, person).astype(np.int64)

    def weights(self, person: NDArray) -> Floats | None:
        """Weight of each row; None where the whole cohort is imputed."""
        return None if self.people is None else self.people.weight[self.index(person)]

    @property
    def caveat(self) -> str:
        """What was sampled, as a sentence without a count of the data; empty where nothing was."""
        if self.people is None:
            return ""
        weight, stratum = self.people.weight, self.people.stratum
        every = [bool((weight[stratum == code] == 1).all()) for code in (1, 0)]
        onsets, others = ("all" if one else f"{self._most:,} of the" for one in every)
        return (
            f"Imputed on {onsets} people with a seen onset and {others} others, sampled "
            "and weighted; the interval includes the sampling."
        )

    @property
    def _most(self) -> int:
        return self.cohort.study.missing.most_people


def sampled_cohort(cohort: Cohort) -> SampledCohort:
    """The people to impute, by the protocol's ``missing.most_people`` and ``missing.seed``."""
    missing, people = cohort.study.missing, cohort.people
    stratum = (people["state"].to_numpy() == ONSET).astype(np.int64)
    sizes = np.bincount(stratum, minlength=2)
    at_risk, all_periods = at_risk_periods(cohort), cohort.at_risk_periods()
    if sizes.max(initial=0) <= missing.most_people:
        return SampledCohort(cohort, at_risk, all_periods, None)
    rng = np.random.default_rng([missing.seed, 1])  # not the stream of the imputations
    some = [
        rng.choice(
            np.flatnonzero(stratum == code), min(int(size), missing.most_people), replace=False
        )
        for code, size in enumerate(sizes)
    ]
    chosen = np.sort(np.concatenate(some))
    weight = sizes / np.maximum([len(one) for one in some], 1)
    ids = people["person"].to_numpy()[chosen]
    return SampledCohort(
        _restricted(cohort, ids),
        at_risk.where(np.isin(at_risk.person, ids)),
        all_periods,
        SampledPeople(weight[stratum[chosen]], stratum[chosen]),
    )


def _restricted(cohort: Cohort, ids: NDArray) -> Cohort:
    """The cohort restricted to some people; intervals are read bucket by bucket."""
    parts = [part[part["person"].isin(ids)] for part in cohort.intervals()]
    kept = cohort.at_risk_periods()
    tables = {
        "intervals": pd.concat(parts, ignore_index=True),
        "at_risk_periods": kept[kept["person"].isin(ids)].reset_index(drop=True),
    }
    source_population = cohort.source_population[
        cohort.source_population["person"].isin(ids)
    ].reset_index(drop=True)
    return replace(cohort, source_population=source_population, tables=HeldTables(tables))
