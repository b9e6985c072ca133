"""Rows in blocks: the fit of all rows at once, whatever the blocks, in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.survival.cox_by_parts.blocks import cox_from_blocks
from analysis.survival.cox_by_parts.passes import survey
from analysis.survival.cox_by_parts.sums import SummedParts
from analysis.survival.cox_regression.model import cox

ROOT = Path(__file__).parents[4]


def registry(n: int = 3000, seed: int = 3, whole_days: bool = True) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)) + [50.0, 0.0, -2.0]
    start = rng.uniform(0, 60, n)
    stop = start + rng.exponential(20 * np.exp(-0.4 * X[:, 1])) + 1e-3
    if whole_days:
        start, stop = np.floor(start), np.ceil(stop)
    return X, start, stop, (rng.random(n) < 0.3).astype(np.int64)


def in_blocks(rows: tuple, size: int):
    """A function that yields the rows again each time, ``size`` at a time."""
    n = len(rows[2])

    def again():
        for at in range(0, n, size):
            yield tuple(None if part is None else part[at : at + size] for part in rows)

    return again


def assert_same(streamed, whole):
    assert streamed.status == whole.status == "ok"
    apart = np.abs(streamed.coefficients - whole.coefficients) / whole.std_error
    assert apart.max() <= 1e-10
    np.testing.assert_allclose(streamed.covariance, whole.covariance, rtol=1e-10)
    np.testing.assert_allclose(streamed.log_likelihood, whole.log_likelihood, rtol=1e-12)
    for test in ("score_test", "wald_test", "likelihood_ratio_test"):
        ours, theirs = getattr(streamed, test).statistic, getattr(whole, test).statistic
        assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize("size", [1, 17, 1000, 5000])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_any_size_of_block_gives_the_fit_of_all_rows(size, ties):
    rows = registry(600)
    whole = cox(rows[0], rows[2], rows[3], start=rows[1], ties=ties)
    assert_same(cox_from_blocks(in_blocks(rows, size), ties=ties), whole)


@pytest.mark.parametrize("size", [170, 3000])
def test_times_that_never_coincide(size):
    rows = registry(whole_days=False)
    whole = cox(rows[0], rows[2], rows[3], start=rows[1])
    assert_same(cox_from_blocks(in_blocks(rows, size)), whole)


def test_everyone_from_the_beginning():
    X, _, stop, event = registry()
    rows = (X, None, stop, event)
    assert_same(cox_from_blocks(in_blocks(rows, 999)), cox(X, stop, event))


def test_by_hand_two_blocks_of_two():
    """Stops 1, 2, 3, 4, all events, x = 0, 1, 1, 0; by hand ℓ(0) = -log 4!, U(0) = 1/6.

    The score is 2 - 2z/(2z+2) - 2z/(2z+1) - z/(z+1) with z = exp(β).
    """
    X, stop = np.array([[0.0], [1], [1], [0]]), np.arange(1.0, 5)
    fit = cox_from_blocks(in_blocks((X, None, stop, np.ones(4, int)), 2))
    z = np.exp(fit.coefficients[0])
    assert 2 - 2 * z / (2 * z + 2) - 2 * z / (2 * z + 1) - z / (z + 1) == pytest.approx(
        0, abs=1e-12
    )
    assert fit.log_likelihood[0] == pytest.approx(-np.log(24), rel=1e-14)
    curvature = 1 / 4 + 2 / 9 + 1 / 4
    assert fit.score_test.statistic == pytest.approx((2 - 0.5 - 2 / 3 - 0.5) ** 2 / curvature)


def test_data_without_an_estimate_say_why():
    X, start, stop, event = registry(400)
    none = cox_from_blocks(in_blocks((X, start, stop, 0 * event), 100))
    assert (none.status, none.reason) == ("not_estimable", "no events")
    flat = cox_from_blocks(in_blocks((X * [1, 0, 1], start, stop, event), 100))
    assert (flat.status, flat.columns) == ("not_estimable", (1,))
    double = cox_from_blocks(in_blocks((X[:, [0, 1, 0]], start, stop, event), 100))
    assert (double.status, double.columns) == ("not_estimable", (2,))
    apart = X.copy()
    apart[:, 2] = event
    monotone = cox_from_blocks(in_blocks((apart, start, stop, event), 100))
    assert (monotone.status, monotone.columns) == ("not_estimable", (2,))
    assert monotone.reason == cox(apart, stop, event, start=start).reason


def test_what_is_refused():
    X, start, stop, event = registry(40)
    bad = X.copy()
    bad[25, 1] = np.nan
    with pytest.raises(ValueError, match=r"X\[5\] is not finite \(in the block .* at row 20\)"):
        cox_from_blocks(in_blocks((bad, start, stop, event), 10))
    with pytest.raises(ValueError, match="ties must be"):
        cox_from_blocks(in_blocks((X, start, stop, event), 10), ties="exact")
    once = iter(list(in_blocks((X, start, stop, event), 10)()))
    with pytest.raises(ValueError, match="blocks gave 0 rows, 40 before"):
        cox_from_blocks(lambda: once)


IN_LITTLE_MEMORY = """
import resource, sys
import numpy as np
from analysis.survival.cox_by_parts.blocks import cox_from_blocks
table, size = sys.argv[1], 20_000
def blocks():
    rows = np.load(table, mmap_mode="r")
    for at in range(0, len(rows), size):
        part = np.array(rows[at : at + size])
        yield part[:, 3:], part[:, 0], part[:, 1], part[:, 2]
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
def few():
    return [next(iter(blocks()))]
cox_from_blocks(few)
before = peak()
fit = cox_from_blocks(blocks)
print(fit.status, fit.n, peak() - before)
"""


def test_memory_is_that_of_a_block(tmp_path):
    X, start, stop, event = registry(400_000)
    table = np.column_stack([start, stop, event, X, X**2 - 2, np.sin(X)])
    np.save(tmp_path / "rows.npy", table)
    command = [sys.executable, "-c", IN_LITTLE_MEMORY, str(tmp_path / "rows.npy")]
    out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    status, n, kilobytes = out.split()
    assert (status, int(n)) == ("ok", 400_000)
    assert int(kilobytes) * 1024 < table.nbytes / 2


def test_rows_that_may_only_be_read():
    rows = registry(400)
    fit = cox_from_blocks(in_blocks(rows, 150))
    for part in rows:
        part.flags.writeable = False
    assert_same(cox_from_blocks(in_blocks(rows, 150)), fit)
    assert_same(cox(rows[0], rows[2], rows[3], start=rows[1]), fit)


def test_a_small_risk_set_beside_large_ones_keeps_its_digits():
    X, start, stop, event = registry(400)
    X[:2], start[:2], stop[:2], event[:2] = 50.0, [0, 0], [1, 2], [1, 0]
    start[2:], stop[2:] = start[2:] + 2, stop[2:] + 2
    X[2:3, 1], start[2], stop[2], event[2] = 60.0, 2, 100, 0
    rows = X, start, stop, event
    seen = survey(in_blocks(rows, 150)())
    beta = np.array([0.0, 1.0, 0.0])
    total = SummedParts(lambda look: look(in_blocks(rows, 150)()), seen, True).evaluate(beta)
    risk = np.exp((X - seen.centre) @ beta)
    at_risk = (start < seen.times[:, None]) & (seen.times[:, None] <= stop)
    expected = [risk[here].sum() for here in at_risk]
    single = seen.n_events == 1
    np.testing.assert_allclose(
        total.by_time[single, 0], (1 / np.array(expected))[single], rtol=1e-12
    )
