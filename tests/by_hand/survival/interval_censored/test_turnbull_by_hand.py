"""Non-parametric onset: closed forms, the conditions of a maximum, what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analysis.survival.interval_censored.turnbull import survival_bounds, turnbull

INF = np.inf


def test_exact_and_censored_onset_with_late_entry_is_kaplan_meier():
    """At 2, 4, 4, 7 with entries 0, 0, 3, 3, 0, 5 and censorings at 4 and 9."""
    lower = np.array([2, 4, 4, 7, 4, 9], dtype=float)
    upper = np.array([2, 4, 4, 7, INF, INF])
    ours = turnbull(lower, upper, entry=[0, 0, 3, 3, 0, 5])
    at_risk = np.array([3, 4, 2])  # entry at 3 is after 2; the censored at 4 is at risk at 4
    survival = np.cumprod([1 - 1 / 3, 1 - 2 / 4, 1 - 1 / 2])
    np.testing.assert_allclose(ours.survival[:3], survival, rtol=1e-12)
    assert (ours.left[:3] == [2, 4, 7]).all()
    assert ours.point[:3].all()
    assert at_risk.tolist() == [3, 4, 2]


def test_one_look_each_is_isotonic_regression():
    """Current status: F at the looks is the increasing fit to the shares seen with onset."""
    looks = np.repeat([1.0, 2, 3, 4, 5], [10, 20, 10, 30, 10])
    share = np.repeat([0.2, 0.1, 0.5, 0.3, 0.8], [10, 20, 10, 30, 10])
    onset = np.concatenate(
        [
            np.arange(n) < n * s
            for n, s in zip([10, 20, 10, 30, 10], [0.2, 0.1, 0.5, 0.3, 0.8], strict=True)
        ]
    )
    ours = turnbull(np.where(onset, 0, looks), np.where(onset, looks, INF))
    fitted = 1 - survival_bounds(ours, [1, 2, 3, 4, 5]).upper
    expected = optimize.isotonic_regression(share).x[[0, 10, 30, 40, 70]]
    np.testing.assert_allclose(fitted, expected, atol=1e-9)
    np.testing.assert_allclose(expected, [4 / 30, 4 / 30, 0.35, 0.35, 0.8])


def test_an_entry_can_end_an_interval_of_support():
    """Onset in (1, 5]; someone enters free at 2: mass at once before 2 is the maximum, 1/4.

    With the intervals of Turnbull (1976), blind to entry, a mass p in (1, 5] counts against the
    late entrant too: p(1−p)² is at most 4/27.
    """
    ours = turnbull([1, 10, 10], [5, INF, INF], entry=[0, 2, 0])
    assert ours.log_likelihood == pytest.approx(np.log(1 / 4), rel=1e-12)
    assert (ours.left[0], ours.right[0]) == (1, 2)
    np.testing.assert_allclose(ours.mass, [0.5, 0.5], rtol=1e-12)


def test_hazard_spent_before_someone_enters_is_flagged():
    ours = turnbull([1, 10], [5, INF], entry=[0, 2])
    assert ours.status == "flagged"
    assert "reaches zero at time 2" in ours.reason
    assert ours.survival[0] == 0


def test_bounds_differ_only_inside_an_interval():
    ours = turnbull([0, 2, 2], [2, 5, INF])
    bounds = survival_bounds(ours, [0, 1, 2, 3, 5, 9])
    np.testing.assert_allclose(bounds.upper, [1, 1, 2 / 3, 2 / 3, 0, 0], atol=1e-12)
    assert (bounds.lower <= bounds.upper).all()
    assert bounds.lower[1] < bounds.upper[1]
    assert bounds.lower[2] == pytest.approx(bounds.upper[2])


times = st.integers(0, 12)


@st.composite
def people(draw):
    """Entry, interval and weight; small whole times, so that ties of every kind occur."""
    rows = []
    for _ in range(draw(st.integers(2, 12))):
        entry = draw(times)
        lower = entry + draw(st.integers(0, 5))
        width = draw(st.sampled_from([0, 1, 2, 5, INF]))
        if width == 0:
            lower = max(lower, entry + 1)
        rows.append((entry, lower, lower + width, draw(st.integers(1, 3))))
    return np.array(rows, dtype=float).T


def holds(result, low, high, exact):
    """Which intervals of support lie in (low, high], or are the point low: (n, J)."""
    low, high, exact = low[:, None], high[:, None], exact[:, None]
    at_low = result.point & (result.left == low)
    return np.where(exact, at_low, (result.left >= low) & (result.right <= high) & ~at_low)


@settings(deadline=None, max_examples=60)
@given(people())
def test_slopes_in_every_direction_prove_the_maximum(rows):
    """Straight from the definition: Σ w [1{j in A}/F(A) − 1{j in B}/F(B)] = 0 where mass is."""
    entry, lower, upper, weight = rows
    ours = turnbull(lower, upper, entry=entry, weights=weight)
    if not np.isfinite(upper).any():
        assert ours.status == "not_estimable"
        return
    assert ours.kkt < 1e-9
    assert ours.self_consistency < 1e-9
    if ours.status == "flagged":
        return
    assert ours.mass.sum() == pytest.approx(1, abs=1e-9)
    own = holds(ours, lower, upper, lower == upper)
    able = holds(ours, entry, np.full_like(upper, INF), np.zeros_like(entry, dtype=bool))
    in_own, in_able = own @ ours.mass, able @ ours.mass
    if in_able.min() < 1e-3:
        return
    slopes = weight @ (own / in_own[:, None] - able / in_able[:, None])
    np.testing.assert_allclose(slopes * ours.mass, 0, atol=1e-6)
    assert ours.log_likelihood == pytest.approx(weight @ np.log(in_own / in_able), abs=1e-8)


@settings(deadline=None, max_examples=60)
@given(people(), st.integers(0, 10**6))
def test_no_other_distribution_is_more_likely(rows, seed):
    entry, lower, upper, weight = rows
    ours = turnbull(lower, upper, entry=entry, weights=weight)
    if ours.status != "ok":
        return
    cells = np.arange(0, 40) + 0.5  # times are whole: half days and whole days are all there is
    atoms = np.sort(np.concatenate([cells, np.arange(0.0, 40)]))
    for p in np.random.default_rng(seed).random((20, len(atoms))) ** 6:
        own = np.where(
            (lower == upper)[:, None],
            atoms == lower[:, None],
            (atoms > lower[:, None]) & (atoms <= upper[:, None]),
        )
        in_own, in_able = own @ p, (atoms > entry[:, None]) @ p
        if (in_own == 0).any():
            continue
        other = weight @ np.log(in_own / in_able)
        assert other <= ours.log_likelihood + 1e-9


@settings(deadline=None, max_examples=60)
@given(people())
def test_order_doubling_and_splitting_do_not_matter(rows):
    entry, lower, upper, weight = rows
    ours = turnbull(lower, upper, entry=entry, weights=weight)
    if ours.status != "ok":
        return
    copies = np.repeat(np.arange(len(lower)), weight.astype(int))[::-1]
    doubled = turnbull(lower[copies], upper[copies], entry=entry[copies])
    parts = lower > entry
    split = turnbull(
        np.append(lower, lower[parts]),
        np.append(upper, np.full(parts.sum(), INF)),
        entry=np.append(np.where(parts & (lower < upper), lower, entry), entry[parts]),
        weights=np.append(weight, weight[parts]),
    )
    exact = (lower == upper) & parts
    for other in [doubled] if exact.any() else [doubled, split]:
        assert other.log_likelihood == pytest.approx(ours.log_likelihood, abs=1e-8)


def test_any_increasing_scale_of_time_gives_the_same_mass():
    rng = np.random.default_rng(11)
    entry = rng.integers(0, 5, 40).astype(float)
    lower = entry + rng.integers(0, 6, 40)
    upper = np.where(rng.uniform(size=40) < 0.7, lower + rng.integers(1, 5, 40), INF)
    days = turnbull(lower, upper, entry=entry)
    squares = turnbull(lower**2, upper**2, entry=entry**2)
    np.testing.assert_allclose(squares.mass, days.mass, atol=1e-12)
    assert (squares.right == days.right**2).all()


def test_many_people_with_late_entry_are_solved_in_a_few_newton_steps():
    rng = np.random.default_rng(3)
    onset = rng.weibull(1.4, 3000) * 1500
    entry = np.where(rng.uniform(size=3000) < 0.5, 0, rng.integers(0, 800, 3000))
    onset, entry = onset[onset > entry], entry[onset > entry]
    first = entry + rng.integers(30, 400, len(entry))
    second = first + rng.integers(30, 900, len(entry))
    lower = np.where(onset <= first, entry, np.where(onset <= second, first, second))
    upper = np.where(onset <= first, first, np.where(onset <= second, second, INF))
    ours = turnbull(lower, upper, entry=entry)
    assert ours.status == "ok"
    assert ours.iterations < 100
    looked = np.array([300.0, 600, 1000])
    off = survival_bounds(ours, looked).upper - np.exp(-((looked / 1500) ** 1.4))
    assert np.abs(off).max() < 0.06


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: turnbull([1, 2], [0.5, 3]), r"upper\[0\] is before lower"),
        (lambda: turnbull([1, 2], [2, 3], entry=[0, 2.5]), r"entry\[1\] is after lower"),
        (lambda: turnbull([1, 2], [2, np.nan]), r"upper\[1\]"),
        (lambda: turnbull([1, 2], [2, 3], weights=[1, -1]), r"weights\[1\]"),
        (lambda: survival_bounds(turnbull([1], [INF]), [1]), "no estimate"),
        (lambda: survival_bounds(turnbull([1], [2]), [np.nan]), r"times\[0\]"),
    ],
)
def test_illegal_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
