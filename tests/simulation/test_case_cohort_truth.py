"""All onsets with a drawn sample of the others: the fit of everybody, and how far a draw is off."""

import numpy as np
import pytest

from analysis.survival.illness_death_model.case_cohort import case_cohort
from analysis.survival.illness_death_model.incidence import onset_incidence
from analysis.survival.illness_death_model.model import illness_death
from tests.simulation.illness_death_people import people

AT = np.array([365.25, 1826.25, 3652.5])
SHARE, DRAWS = 0.2, 80


@pytest.fixture(scope="module")
def everybody():
    return people(5000, np.random.default_rng(20_261))


def fitted(seen, chosen, share):
    columns = (column[chosen] for column in seen.columns)
    return case_cohort(*columns, entry=seen.entry[chosen], share=share)


def test_everybody_is_the_plain_fit(everybody):
    plain = illness_death(*everybody.columns, entry=everybody.entry)
    found = fitted(everybody, np.arange(5000), 1.0)
    np.testing.assert_array_equal(found.coefficients, plain.coefficients)
    np.testing.assert_array_equal(found.covariance, plain.covariance)


def test_draws_scatter_about_the_whole_fit_as_the_second_part_of_the_variance_says(
    everybody,
):
    whole = illness_death(*everybody.columns, entry=everybody.entry)
    truth = onset_incidence(whole, AT)
    seen = np.isfinite(everybody.first_positive)
    cases, others = np.flatnonzero(seen), np.flatnonzero(~seen)
    rng = np.random.default_rng(20_262)
    fits = [
        fitted(
            everybody,
            np.concatenate([cases, rng.choice(others, round(SHARE * len(others)), False)]),
            SHARE,
        )
        for _ in range(DRAWS)
    ]
    theta = np.array([fit.coefficients for fit in fits])
    said = np.mean([np.diag(fit.covariance - whole.covariance) for fit in fits], axis=0)
    off = theta - whole.coefficients
    # the draws add this much, and nothing systematic: 80 draws tell a variance to 1 part in 3
    np.testing.assert_allclose(off.var(axis=0) / said, 1.0, atol=0.5)
    assert (np.abs(off.mean(axis=0)) < 4 * np.sqrt(said / DRAWS) + 0.2 * np.sqrt(said)).all()
    estimates = np.array([onset_incidence(fit, AT).estimate for fit in fits])
    np.testing.assert_allclose(estimates.mean(axis=0), truth.estimate, rtol=0.02)
    errors = np.mean([onset_incidence(fit, AT).std_error for fit in fits], axis=0)
    assert (errors > truth.std_error).all()


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5])
def test_a_share_is_a_share(everybody, share):
    with pytest.raises(ValueError, match="share"):
        fitted(everybody, np.arange(50), share)
