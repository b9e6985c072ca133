"""Chained equations: the pieces by hand, and what must never change."""

import numpy as np
import pytest

from analysis.survival.imputation.chained_equations import (
    FailedImputation,
    IncompleteVariable,
    chained_equations,
    hazard_increments,
)
from analysis.survival.imputation.draws import (
    Spread,
    _normal,
    binary_draw,
    generalised_moments,
    joined,
    moments,
    normal_draw,
)

PERSON = np.array([0, 0, 1, 2, 2, 2])
DAYS = np.array([10.0, 30, 50, 20, 20, 60])
Y = np.array([1.0, 2, 4, 3, 3, 5])
X = np.column_stack([np.ones(6), [0.0, 1, 0, 2, 1, 1]])


def test_moments_with_person_intercepts_are_those_of_the_whole_covariance_matrix():
    spread = Spread(within=0.7, between=1.9)
    same = PERSON[:, None] == PERSON
    V = spread.within * np.eye(6) + spread.between * same
    count = np.bincount(PERSON).astype(float)
    gram, cross = generalised_moments(moments(X, Y, PERSON, 3), count, spread)
    np.testing.assert_allclose(gram, X.T @ np.linalg.solve(V, X), rtol=1e-12)
    np.testing.assert_allclose(cross, X.T @ np.linalg.solve(V, Y), rtol=1e-12)


def test_moments_of_columns_that_move_are_joined_to_those_that_do_not():
    fixed = moments(X[:, :1], Y, PERSON, 3)
    whole, both = moments(X, Y, PERSON, 3), joined(fixed, X[:, :1], X[:, 1:], Y, PERSON)
    for name in ("gram", "cross", "sums", "target_sums"):
        np.testing.assert_allclose(getattr(both, name), getattr(whole, name), rtol=1e-14)


def test_draws_of_coefficients_have_the_mean_and_covariance_of_generalised_least_squares():
    """A missing value at x of a person never seen: E = xβ̂, variance x P⁻¹ xᵀ + τ² + σ²."""
    rng, spread = np.random.default_rng(1), Spread(0.7, 1.9)
    observed = np.append(np.ones(6, bool), False)
    design, y = np.vstack([X, [1.0, 3.0]]), np.append(Y, np.nan)
    of = np.append(PERSON, 3)
    same = PERSON[:, None] == PERSON
    V = spread.within * np.eye(6) + spread.between * same
    P = X.T @ np.linalg.solve(V, X)
    centre = design[6] @ np.linalg.solve(P, X.T @ np.linalg.solve(V, Y))
    draws = [normal_draw(design, y, observed, of, spread, rng) for _ in range(20000)]
    values = np.array([draw.values[0] for draw in draws])
    within = np.array([draw.spread.within for draw in draws])
    noise = np.sqrt(np.median(within))  # heavy tails: two people, four degrees of freedom
    middle = np.median(values)
    assert abs(middle - centre) < 0.05
    error = np.sqrt(design[6] @ np.linalg.solve(P, design[6]) + spread.between + noise**2)
    quartiles = np.quantile(values, [0.25, 0.75])
    np.testing.assert_allclose((quartiles[1] - quartiles[0]) / 1.349, error, rtol=0.1)


def test_a_person_seen_often_is_imputed_near_their_own_mean():
    rng = np.random.default_rng(2)
    of = np.repeat([0, 1], 200)
    y = np.where(of == 0, 10.0, 0.0) + rng.normal(0, 0.1, 400)
    observed = np.ones(400, bool)
    observed[[0, 200]] = False
    draw = normal_draw(np.ones((400, 1)), y, observed, of, Spread(0.01, 50.0), rng)
    np.testing.assert_allclose(draw.values, [10, 0], atol=0.5)


def test_increments_are_of_the_nelson_aalen_hazard_of_each_cause_under_late_entry():
    """Onset at 4 among three at risk (0, 0, 2], death at 6 among two (0, 2]."""
    start = [0, 0, 2, 4]
    stop = [4, 4, 6, 8]
    state = [1, 0, 2, 0]
    found = hazard_increments(start, stop, state, (1, 2))
    third, half = 1 / 3, 1 / 2
    np.testing.assert_allclose(
        found,
        [[1, third, 0, 0], [0, third, 0, 0], [0, third, 1, half], [0, 0, 0, half]],
        rtol=1e-12,
    )


def rows(rng, people=60, each=4):
    person = np.repeat(np.arange(people), each)
    sex = rng.integers(0, 2, people).astype(float)
    level = rng.normal(size=people)
    lab = level[person] + 0.5 * sex[person] + rng.normal(0, 0.5, people * each)
    other = 0.8 * lab + rng.normal(0, 0.5, people * each)
    return person, sex, lab, other


def completed(seed=3, missing=0.3, imputations=3):
    rng = np.random.default_rng(17)
    person, sex, lab, other = rows(rng)
    gaps = rng.uniform(size=lab.shape) < missing
    unknown = rng.uniform(size=sex.shape) < missing
    given = (
        IncompleteVariable("lab", np.where(gaps, np.nan, lab), np.arange(len(lab))),
        IncompleteVariable("sex", np.where(unknown, np.nan, sex), person, "binary"),
    )
    found = chained_equations(
        given,
        person=person,
        days=np.full(len(lab), 30.0),
        complete=other[:, None],
        outcome=np.zeros((len(lab), 2)),
        imputations=imputations,
        seed=seed,
    )
    return given, list(found)


def test_what_is_observed_stays_and_the_rest_is_filled_anew_each_time():
    given, found = completed()
    assert len(found) == 3
    for variable in given:
        seen = np.isfinite(variable.values)
        for values in found:
            np.testing.assert_array_equal(values[variable.name][seen], variable.values[seen])
            assert np.isfinite(values[variable.name]).all()
        assert (found[0][variable.name] != found[1][variable.name]).any()
    assert set(np.unique(found[0]["sex"])) == {0.0, 1.0}


def test_a_seed_names_the_imputations():
    one, two, other = completed()[1], completed()[1], completed(seed=4)[1]
    np.testing.assert_array_equal(one[2]["lab"], two[2]["lab"])
    assert (one[2]["lab"] != other[2]["lab"]).any()


def test_nothing_missing_is_handed_back_as_it_came():
    given, found = completed(missing=0.0)
    for values in found:
        for variable in given:
            np.testing.assert_array_equal(values[variable.name], variable.values)


def test_separation_leaves_the_binary_draw_finite():
    rng = np.random.default_rng(5)
    x = np.linspace(-2, 2, 40)
    design = np.column_stack([np.ones(41), np.append(x, 1.9)])
    y = np.append((x > 0).astype(float), np.nan)
    observed = np.append(np.ones(40, bool), False)
    draws = [binary_draw(design, y, observed, rng)[0] for _ in range(200)]
    assert np.mean(draws) > 0.95


@pytest.mark.parametrize(
    "changed, message",
    [
        ({"imputations": 1}, "imputations must be two"),
        ({"days": [1, 1, 0]}, r"days\[2\] is not positive"),
        ({"complete": np.zeros((2, 1))}, "complete has 2 rows"),
    ],
)
def test_illegal_arguments_are_named(changed, message):
    given = {
        "person": [0, 0, 1],
        "days": [1, 1, 1],
        "complete": np.zeros((3, 1)),
        "outcome": np.zeros((3, 1)),
        "imputations": 2,
        "seed": 1,
    }
    variable = IncompleteVariable("lab", np.array([1.0, np.nan, 2.0]), np.arange(3))
    with pytest.raises(ValueError, match=message):
        chained_equations([variable], **{**given, **changed})


@pytest.mark.parametrize(
    "values, unit, kind, message",
    [
        ([np.nan, np.nan], [0, 0, 1], "normal", "values of lab hold too little"),
        ([1.0, np.nan], [0, 0, 1], "binary", "values of lab hold too little"),
        ([1.0, 2.0, 3.0], [0, 0, 1], "normal", "unit of lab does not number"),
        ([1.0, 2.0], [0, 1, 1], "normal", "unit of lab is shared by two people"),
    ],
)
def test_variables_that_cannot_be_imputed_are_named(values, unit, kind, message):
    variable = IncompleteVariable("lab", np.array(values), np.array(unit), kind)
    with pytest.raises(ValueError, match=message):
        chained_equations(
            [variable],
            person=[0, 0, 1],
            days=[1, 1, 1],
            complete=np.zeros((3, 1)),
            outcome=np.zeros((3, 1)),
            imputations=2,
            seed=1,
        )


def few(people, each, known=20, seed=1):
    """Few people with many units, four variables known at 20 units each: legal, and too little."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    n = len(person)

    def variable(name):
        values = rng.normal(size=n) + rng.normal(size=people)[person]
        values[rng.permutation(n)[known:]] = np.nan
        return IncompleteVariable(name, values, np.arange(n))

    outcome = np.zeros((n, 4))
    outcome[each - 1 :: each, 0] = 1
    outcome[:, 1] = rng.uniform(size=n)
    return chained_equations(
        [variable(name) for name in "abcd"],
        person=person,
        days=np.full(n, 30.0),
        complete=rng.normal(size=(n, 6)),
        outcome=outcome,
        imputations=20,
        seed=seed,
    )


@pytest.mark.parametrize("people, each", [(1, 25), (2, 15), (4, 20), (4, 100)])
@pytest.mark.parametrize("seed", range(5))
def test_few_people_end_in_a_reason_and_never_in_a_crash_or_in_nonsense(people, each, seed):
    *drawn, last = few(people, each, seed=seed)
    assert isinstance(last, FailedImputation)
    assert "cannot be imputed" in last.reason
    assert all(np.abs(v).max() < 1000 for values in drawn for v in values.values())


def test_more_terms_than_known_values_is_said_before_anything_is_drawn():
    (only,) = few(60, 4, known=8)
    assert only.reason == "a cannot be imputed: 8 known values for 13 terms"


def test_a_singular_equation_draws_no_numbers():
    rng = np.random.default_rng(2)
    precision = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert np.isnan(_normal(precision, np.zeros(2), rng)).all()
    assert np.isnan(_normal(np.full((2, 2), np.inf), np.zeros(2), rng)).all()
