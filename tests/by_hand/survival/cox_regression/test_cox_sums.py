"""Cox's model over sums of parts: the fit of all rows, whatever the parts, and the same reasons."""

from __future__ import annotations

import pickle
from functools import reduce
from operator import add

import numpy as np
import pytest

from analysis.survival.cox_by_parts.passes import survey
from analysis.survival.cox_by_parts.sums import cox_from_sums
from analysis.survival.cox_regression.model import cox


def registry(n: int = 900, seed: int = 5) -> tuple[np.ndarray, ...]:
    """Late entry in whole days, many ties, columns of different size."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)) * [1.0, 0.2, 30.0] + [6.0, 0.0, 140.0]
    start = np.floor(rng.uniform(0, 60, n))
    stop = start + np.ceil(rng.exponential(20 * np.exp(-0.4 * (X[:, 0] - 6))))
    return X, start, stop, (rng.random(n) < 0.3).astype(np.int64)


def in_parts(rows: tuple, cuts: list[int]) -> list[tuple]:
    edges = [0, *cuts, len(rows[2])]
    return [tuple(part[a:b] for part in rows) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def over(parts: list[tuple]):
    """The sum over parts of what a look finds, sent there and back as to a worker."""

    def total(look):
        sent = pickle.dumps(look)
        found = (pickle.dumps(pickle.loads(sent)([part])) for part in parts)
        return reduce(add, map(pickle.loads, found))

    return total


def same(one, other) -> None:
    assert one.status == other.status == "ok"
    apart = np.abs(one.coefficients - other.coefficients) / other.std_error
    assert apart.max() <= 1e-10
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-10)
    np.testing.assert_allclose(one.log_likelihood, other.log_likelihood, rtol=1e-12)
    assert (one.n, one.n_events) == (other.n, other.n_events)


@pytest.mark.parametrize("cuts", [[], [450], [0, 1, 1, 300, 300, 899], list(range(25, 900, 25))])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_any_parts_and_empty_ones_give_the_fit_of_all_rows(cuts: list[int], ties: str) -> None:
    rows = registry()
    whole = cox(rows[0], rows[2], rows[3], start=rows[1], ties=ties)
    same(cox_from_sums(over(in_parts(rows, cuts)), ties=ties), whole)


def test_parts_without_events_count_in_the_risk_sets() -> None:
    X, start, stop, event = registry()
    event[:600] = 0
    whole = cox(X, stop, event, start=start)
    same(cox_from_sums(over(in_parts((X, start, stop, event), [200, 400, 600]))), whole)


def test_what_a_survey_of_two_parts_adds_up_to() -> None:
    """Events on days 2, 2 and 5; then on 2 and 3: three, one and one; x over them 1+2+3+4+5."""
    one = np.array([[1.0], [2.0], [9.0], [3.0]]), None, np.array([2.0, 2, 4, 5]), [1, 1, 0, 1]
    other = np.array([[4.0], [5.0]]), None, np.array([2.0, 3]), [1, 1]
    seen = survey([one]) + survey([other])
    assert seen.n == 6
    assert seen.times.tolist() == [2, 3, 5]
    assert seen.n_events.tolist() == [3, 1, 1]
    assert seen.of_events.tolist() == [15]
    assert seen.centre.tolist() == [3]


REASONS = {
    "no events": lambda X, event: (X, 0 * event),
    "constant": lambda X, event: (X * [1, 0, 1] + [0, 0.1, 0], event),
    "collinear": lambda X, event: (X[:, [0, 1, 0]], event),
    "separated": lambda X, event: (np.column_stack([X[:, :2], event]), event),
    "separated, rarely": lambda X, event: (
        np.column_stack([X[:, 0], (np.arange(len(X)) % 300 == 0) & (event == 0), X[:, 2]]),
        event,
    ),
    "separated by two": lambda X, event: (
        np.column_stack([X[:, 0], 0.001 * event + X[:, 1], 1000 * X[:, 1]]),
        event,
    ),
}


@pytest.mark.parametrize("case", REASONS)
@pytest.mark.parametrize("cuts", [[], [300, 300, 600]])
def test_data_without_an_estimate_say_why_in_the_same_words(case: str, cuts: list[int]) -> None:
    X, start, stop, event = registry()
    X, event = REASONS[case](X, event)
    whole = cox(X, stop, event, start=start)
    parts = cox_from_sums(over(in_parts((X, start, stop, event), cuts)))
    assert whole.status == "not_estimable"
    assert (parts.status, parts.reason, parts.columns) == (
        whole.status,
        whole.reason,
        whole.columns,
    )


def test_no_row_at_all_is_no_event() -> None:
    nothing = np.zeros((0, 2)), np.zeros(0), np.zeros(0), np.zeros(0, int)
    fit = cox_from_sums(over([nothing, nothing]))
    assert (fit.status, fit.reason, fit.n) == ("not_estimable", "no events", 0)


def test_parts_of_another_width_are_refused() -> None:
    X, start, stop, event = registry(40)
    parts = in_parts((X, start, stop, event), [20])
    narrow = (parts[1][0][:, :2], *parts[1][1:])
    with pytest.raises(ValueError, match="X has 2 columns at row 20, 3 before"):
        cox_from_sums(over([parts[0], narrow]))
