"""Risk intervals completed by multiple imputation, corrected calcium derived from its parts.

A laboratory value is imputed once for a period of intervals over which it is not known, and for
at most as long as a value would be valid. Skewed values are imputed as logarithms. Equations hold
the other values, sex, age, cause of kidney failure, time on dialysis, whether parathyroidectomy
was done, and for each way out the event and the increment of its cumulative hazard.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.inputs.stage_tables import HeldTables
from analysis.estimates.who.sampled_cohort import SampledCohort
from analysis.study import Model
from analysis.survival.imputation.chained_equations import (
    FailedImputation,
    IncompleteVariable,
    chained_equations,
    hazard_increments,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOGGED = (
    *("pth", "pth_uln", "pth_whole"),
    *("phosphate", "alkaline_phosphatase", "vitamin_d_25oh"),
)
CORRECTION_SLOPE, CORRECTION_PIVOT = 0.02, 40.0  # as the cohort stage corrects (Payne, 1973)
FEWEST = 20  # known values without which none is imputed
RARE_LEVEL = 0.01
PERSONAL: tuple[str, ...] = ("sex", "age_at_entry")
SEXES = ("male", "female")
PARTS = ("calcium", "albumin")  # of corrected calcium


def completed(
    sample: SampledCohort, without: Collection[str] = ()
) -> Iterator[Cohort | FailedImputation]:
    """The cohort held with no covariate missing, once an imputation of the protocol.

    A variable known too rarely (fewer than 20 values), or whose equation the values there are do
    not determine, comes as a ``FailedImputation`` in place of all that would follow: ask again
    ``without`` it; it is then left as it is and enters no equation.
    """
    cohort, all_periods = sample.cohort, sample.all_periods
    rows = _rows(cohort)
    rare = [one for one in _too_rare(cohort, rows) if one.variable not in without]
    if rare:
        yield rare[0]
        return
    found = [*_laboratory(cohort, rows), *_personal(rows)]
    variables = [variable for variable in found if variable.name not in without]
    imputed = chained_equations(
        variables,
        person=rows["person"],
        days=rows["stop"] - rows["start"],
        complete=_always_known(rows),
        outcome=hazard_increments(
            rows["start"],
            rows["stop"],
            rows["state"],
            tuple(cohort.causes.values()),
            everyone=(all_periods["start"], all_periods["stop"], all_periods["state"]),
        ),
        imputations=cohort.study.missing.imputations,
        seed=cohort.study.missing.seed,
    )
    for values in imputed:
        if isinstance(values, FailedImputation):
            yield values
        else:
            yield _filled(cohort, rows, variables, values)


def _rows(cohort: Cohort) -> pd.DataFrame:
    """Risk intervals in the order of people and days, with what is known of the people."""
    known = ["person", "sex", "age_at_entry", "primary_renal_disease", "parathyroidectomy"]
    intervals = cohort.tables.whole("intervals")
    rows = intervals.merge(cohort.people[known], on="person", validate="many_to_one")
    return rows.sort_values(["person", "start"], kind="stable", ignore_index=True)


def used_by(cohort: Cohort, model: Model) -> set[str]:
    """The variables that have to be known for a model: parts for corrected calcium derived."""
    used = {term.variable for term in model.terms} | set(model.strata)
    if "calcium_corrected" in used and "calcium_corrected" not in _analytes(cohort):
        used |= set(PARTS)
    return used


def _analytes(cohort: Cohort) -> list[str]:
    """Analytes with equations: parts in place of corrected calcium where both are there."""
    there = cohort.tables.names("intervals")
    labs: list[str] = [name for name in cohort.study.carried.labs if name in there]
    derived = cohort.study.exposures.calcium == "corrected"
    if derived and set(PARTS) <= set(labs):
        labs = [name for name in labs if name != "calcium_corrected"]
    return labs


def _too_rare(cohort: Cohort, rows: pd.DataFrame) -> list[FailedImputation]:
    """Variables with values missing and too few there to impute from."""
    first = rows.drop_duplicates("person")
    known = {name: rows[name].notna() for name in _analytes(cohort)}
    known |= {"sex": first["sex"].isin(SEXES), "age_at_entry": first["age_at_entry"].notna()}
    return [
        FailedImputation(name, f"{name} cannot be imputed: fewer than {FEWEST} values are known")
        for name, there in known.items()
        if not there.all() and there.sum() < FEWEST
    ]


def _laboratory(cohort: Cohort, rows: pd.DataFrame) -> list[IncompleteVariable]:
    longest = float(cohort.study.exposures.valid_days)
    person, start = rows["person"].to_numpy(), rows["start"].to_numpy(float)
    variables = []
    for name in _analytes(cohort):
        raw = rows[name].to_numpy(float)
        known = raw > 0 if name in LOGGED else np.isfinite(raw)
        values = np.where(known, raw, np.nan)
        if name in LOGGED:
            values = np.log(values)
        unit = runs(person, start, values, longest)
        first = np.flatnonzero(np.diff(unit, prepend=-1))
        variables.append(IncompleteVariable(name, values[first], unit))
    return variables


def runs(person: Ints, start: Floats, values: Floats, longest: float) -> Ints:
    """Numbers 0, 1, … of runs of a person's rows with one value, or with none.

    Rows are in the order of people and days; a run without a value is cut every ``longest`` days
    from its beginning. Shapes: all (rows,).
    """
    same = (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    new = np.append(True, (person[1:] != person[:-1]) | ~same)[: len(values)]
    began = start[np.flatnonzero(new)[np.cumsum(new) - 1]]
    part = np.where(np.isnan(values), np.floor((start - began) / longest), 0.0)
    new[1:] |= part[1:] != part[:-1]
    return np.cumsum(new) - 1


def _personal(rows: pd.DataFrame) -> list[IncompleteVariable]:
    """Sex and age, where some of the people have none."""
    unit = np.unique(rows["person"].to_numpy(), return_inverse=True)[1]
    first = rows.drop_duplicates("person")
    male = (first["sex"] == "male").to_numpy(float)
    sex = np.where(first["sex"].isin(SEXES), male, np.nan)
    age = first["age_at_entry"].to_numpy(float)
    variables = []
    if np.isnan(sex).any() and len(np.unique(sex[np.isfinite(sex)])) == 2:
        variables.append(IncompleteVariable("sex", sex, unit, "binary"))
    if np.isnan(age).any() and np.isfinite(age).any():
        variables.append(IncompleteVariable("age_at_entry", age, unit))
    return variables


def _always_known(rows: pd.DataFrame) -> Floats:
    """Columns without missing values; those of an incomplete person variable are left out."""
    columns = [
        np.log1p(rows["start"].to_numpy(float)),
        (rows["parathyroidectomy"] <= rows["start"]).to_numpy(float),
    ]
    if rows["sex"].isin(SEXES).all():
        columns.append((rows["sex"] == "male").to_numpy(float))
    if rows["age_at_entry"].notna().all():
        columns.append(rows["age_at_entry"].to_numpy(float))
    share = rows["primary_renal_disease"].value_counts(normalize=True).sort_index()
    for level in share.index[share >= RARE_LEVEL][1:]:
        columns.append((rows["primary_renal_disease"] == level).to_numpy(float))
    return np.column_stack(columns)


def _filled(
    cohort: Cohort,
    rows: pd.DataFrame,
    variables: list[IncompleteVariable],
    values: dict[str, Floats],
) -> Cohort:
    """The cohort with the values of one imputation in their places."""
    whole = {variable.name: values[variable.name][variable.unit] for variable in variables}
    labs = {
        name: np.exp(column) if name in LOGGED else column
        for name, column in whole.items()
        if name not in PERSONAL
    }
    if set(PARTS) <= set(labs) and "calcium_corrected" in rows:
        passive = labs["calcium"] + CORRECTION_SLOPE * (CORRECTION_PIVOT - labs["albumin"])
        labs["calcium_corrected"] = rows["calcium_corrected"].fillna(pd.Series(passive)).to_numpy()
    intervals = rows[cohort.tables.names("intervals")].assign(**labs)
    first = ~rows.duplicated("person").to_numpy()
    people = {name: whole[name][first] for name in PERSONAL if name in whole}
    source_population = _people(cohort, rows[first], people)
    tables = HeldTables({"intervals": intervals, "at_risk_periods": cohort.at_risk_periods()})
    return replace(cohort, source_population=source_population, tables=tables)


def _people(cohort: Cohort, first: pd.DataFrame, values: dict[str, Floats]) -> pd.DataFrame:
    """Everyone, with the imputed sex and age of the people followed."""
    source_population = cohort.source_population
    at = pd.Index(first["person"]).get_indexer(source_population["person"])
    there = at >= 0
    columns = {}
    for name, column in values.items():
        imputed = np.where(column > 0.5, "male", "female") if name == "sex" else column
        filled = source_population[name].to_numpy(object if name == "sex" else float).copy()
        filled[there] = imputed[at[there]]
        columns[name] = filled
    return source_population.assign(**columns)
