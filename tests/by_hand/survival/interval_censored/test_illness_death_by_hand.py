"""Illness–death likelihood and incidence against closed forms, quadrature and differences.

With one shape k for every transition the integral over the day of onset is elementary in t^k:
∫_l^u λ e^{−(λ+μ)w} e^{−ν(X−w)} dw, w = v^k, is λ e^{−νX} (e^{−cl^k} − e^{−cu^k}) / c,
c = λ + μ − ν.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate

from analysis.survival.illness_death_model.incidence import onset_incidence, onset_share
from analysis.survival.illness_death_model.likelihood import illness_death_likelihood
from analysis.survival.illness_death_model.model import MAPS, illness_death
from analysis.survival.illness_death_model.people import illness_death_people

ONSET, DEATH, AFTER = 2e-4, 5e-4, 9e-4  # a day^k
PEOPLE = {
    # last clean look, first positive look, exit, died, entry, free of onset at entry
    "never seen, alive": (700.0, np.inf, 1500.0, 0, 90.0, True),
    "never seen, no look, alive": (90.0, np.inf, 3600.0, 0, 90.0, True),
    "never seen, died": (700.0, np.inf, 1500.0, 1, 90.0, True),
    "clean on the last day, died": (1500.0, np.inf, 1500.0, 1, 90.0, True),
    "seen, alive": (700.0, 1100.0, 1500.0, 0, 90.0, True),
    "seen, died": (700.0, 1100.0, 1500.0, 1, 90.0, True),
    "seen from day zero, died": (0.0, 1100.0, 1500.0, 1, 0.0, True),
    "exact, alive": (1100.0, 1100.0, 1500.0, 0, 90.0, True),
    "exact, died that day": (1500.0, 1500.0, 1500.0, 1, 90.0, True),
    "state at entry not known, died": (0.0, np.inf, 1500.0, 1, 800.0, False),
    "state at entry not known, clean later": (900.0, 1100.0, 1500.0, 0, 800.0, False),
    "left for another reason": (700.0, np.inf, 1500.0, 2, 90.0, True),
}


def of(names):
    rows = [PEOPLE[name] for name in names]
    low, high, exit_, state, entry, free = (np.array(column) for column in zip(*rows, strict=True))
    return illness_death_people(
        low, high, exit_, state, entry=entry, free_at_entry=free, weights=None
    )


def likelihood(names, theta):
    return illness_death_likelihood(of(names), np.eye(6)).evaluate(np.asarray(theta))


def one_shape(shape):
    return np.array([np.log(ONSET), shape, np.log(DEATH), shape, np.log(AFTER), shape])


def closed_form(row, k):
    low, high, exit_, state, entry, free = row
    c = ONSET + DEATH - AFTER

    def healthy(t):
        return np.exp(-(ONSET + DEATH) * t**k)

    def fell_ill(a, b, x):
        return ONSET * np.exp(-AFTER * x**k) * (np.exp(-c * a**k) - np.exp(-c * b**k)) / c

    rise = k * exit_ ** (k - 1)
    after = AFTER * rise if state == 1 else 1.0
    if low == high:
        density = ONSET * k * low ** (k - 1) * healthy(low)
        seen = density * np.exp(-AFTER * (exit_**k - low**k)) * after
    elif np.isfinite(high):
        seen = fell_ill(low, high, exit_) * after
    else:
        stayed = healthy(exit_) * (DEATH * rise if state == 1 else 1.0)
        seen = stayed + fell_ill(low, exit_, exit_) * after
    given = healthy(entry) if free else healthy(entry) + fell_ill(0.0, entry, entry)
    return np.log(seen / given)


@pytest.mark.parametrize("shape", [1.0, 0.7, 1.3])
@pytest.mark.parametrize("name", PEOPLE)
def test_one_person_in_closed_form(name, shape):
    found = likelihood([name], one_shape(shape)).log_likelihood
    assert found == pytest.approx(closed_form(PEOPLE[name], shape), abs=1e-10)


DIFFERENT = np.array([-10.5, 1.35, -6.9, 0.85, -8.0, 1.15])


@pytest.mark.parametrize("low, high", [(0.0, 4000.0), (1.0, 3000.0), (700.0, 1100.0)])
def test_shapes_of_their_own_against_adaptive_quadrature(low, high):
    a, s, b, r, c, q = DIFFERENT
    exit_ = 4000.0

    def density(w):  # v = w^8: no corner at zero
        v = w**8
        log_hazard = a + (s - 1) * np.log(v) + np.log(s)
        total = np.exp(a + s * np.log(v)) + np.exp(b + r * np.log(v))
        left = np.exp(c + q * np.log(exit_)) - np.exp(c + q * np.log(v))
        return np.exp(log_hazard - total - left) * 8 * w**7

    edge = (max(low, 1e-300) ** 0.125, high**0.125)
    area = integrate.quad(density, *edge, epsabs=1e-17, epsrel=1e-13, limit=400)[0]
    people = illness_death_people(
        [low], [high], [exit_], [0], entry=None, free_at_entry=None, weights=None
    )
    found = illness_death_likelihood(people, np.eye(6)).evaluate(DIFFERENT).log_likelihood
    assert found == pytest.approx(np.log(area), abs=1e-10)


@pytest.mark.parametrize("after_onset", MAPS)
def test_score_and_information_are_the_derivatives(after_onset):
    map_ = MAPS[after_onset]
    bound = illness_death_likelihood(of(PEOPLE), map_)
    at = DIFFERENT[: map_.shape[1]].copy()
    if after_onset == "proportional":
        at[4] = 0.4
    here = bound.evaluate(at)
    for j in range(len(at)):
        step = np.zeros(len(at))
        step[j] = 1e-5
        ahead, behind = bound.evaluate(at + step), bound.evaluate(at - step)
        slope = (ahead.log_likelihood - behind.log_likelihood) / 2e-5
        assert here.score[j] == pytest.approx(slope, rel=1e-6, abs=1e-6)
        bend = -(ahead.score - behind.score) / 2e-5
        np.testing.assert_allclose(here.information[j], bend, rtol=2e-5, atol=2e-4)


def test_weights_are_repeated_people():
    low, high, exit_, state = (
        [10, 30, 20, 50],
        [40, 60, np.inf, np.inf],
        [90, 70, 80, 50],
        [0, 1, 1, 0],
    )
    doubled = [np.repeat(values, 2) for values in (low, high, exit_, state)]
    one = illness_death(low, high, exit_, state, weights=[2, 2, 2, 2], after_onset="same")
    two = illness_death(*doubled, after_onset="same")
    assert one.status == two.status == "ok"
    np.testing.assert_allclose(one.coefficients, two.coefficients, rtol=1e-9)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-7, atol=1e-8)


def test_the_sum_over_many_weighted_people_is_rounded_once():
    """A step near the maximum gains less than a plain running sum of this length loses."""
    each = [likelihood([name], DIFFERENT).log_likelihood for name in PEOPLE]
    weights = np.random.default_rng(4).uniform(0.3, 12, 5000 * len(PEOPLE))
    people = replace(of(list(PEOPLE) * 5000), weights=weights)
    found = illness_death_likelihood(people, np.eye(6)).evaluate(DIFFERENT).log_likelihood
    plain = math.fsum(w * value for w, value in zip(weights, each * 5000, strict=True))
    assert abs(found - plain) < 4 * np.finfo(float).eps * abs(plain)


@pytest.mark.parametrize("weight", [0.3, 1.37, 9.3, 1e4 / 3])
def test_the_unit_of_weights_changes_neither_the_maximum_nor_how_soon_it_is_found(weight):
    plain, weighted = fitted(), fitted(weight=weight)
    assert weighted.status == "ok"
    assert weighted.iterations <= plain.iterations + 1
    np.testing.assert_allclose(weighted.coefficients, plain.coefficients, rtol=1e-9)
    np.testing.assert_allclose(weighted.covariance * weight, plain.covariance, rtol=1e-7, atol=1e-8)


def fitted(after_onset="same", weight=1.0):
    """Twelve hand-made people, transplantation among their exits."""
    low = np.array([100, 400, 200, 300, 50, 600, 700, 100, 90, 250, 800, 450.0])
    high = np.array(
        [350, 900, np.inf, np.inf, 300, np.inf, np.inf, 500, np.inf, 800, np.inf, 700.0]
    )
    exit_ = np.array([900, 1400, 800, 700, 1200, 1500, 1600, 650, 1100, 950, 1300, 1700.0])
    state = np.array([1, 0, 1, 2, 1, 0, 1, 2, 1, 1, 2, 0])
    weights = np.full(12, weight)
    return illness_death(low, high, exit_, state, weights=weights, after_onset=after_onset)


def test_incidence_with_one_shape_is_elementary():
    """F(t) = λ/(λ+μ+τ) (1 − e^{−(λ+μ+τ)t}) with constant rates; conditional on s likewise."""
    fit = fitted()
    constant = fit.other_exits[2]
    rates = np.array([3e-4, 7e-4, 4e-4])
    fit = replace(
        fit,
        coefficients=np.array([np.log(rates[0]), 1, np.log(rates[1]), 1, np.log(rates[1]), 1]),
        other_exits={2: replace(constant, coefficients=np.array([np.log(rates[2]), 1.0]))},
    )
    times = np.array([0.0, 1.0, 365.25, 3652.5])
    expected = rates[0] / rates.sum() * -np.expm1(-rates.sum() * times)
    np.testing.assert_allclose(onset_incidence(fit, times).estimate, expected, rtol=1e-12)
    later = onset_incidence(fit, times + 200, start=200.0)
    np.testing.assert_allclose(later.estimate, expected, rtol=1e-11)
    share = onset_share(fit, 365.25, 3652.5)
    assert share.estimate == pytest.approx(expected[2] / expected[3], rel=1e-12)


def moved(fit, j, step):
    """The fit with one of its coefficients moved: the first four, then those of the other exit."""
    if j < 4:
        return replace(fit, coefficients=fit.coefficients + step * np.eye(6)[j])
    other = fit.other_exits[2]
    changed = replace(other, coefficients=other.coefficients + step * np.eye(2)[j - 4])
    return replace(fit, other_exits={2: changed})


@pytest.mark.parametrize("start", [0.0, 150.0])
def test_intervals_are_the_delta_method_on_the_complementary_log_log_scale(start):
    fit, times = fitted(), np.array([300.0, 1200.0])
    found = onset_incidence(fit, times, start=start)
    covariance = np.zeros((6, 6))
    covariance[:4, :4] = fit.covariance[:4, :4]
    covariance[4:, 4:] = fit.other_exits[2].covariance
    ahead = [onset_incidence(moved(fit, j, 1e-6), times, start=start) for j in range(6)]
    behind = [onset_incidence(moved(fit, j, -1e-6), times, start=start) for j in range(6)]
    pairs = zip(ahead, behind, strict=True)
    slopes = np.array([(a.estimate - b.estimate) / 2e-6 for a, b in pairs])
    error = np.sqrt(np.einsum("jt,jk,kt->t", slopes, covariance, slopes))
    np.testing.assert_allclose(found.std_error, error, rtol=1e-6)
    log_free = np.log1p(-found.estimate)
    spread = error / ((1 - found.estimate) * -log_free)
    for limit, sign in ((found.lower, -1), (found.upper, 1)):
        expected = -np.expm1(log_free * np.exp(sign * 1.959963984540054 * spread))
        np.testing.assert_allclose(limit, expected, rtol=1e-6)


def test_nothing_at_the_start_and_no_interval_there():
    found = onset_incidence(fitted(), [0.0])
    assert found.estimate[0] == 0
    assert np.isnan([found.lower[0], found.upper[0]]).all()


def test_no_onset_no_death_and_no_death_after_onset_are_answers():
    low, exit_ = [10, 20, 30.0], [40, 50, 60.0]
    never = [np.inf] * 3
    assert illness_death(low, never, exit_, [1, 0, 1]).reason == "no onset was observed"
    assert illness_death(low, [15, np.inf, np.inf], exit_, [0, 0, 0]).reason == (
        "no death was observed"
    )
    nobody = illness_death(
        [10, 20, 55.0, 10], [15, 25, np.inf, np.inf], [40, 50, 56.0, 11], [0, 0, 1, 1]
    )
    assert nobody.status == "not_estimable"
    assert "log_ratio_after_onset" in nobody.reason
    assert np.isnan(nobody.coefficients).all()
    with pytest.raises(ValueError, match="fit has no estimate"):
        onset_incidence(nobody, [10.0])


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"last_negative": [5, 20, 30]}, r"last_negative\[0\] is before what is known at entry"),
        ({"last_negative": [10, 20, 61]}, r"last_negative\[2\] is after exit_"),
        ({"first_positive": [9, 30, np.inf]}, r"first_positive\[0\] is before last_negative"),
        ({"first_positive": [10, 30, np.inf]}, r"first_positive\[0\] is not after entry"),
        ({"first_positive": [30, 51, np.inf]}, r"first_positive\[1\] is after exit_"),
        ({"first_positive": [30, np.nan, np.inf]}, r"first_positive\[1\] is not a number"),
        ({"exit_": [40, 50, 10]}, r"exit_\[2\] is not after entry"),
        ({"exit_state": [0, -1, 1]}, r"exit_state\[1\]"),
        ({"weights": [1, 1, 0]}, r"weights\[2\] is not positive"),
        ({"after_onset": "cox"}, "after_onset must be one of"),
    ],
)
def test_illegal_arguments_are_named(changed, message):
    given = {
        "last_negative": [10, 20, 30],
        "first_positive": [30, 40, np.inf],
        "exit_": [40, 50, 60],
        "exit_state": [0, 1, 1],
        "entry": [10, 10, 10],
    }
    with pytest.raises(ValueError, match=message):
        illness_death(**{**given, **changed})
