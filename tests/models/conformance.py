"""What every model must keep to: each check gives the sentences that say what it breaks.

``checks_of(model)`` are the checks that apply to it. A model may say that one does not, and why
(``exempt`` of its decorator).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping

import changed_cohorts
from scipy.stats import kstest

from analysis.estimates.contract import broken_rule
from analysis.estimates.inputs.cohort_tables import Cohort
from analysis.estimates.model import EstimateModel
from data_schema.results import Estimate

NUMBERS = ("estimate", "lower", "upper", "std_error", "p_value")
COUNTS = ("numerator", "denominator", "person_years")
CLOSE = 1e-7  # of a number, relative: sums taken in another order
SMALLEST_P = 0.001

Answers = Callable[[str], list[Estimate]]


def declared(model: EstimateModel, rows: Iterable[Estimate]) -> list[str]:
    """Measures declared, ids unique, numbers finite, statuses with a reason."""
    broken = broken_rule(model, list(rows))
    return [f"{model.name}: broken: {broken}"] if broken else []


def documented(model: EstimateModel) -> list[str]:
    """Formula, assumptions and source stand in the docstring; names and terms have labels."""
    if model.always:  # its page is the project's own
        return [] if model.text else [f"{model.name}: has no docstring"]
    missing = [word for word in ("Formula:", "Assumes:", "Source:") if word not in model.text]
    found = [f"{model.name}: the docstring has no line {word}" for word in missing]
    if "Source:" in model.text and not re.search(r"\b(1[89]|20)\d\d\b", model.text):
        found.append(f"{model.name}: the source has no year")
    return found


def labelled(model: EstimateModel, rows: Iterable[Estimate]) -> list[str]:
    """The model, its terms and its levels have words for the report."""
    if model.always:
        return []
    names = {name for row in rows for name in (row.model, row.term, row.level) if name}
    return [f"{model.name}: no label for {name}" for name in sorted(names - set(model.labels))]


def same(
    before: Iterable[Estimate],
    after: Iterable[Estimate],
    fields: tuple[str, ...] = NUMBERS + COUNTS,
    without: Mapping[str, str] | None = None,
) -> list[str]:
    """Differences of two answers that should be one; measures in ``without`` are not compared."""
    skipped = without or {}
    old = {row.id: row for row in before if row.measure not in skipped}
    new = {row.id: row for row in after if row.measure not in skipped}
    if set(old) != set(new):
        return [f"{len(set(old) ^ set(new))} rows are there once only"]
    pairs = ((old[key], new[key]) for key in old)
    return [found for one, other in pairs if (found := _difference(one, other, fields))]


def _difference(one: Estimate, other: Estimate, fields: tuple[str, ...]) -> str:
    if one.status != other.status:
        return f"{one.id}: {one.status}, then {other.status}"
    for name in fields:
        a, b = getattr(one, name), getattr(other, name)
        if (a is None) != (b is None):
            return f"{one.id}: {name} is there once only"
        if a is not None and not math.isclose(a, b, rel_tol=CLOSE, abs_tol=1e-9):
            return f"{one.id}: {name} is {a:g}, then {b:g}"
    return ""


def exempt_measures(model: EstimateModel, check: str) -> dict[str, str]:
    """Measures of a model to which a check does not apply, and why."""
    return {key.partition("/")[2]: why for key, why in model.exempt.items() if f"{check}/" in key}


def row_order(model: EstimateModel, answers: Answers) -> list[str]:
    """Which person comes first says nothing."""
    return same(answers("as_it_is"), answers("reordered"), without=exempt_measures(model, "order"))


def splitting(model: EstimateModel, answers: Answers) -> list[str]:
    """An interval in which nothing changes may be two."""
    return same(answers("as_it_is"), answers("split"), without=exempt_measures(model, "split"))


def late_entry(model: EstimateModel, answers: Answers) -> list[str]:
    """Nobody is at risk before entry: numbers stay where a person is two, one after the other."""
    without = exempt_measures(model, "late_entry")
    return same(answers("as_it_is"), answers("handed_over"), NUMBERS, without)


def failures(model: EstimateModel, answers: Answers) -> list[str]:
    """Without people or events there are rows that say so, none that is not a number."""
    found = []
    for name in ("empty", "without_events"):
        rows = answers(name)
        found += [f"{name}: {line}" for line in declared(model, rows)]
        if not rows and not model.always:
            found.append(f"{model.name}: {name}: gives no row, so nothing says why")
        if name == "empty" and any(_tells_of_somebody(row) for row in rows):
            found.append(f"{model.name}: {name}: a number about nobody")
    return found


def _tells_of_somebody(row: Estimate) -> bool:
    """A number with an interval where nobody is."""
    return row.status == "ok" and row.estimate is not None and bool(row.std_error)


def uniform(model: EstimateModel, replicates: Iterable[Iterable[Estimate]]) -> list[str]:
    """p-values of each row over replicates without any effect: Kolmogorov and Smirnov's test."""
    without = exempt_measures(model, "null")
    values: dict[str, list[float]] = {}
    for rows in replicates:
        for row in rows:
            if row.p_value is not None and row.measure not in without:
                values.setdefault(row.id, []).append(row.p_value)
    tests = {key: float(kstest(found, "uniform").pvalue) for key, found in values.items()}
    return [f"{key}: p-values are not uniform" for key, p in tests.items() if p <= SMALLEST_P]


class Answered:
    """A model's rows of each changed cohort, worked out once."""

    def __init__(self, model: EstimateModel, cohort: Cohort, **settings: object) -> None:
        self.model = model
        self.cohort = changed_cohorts.held(cohort)
        self.settings = model.settings.model_validate(settings)
        self.known: dict[str, list[Estimate]] = {}

    def __call__(self, name: str) -> list[Estimate]:
        if name not in self.known:
            change = getattr(changed_cohorts, name, None)
            cohort = change(self.cohort) if change else self.cohort
            self.known[name] = self.model(cohort, self.settings)
        return self.known[name]


CHECKS: dict[str, Callable[[EstimateModel, Answers], list[str]]] = {
    "declared": lambda model, answers: declared(model, answers("as_it_is")),
    "documented": lambda model, _: documented(model),
    "labelled": lambda model, answers: labelled(model, answers("as_it_is")),
    "order": row_order,
    "split": splitting,
    "late_entry": late_entry,
    "failures": failures,
}
