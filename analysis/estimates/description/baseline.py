"""Characteristics at first entry: Table 1 by entry and by eventual status, without p-values.

Counts and proportions with the missing ones shown, medians and quartiles in SI and conventional
units, and standardised differences (Austin, 2009) between groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.inputs.cohort_tables import AGE_BANDS, Cohort, band, modality_on
from analysis.estimates.model import NoSettings, registered
from data_schema.declarations import analytes
from data_schema.results import Estimate

UNITS = {"pth_uln": "times the upper limit"}
CONTRASTS = (("entry=late", "entry=incident"), ("status=case", "status=not_case"))


@registered(
    "describe",
    measures=["people", "distribution", "median", "standardised_difference", "statement"],
    always=True,
    exempt={"late_entry": "counts people, not time at risk"},
)
def describe(cohort: Cohort, _settings: NoSettings) -> list[Estimate]:
    """All rows of Table 1."""
    if len(cohort.people) == 0:
        reason = "Nobody is left after the steps of the flow."
        return [Estimate("describe", "statement", status="not_estimable", reason=reason)]
    categories, numbers = _categories(cohort), _numbers(cohort)
    groups = dict(_groups(cohort))
    source_population = _people_row("", len(cohort.people), "")
    rows = []
    for name, inside in groups.items():
        total = _people_row(name, int(inside.sum()), source_population.id if name else "")
        rows += [total, *_shares(name, inside, categories, total.id)]
        for term, values in numbers.items():
            rows += summary_rows(
                Estimate("describe", "median", "cohort", term=term, strata=name), values[inside]
            )
    return rows + _differences(groups, categories, numbers)


def _groups(cohort: Cohort) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    people = cohort.people
    late = (people["entry"] > people["protocol_entry"]).to_numpy()
    case = (people["state"] == 1).to_numpy()
    yield "", np.ones(len(people), dtype=bool)
    if late.any():
        yield "entry=incident", ~late
        yield "entry=late", late
    yield "status=case", case
    yield "status=not_case", ~case


def _categories(cohort: Cohort) -> dict[str, NDArray[np.object_]]:
    people = cohort.people
    found = {
        "sex": people["sex"].to_numpy(object),
        "age_band": band(people["age_at_entry"].to_numpy(), AGE_BANDS),
        "primary_renal_disease": people["primary_renal_disease"].to_numpy(object),
    }
    if cohort.can("modality_spells"):
        found["modality"] = modality_on(
            cohort.spells(), people["person"].to_numpy(), people["entry"].to_numpy()
        )
    return {
        term: np.where(values == "unknown", "missing", values)
        for term, values in found.items()
        if set(values) - {"unknown", "missing"}
    }


def _numbers(cohort: Cohort) -> dict[str, NDArray[np.float64]]:
    there = cohort.tables.names("intervals")
    labs = [name for name in cohort.study.exposures.labs if name in there]
    parts = cohort.intervals(["person", *labs])
    first = pd.concat([part.drop_duplicates("person") for part in parts])
    at_entry = cohort.people[["person", "age_at_entry"]].merge(first, on="person", how="left")
    return {
        "age": at_entry["age_at_entry"].to_numpy(float),
        **{name: at_entry[name].to_numpy(float) for name in labs},
    }


def _people_row(strata: str, n: int, sums_to: str) -> Estimate:
    return Estimate(
        "describe",
        "people",
        "cohort",
        strata=strata,
        estimate=float(n),
        numerator=float(n),
        unit="people",
        sums_to=sums_to,
    )


def _shares(
    strata: str,
    inside: NDArray[np.bool_],
    categories: dict[str, NDArray[np.object_]],
    total: str,
) -> list[Estimate]:
    n = int(inside.sum())
    rows = []
    for term, values in categories.items():
        for level in sorted(set(values)):
            have = int((values[inside] == level).sum())
            rows.append(
                Estimate(
                    "describe",
                    "distribution",
                    "cohort",
                    term=term,
                    level=level,
                    strata=strata,
                    estimate=have / n if n else None,
                    numerator=float(have),
                    denominator=float(n),
                    unit="proportion",
                    sums_to=total,
                    status="ok" if n else "not_estimable",
                    reason="" if n else "Nobody is in this group.",
                )
            )
    return rows


def summary_rows(template: Estimate, values: NDArray[np.float64]) -> list[Estimate]:
    """Median and quartiles of the known values, in SI and, for an analyte, conventional units."""
    known = values[np.isfinite(values)]
    analyte = analytes().get(template.term)
    unit = analyte.unit if analyte else UNITS.get(template.term, "years")
    row = replace(template, unit=unit, denominator=float(len(known)))
    if len(known) == 0:
        return [replace(row, status="not_estimable", reason="No value is known.")]
    low, middle, high = (float(q) for q in np.percentile(known, [25, 50, 75]))
    rows = [replace(row, estimate=middle, lower=low, upper=high)]
    if analyte:
        per = 1.0 / analyte.factor(analyte.conventional_unit)
        if per != 1.0:
            rows.append(
                replace(
                    row,
                    estimate=middle * per,
                    lower=low * per,
                    upper=high * per,
                    unit=analyte.conventional_unit,
                    specification="conventional",
                )
            )
    return rows


def _differences(
    groups: dict[str, NDArray[np.bool_]],
    categories: dict[str, NDArray[np.object_]],
    numbers: dict[str, NDArray[np.float64]],
) -> list[Estimate]:
    rows = []
    for one, other in CONTRASTS:
        if one not in groups or not groups[one].any() or not groups[other].any():
            continue
        a, b = groups[one], groups[other]
        template = Estimate(
            "describe",
            "standardised_difference",
            "cohort",
            strata=one,
            reference=other,
            unit="SD",
            numerator=float(a.sum()),
            denominator=float(b.sum()),
        )
        for term, values in numbers.items():
            rows.append(_difference(replace(template, term=term), values[a], values[b]))
        for term, labels in categories.items():
            for level in sorted(set(labels)):
                is_level = (labels == level).astype(float)
                row = replace(template, term=term, level=level)
                rows.append(_difference(row, is_level[a], is_level[b]))
    return rows


def _difference(
    template: Estimate, one: NDArray[np.float64], other: NDArray[np.float64]
) -> Estimate:
    """``(mean₁ − mean₂) / sqrt((var₁ + var₂) / 2)``."""
    one, other = one[np.isfinite(one)], other[np.isfinite(other)]
    template = replace(template, people=float(len(one) + len(other)))
    spread = np.sqrt((_variance(one) + _variance(other)) / 2)
    if len(one) == 0 or len(other) == 0 or spread == 0:
        return replace(template, status="not_estimable", reason="The groups do not vary.")
    return replace(template, estimate=float((one.mean() - other.mean()) / spread))


def _variance(values: NDArray[np.float64]) -> float:
    return float(pd.Series(values).var(ddof=0)) if len(values) else 0.0
