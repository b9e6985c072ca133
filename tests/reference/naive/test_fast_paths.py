"""Every fast path beside the definition written as loops, on whatever Hypothesis thinks of."""

from __future__ import annotations

from functools import reduce
from operator import add

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.survival.competing_risks.fine_gray import fine_gray, subdistribution_likelihood
from analysis.survival.competing_risks.subdistribution_people import subdistribution_people
from analysis.survival.cox_by_parts.blocks import cox_from_blocks
from analysis.survival.cox_by_parts.passes import survey
from analysis.survival.cox_by_parts.sums import SummedParts, cox_from_sums
from analysis.survival.cox_regression.held_rows import HeldRows
from analysis.survival.cox_regression.likelihood import cox_data
from analysis.survival.cox_regression.model import cox
from analysis.survival.cox_regression.residuals import martingale_residuals
from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.nelson_aalen import nelson_aalen
from analysis.survival.curves.product_limit import kaplan_meier
from analysis.survival.numerics import chunks
from analysis.survival.risk_set_sums.risk_sets import risk_sets
from tests.reference.naive import cox as naive_cox
from tests.reference.naive import curves as naive_curves
from tests.reference.naive import fine_gray as naive_fine_gray

CLOSE = 1e-10
row = st.tuples(
    st.integers(0, 9),  # start
    st.integers(1, 9),  # length
    st.integers(0, 2),  # cause
    st.sampled_from([0.5, 1.0, 2.25]),  # weight
    st.integers(0, 2),  # stratum
    st.sampled_from([-1.0, 0.0, 0.7]),  # offset
    st.integers(-3, 3),  # covariates
    st.sampled_from([0.0, 0.25, 100.0]),
)
tables = st.lists(row, min_size=1, max_size=16)
points = st.lists(st.sampled_from([-0.6, 0.0, 0.3]), min_size=2, max_size=2).map(np.array)
ties = st.sampled_from(["efron", "breslow"])


def columns(table) -> dict:
    columns = np.ascontiguousarray(np.array(table, float).T)
    start, length, cause, weight, stratum, offset, *x = columns
    names = {"start": start, "stop": start + length, "weight": weight, "offset": offset}
    return names | {
        "X": np.column_stack(x),
        "cause": cause.astype(np.int64),
        "event": (cause == 1).astype(np.int64),
        "stratum": np.unique(stratum, return_inverse=True)[1].astype(np.int64),
    }


def same(ours, theirs) -> None:
    for one, other in zip(ours, theirs, strict=True):
        size = np.abs(other).max() if np.ndim(other) else abs(other)
        np.testing.assert_allclose(one, other, rtol=CLOSE, atol=CLOSE * (1 + size))


def answers(model, beta):
    """Log-likelihood, score and information at a point."""
    at = model.evaluate(beta)
    return at.log_likelihood, at.score, model.information(at)[0]


COX = ("X", "start", "stop", "event")


@settings(max_examples=60, deadline=None)
@given(tables, points, ties)
def test_cox_of_rows_in_memory(table, beta, how):
    d = columns(table)
    assume(d["event"].any())
    sets = risk_sets(d["start"], d["stop"], d["event"], d["stratum"])
    data = cox_data(d["X"], d["offset"], d["weight"], d["stratum"], sets, how == "efron")
    more = {name: d[name] for name in ("weight", "stratum", "offset")}
    theirs = naive_cox.likelihood(beta, *(d[name] for name in COX), **more, ties=how)
    same(answers(HeldRows(data), beta), theirs)


@settings(max_examples=50, deadline=None)
@given(tables, points, ties, st.lists(st.integers(0, 16), max_size=3))
def test_cox_of_sums_over_parts(table, beta, how, cuts):
    d = columns(table)
    assume(d["event"].any())
    edges = [0, *sorted(min(cut, len(table)) for cut in cuts), len(table)]
    rows = [d[name] for name in COX]
    parts = [[part[a:b] for part in rows] for a, b in zip(edges[:-1], edges[1:], strict=True)]

    def total(over):
        return reduce(add, (over([part]) for part in parts))

    n = len(table)
    plain = {"weight": np.ones(n), "stratum": np.zeros(n), "offset": np.zeros(n)}
    model = SummedParts(total, total(survey), how == "efron")
    same(answers(model, beta), naive_cox.likelihood(beta, *rows, **plain, ties=how))


def registry(n: int, days: float, seed: int) -> dict:
    """Late entry, weights, strata, offsets; whole days where ``days`` is one."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)) * [1, 0.1, 10]
    start = np.floor(rng.uniform(0, 40, n) / days) * days
    length = np.ceil(rng.exponential(20 * np.exp(-0.4 * X[:, 0])) / days) * days
    return {
        "X": X,
        "start": start,
        "stop": start + length,
        "event": (rng.random(n) < 0.3).astype(np.int64),
        "weight": rng.integers(1, 9, n) / 4,
        "stratum": rng.integers(0, 3, n),
        "offset": rng.normal(size=n) / 4,
    }


@pytest.mark.parametrize("days", [1.0, 1e-7])
@pytest.mark.parametrize("how", ["efron", "breslow"])
def test_a_fit_over_several_chunks_is_at_the_maximum_of_the_definition(monkeypatch, days, how):
    """Few and many event times, rows divided among four chunks."""
    monkeypatch.setattr(chunks, "ROWS_WORTH_A_LANE", 50)
    d = registry(400, days, 5)
    fit = cox(
        d["X"],
        d["stop"],
        d["event"],
        start=d["start"],
        weights=d["weight"],
        strata=d["stratum"],
        offset=d["offset"],
        ties=how,
    )
    rows, more = [d[n] for n in COX], {n: d[n] for n in ("weight", "stratum", "offset")}
    value, score, information = naive_cox.likelihood(fit.coefficients, *rows, **more, ties=how)
    null = naive_cox.likelihood(np.zeros(3), *rows, **more, ties=how)[0]
    np.testing.assert_allclose(fit.log_likelihood, (null, value), rtol=1e-12)
    np.testing.assert_allclose(score * fit.std_error, 0, atol=1e-9)
    np.testing.assert_allclose(fit.covariance, np.linalg.inv(information), rtol=CLOSE)
    if how == "breslow":
        theirs = naive_cox.martingale(fit.coefficients, *rows, **more)
        np.testing.assert_allclose(martingale_residuals(fit), theirs, atol=CLOSE)


@pytest.mark.parametrize("how", ["efron", "breslow"])
def test_fits_over_parts_and_blocks_are_at_the_maximum_of_the_definition(how):
    d = registry(300, 1.0, 6)
    rows = [d[name] for name in COX]
    plain = {"weight": np.ones(300), "stratum": np.zeros(300), "offset": np.zeros(300)}
    parts = [[part[at : at + 70] for part in rows] for at in range(0, 300, 70)]

    def total(over):
        return reduce(add, (over([part]) for part in parts))

    for fit in (cox_from_sums(total, ties=how), cox_from_blocks(lambda: parts, ties=how)):
        theirs = naive_cox.likelihood(fit.coefficients, *rows, **plain, ties=how)
        np.testing.assert_allclose(fit.log_likelihood[1], theirs[0], rtol=1e-12)
        np.testing.assert_allclose(theirs[1] * fit.std_error, 0, atol=1e-9)
        np.testing.assert_allclose(fit.covariance, np.linalg.inv(theirs[2]), rtol=CLOSE)


@settings(max_examples=50, deadline=None)
@given(tables)
def test_curves(table):
    d = columns(table)
    theirs = naive_curves.aalen_johansen(d["start"], d["stop"], d["cause"], d["weight"], (1, 2))
    rest = {"start": d["start"], "weights": d["weight"]}
    free = kaplan_meier(d["stop"], d["cause"] > 0, **rest)
    hazard = nelson_aalen(d["stop"], d["cause"] > 0, **rest)
    lost = aalen_johansen(d["stop"], d["cause"], causes=[1, 2], **rest)
    ours = np.column_stack([free.times, free.n_risk, free.estimate, hazard.estimate, lost.estimate])
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)


FINE_GRAY = ("X", "start", "stop", "cause", "weight")


@settings(max_examples=60, deadline=None)
@given(tables, points)
def test_fine_gray(table, beta):
    d = columns(table)
    assume(d["event"].any())
    persons = subdistribution_people(
        d["X"], d["stop"], d["cause"], d["start"], d["weight"], None, None
    )
    model, _ = subdistribution_likelihood(persons, d["event"])
    assume(np.isfinite(model.data.share).all())
    theirs = naive_fine_gray.likelihood(beta, *(d[name] for name in FINE_GRAY))
    same(answers(model, beta), theirs)


def test_a_fine_gray_fit_is_at_the_maximum_of_the_definition():
    d = registry(90, 1.0, 7)
    d["cause"] = np.random.default_rng(8).integers(0, 3, 90)
    fit = fine_gray(d["X"], d["stop"], d["cause"], start=d["start"], weights=d["weight"])
    rows = [d[name] for name in FINE_GRAY]
    value, score, information = naive_fine_gray.likelihood(fit.coefficients, *rows)
    null = naive_fine_gray.likelihood(np.zeros(3), *rows)[0]
    np.testing.assert_allclose(fit.log_likelihood, (null, value), rtol=1e-12)
    np.testing.assert_allclose(score * np.sqrt(np.diag(fit.covariance)), 0, atol=1e-9)
    np.testing.assert_allclose(fit.covariance, np.linalg.inv(information), rtol=CLOSE)
