"""Newton's steps: how often the information is taken, and that less often loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.survival.cox_regression import held_rows
from analysis.survival.cox_regression import newton as cox_newton
from analysis.survival.cox_regression.held_rows import HeldRows
from analysis.survival.cox_regression.model import cox


def rows(n: int = 30_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    X = rng.normal(size=(n, 4))
    stop = np.ceil(rng.exponential(400 * np.exp(-X @ [0.2, -0.2, 0.1, 0.3])))
    return {"X": X, "stop": np.minimum(stop, 600), "event": (stop <= 600).astype(np.int64)}


def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often each was asked for."""
    asked = dict.fromkeys(("evaluate", "information"), 0)
    for name in asked:
        work = getattr(held_rows, name)

        def count(*given, name=name, work=work):
            asked[name] += 1
            return work(*given)

        monkeypatch.setattr(held_rows, name, count)
    return asked


def test_the_last_step_but_one_takes_the_information_at_hand(monkeypatch):
    asked = counted(monkeypatch)
    once_more = cox(**rows())
    assert asked["information"] == asked["evaluate"] - 1
    monkeypatch.setattr(cox_newton, "_reuse_information", lambda _model, at, *_: at)
    plain = cox(**rows())
    apart = np.abs(once_more.coefficients - plain.coefficients) / plain.std_error
    assert apart.max() <= 1e-11
    np.testing.assert_allclose(once_more.covariance, plain.covariance, rtol=1e-9)
    np.testing.assert_allclose(once_more.log_likelihood, plain.log_likelihood, rtol=1e-14)


def test_few_events_are_fitted_to_the_last_digit():
    data = rows(60)
    fit = cox(**data)
    again = cox(**data, offset=data["X"] @ fit.coefficients)
    np.testing.assert_allclose(again.coefficients, 0, atol=1e-12)
    np.testing.assert_allclose(again.covariance, fit.covariance, rtol=1e-11)


def test_standard_errors_of_a_large_fit_are_those_at_its_coefficients():
    data = rows()
    fit = cox(**data)
    model = HeldRows(fit.fitted.data)
    there, _ = model.information(model.evaluate(fit.coefficients))
    errors = np.sqrt(np.diag(np.linalg.inv(there)))
    np.testing.assert_allclose(fit.std_error, errors, rtol=1e-9)
