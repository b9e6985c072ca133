"""Why a peer differs: a sentence is given only where it is verified on the data at hand.

An explanation has a condition on the case, a sentence, and a check: our model under the peer's
convention gives the peer's number, or the peer agrees once the cause is taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.agreement.compare import FROM_PEERS, distance
from benchmarks.agreement.conventions import (
    fine_gray_as_crr,
    outside_every_risk_set,
    sandwich_without_entry,
    tsiatis,
)
from benchmarks.agreement.data_sets import BROKEN, Job, jobs
from benchmarks.agreement.exchange import Peer
from benchmarks.agreement.ours import Convention, answers

HUGE = 10.0  # a log hazard ratio that only a monotone likelihood gives here


@dataclass(frozen=True)
class Case:
    """A cell that disagrees, and what is known beside it."""

    job: Job
    table: pd.DataFrame
    peer: Peer
    quantity: str
    peers: list[Peer]

    def theirs(self, quantity: str | None = None) -> np.ndarray:
        found = self.peer.answers[self.job.name].get(quantity or self.quantity, [])
        return np.asarray(found, dtype=float)

    def gives(self, expected: np.ndarray) -> bool:
        return distance(np.asarray(expected), self.theirs()) <= FROM_PEERS


@dataclass(frozen=True)
class Explanation:
    peers: set[str]
    works: set[str]
    sentence: str
    check: Callable[[Case], bool]
    needs_r: bool = False


def _under(convention: Convention) -> Callable[[Case], bool]:
    def check(case: Case) -> bool:
        ours = answers(case.job, case.table, convention)
        return isinstance(ours, dict) and case.gives(ours[case.quantity])

    return check


def _separated(case: Case) -> bool:
    ours = answers(case.job, case.table)
    largest = np.abs(case.theirs()).max()
    return isinstance(ours, str) and "monotone" in ours and bool(largest > HUGE)


def _as_cuminc(case: Case) -> bool:
    r = next((p.answers for p in case.peers if p.name == "R"), {})
    return case.gives(np.asarray(r.get(case.job.name, {}).get("cuminc", []), dtype=float))


def _as_crr(case: Case) -> bool:
    return case.gives(fine_gray_as_crr(case.job, case.table)[case.quantity])


def _as_tsiatis(case: Case) -> bool:
    return case.quantity == "std_error" and case.gives(tsiatis(case.table, case.job.times))


def _by_chance(case: Case) -> bool:
    """Two seeds differ, and NaN is nowhere but at the last time, of each cause."""
    both = [case.theirs(), case.theirs(f"{case.quantity}_again")]
    curves = [each.reshape(-1, len(case.job.times)) for each in both]
    inner = [curve[:, :-1] for curve in curves]
    finite = all(np.isfinite(curve).all() for curve in inner)
    return finite and distance(*inner) > FROM_PEERS


def _ties_broken(case: Case) -> tuple[Job, pd.DataFrame, np.ndarray] | None:
    """The same people with their ties broken, and the peer's robust errors there."""
    name = case.job.data.removesuffix(BROKEN) + BROKEN
    for job, table in jobs() if case.quantity == "robust" else []:
        if job.data == name:
            theirs = case.peer.answers[job.name].get("robust", [])
            return job, table, np.asarray(theirs, dtype=float)
    return None


def _with_ties_only(case: Case) -> bool:
    broken = _ties_broken(case)
    if broken is None:
        return False
    ours = answers(*broken[:2])
    return isinstance(ours, dict) and distance(ours["robust"], broken[2]) <= FROM_PEERS


def _without_entry(case: Case) -> bool:
    broken = _ties_broken(case)
    if broken is None or not case.job.late:
        return False
    return distance(sandwich_without_entry(*broken[:2]), broken[2]) <= FROM_PEERS


def _stopped_early(case: Case) -> bool:
    ours = answers(case.job, case.table)
    if case.quantity != "coefficients" or isinstance(ours, str):
        return False
    left = np.abs(ours["coefficients"] - case.theirs()) / ours["std_error"]
    return bool(left.max() <= FROM_PEERS)


def _nan_outside(case: Case) -> bool:
    nan = bool(np.isnan(case.theirs()).all())
    return case.quantity == "robust" and nan and outside_every_risk_set(case.table)


EXPLANATIONS = [
    Explanation(
        {"R", "pypi_survival", "surpyval", "comprisk", "statsmodels", "lifelines", "sksurv"}
        | {"firthmodels"},
        {"cox"},
        "The data are separated: the likelihood has no maximum, and the hazard ratio printed is "
        "where the iteration stopped (R warns). Ours is a status with the column's number.",
        _separated,
    ),
    Explanation(
        {"comprisk", "firthmodels"},
        {"cox", "firth"},
        "Breslow's ties only: ours with Breslow's ties gives the same number.",
        _under(Convention(ties="breslow")),
    ),
    Explanation(
        {"statsmodels"},
        {"cox"},
        "Who enters at an event time counts as at risk at it: ours gives the same number when "
        "every entry is moved just before its time.",
        _under(Convention(entry_at_risk=True)),
    ),
    Explanation(
        {"statsmodels"},
        {"kaplan_meier"},
        "With weights, what is called the standard error of S is sqrt(sum d/n^2), that of the "
        "cumulative hazard: written out, it gives the same number.",
        _as_tsiatis,
    ),
    Explanation(
        {"comprisk"},
        {"aalen_johansen"},
        "The variance is that of R's cmprsk::cuminc, not Greenwood's plug-in (etm): cuminc gives "
        "the same number.",
        _as_cuminc,
        needs_r=True,
    ),
    Explanation(
        {"surpyval", "comprisk"},
        {"fine_gray"},
        "At a tie of event and censoring, who has the event counts as at risk of censoring (as in "
        "cmprsk::crr); finegray in R and ours take events first. Ours on rows expanded with that "
        "weight gives the same number.",
        _as_crr,
    ),
    Explanation(
        {"lifelines"},
        {"aalen_johansen"},
        "Tied times are moved apart at random: another seed gives another answer (and NaN at the "
        "last time, where that leaves one alone at risk).",
        _by_chance,
    ),
    Explanation(
        {"statsmodels"},
        {"cox"},
        "A row during which nobody has an event gives NaN: there are such rows.",
        _nan_outside,
    ),
    Explanation(
        {"lifelines", "statsmodels"},
        {"cox"},
        "The sandwich has no correction for tied events: with the ties of the same data broken "
        "the two agree.",
        _with_ties_only,
    ),
    Explanation(
        {"lifelines"},
        {"cox"},
        "The sandwich takes every row for at risk from 0 (its score residuals know no entry): "
        "written out so, it gives the same number on the same data with their ties broken.",
        _without_entry,
    ),
    Explanation(
        {"lifelines"},
        {"cox"},
        "The coefficient is near 0 and the iteration stops early: less than a millionth of a "
        "standard error away.",
        _stopped_early,
    ),
]


def verified(case: Case) -> str | None:
    """The first sentence that holds for this case, or ``None``."""
    for each in EXPLANATIONS:
        fits = case.peer.name in each.peers and case.job.work in each.works
        if fits and each.check(case):
            return each.sentence
        if fits and each.needs_r and any(p.name == "R" and p.absent for p in case.peers):
            return f"Not verified, as R is absent: {each.sentence}"
    said = case.peer.answers[case.job.name].get("error")
    return f"It ends with an error: {said}" if said else None
