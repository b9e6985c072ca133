"""The fast curves beside the definition written as loops, on whatever Hypothesis thinks of."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.survival.curves.aalen_johansen import aalen_johansen
from analysis.survival.curves.nelson_aalen import nelson_aalen
from analysis.survival.curves.product_limit import kaplan_meier

row = st.tuples(
    st.integers(0, 5),
    st.integers(1, 5),
    st.integers(0, 2),
    st.sampled_from([0.5, 1.0, 2.25]),
    st.integers(0, 2),
)
tables = st.lists(row, min_size=1, max_size=14)


def slow(start, stop, cause, weight):
    """Times, at risk, and by time: event-free, hazard, incidences, from the definitions."""
    free, hazard, incidence, out = 1.0, 0.0, np.zeros(2), []
    for t in np.unique(stop):
        here = (start < t) & (t <= stop)
        n = weight[here].sum()
        d = np.array([weight[here & (stop == t) & (cause == c)].sum() for c in (1, 2)])
        incidence = incidence + free * d / n
        hazard += d.sum() / n
        everyone = (cause[here] > 0).all() and (stop[here] == t).all()
        free = 0.0 if everyone else free * (1 - d.sum() / n)
        out.append((t, n, free, hazard, *incidence))
    return np.array(out)


@settings(max_examples=150, deadline=None)
@given(tables)
def test_curves(table):
    start, length, cause, weight, _ = (
        np.array(column, float) for column in zip(*table, strict=True)
    )
    stop = start + length
    rest = {"start": start, "weights": weight}
    theirs = slow(start, stop, cause, weight)
    free = kaplan_meier(stop, cause > 0, **rest)
    lost = aalen_johansen(stop, cause, causes=[1, 2], **rest)
    hazard = nelson_aalen(stop, cause > 0, **rest)
    ours = np.column_stack([free.times, free.n_risk, free.estimate, hazard.estimate, lost.estimate])
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)
    assert np.isfinite(lost.std_error).all() and np.isfinite(free.std_error).all()
    # Whoever entered has left, and between two times the balance holds.
    assert np.isclose(free.n_enter.sum(), (free.n_event + free.n_censor).sum())
    gone = np.append(0, free.n_event + free.n_censor)[:-1]
    np.testing.assert_allclose(np.cumsum(free.n_enter - gone), free.n_risk, atol=1e-12)
    assert ((free.lower <= free.estimate) | np.isnan(free.lower)).all()
    assert ((free.upper >= free.estimate) | np.isnan(free.upper)).all()


@settings(max_examples=100, deadline=None)
@given(tables, st.lists(st.integers(0, 24), min_size=1, max_size=6))
def test_reading_a_curve(table, halves):
    start, length, cause, weight, _ = (
        np.array(column, float) for column in zip(*table, strict=True)
    )
    stop = start + length
    read = kaplan_meier(stop, cause > 0, start=start, weights=weight).at(np.array(halves) / 2)
    for t, n in zip(read.times, read.n_risk, strict=True):
        here = (start < t) & (t <= stop) if t > 0 else start == 0
        np.testing.assert_allclose(n, weight[here].sum(), atol=1e-12)
