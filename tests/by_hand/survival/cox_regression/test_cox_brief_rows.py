"""Rows in a few risk sets each are added to every one of them: the same fit, nothing cancels."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from analysis.survival.cox_regression.likelihood import event_sums, risk_and_sums, tied_sums
from analysis.survival.cox_regression.model import cox
from analysis.survival.numerics import chunks as lanes
from analysis.survival.risk_set_sums import risk_sets
from analysis.survival.risk_set_sums.risk_set_ranks import event_times

NEVER, ALWAYS = -1, 10**9


def stays(n: int = 40_000, strata: int = 60, seed: int = 21) -> dict:
    """Half a year each of ten, in whole days: some five event times of the centre go by."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    start = rng.integers(0, 3650, n).astype(float)
    event = (rng.random(n) < 0.1 * np.exp(0.5 * X[:, 0])).astype(int)
    stop = start + rng.integers(1, 180, n)
    return {"X": X, "start": start, "stop": stop, "event": event} | {
        "strata": rng.integers(0, strata, n),
        "weights": rng.integers(1, 9, n) / 4,
    }


def test_brief_rows_are_told_from_long_ones():
    data = stays()
    assert cox(**data).fitted.data.sets.brief
    assert not cox(**data | {"start": None}).fitted.data.sets.brief


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_sums_are_those_of_a_slow_loop(ties):
    data = stays(3000, 8)
    fit = cox(**data, ties=ties)
    kept, at = fit.fitted.data, fit.fitted.at
    sets = kept.sets
    assert sets.running and sets.brief
    times, segment = event_times(data["stop"], data["event"], data["strata"])
    slow, own = np.zeros_like(at.total), np.zeros_like(at.total)
    for i, row in enumerate(sets.order):
        s = data["strata"][row]
        t = times[segment[s] : segment[s + 1]]
        at_risk = segment[s] + np.flatnonzero((data["start"][row] < t) & (t <= data["stop"][row]))
        slow[at_risk] += at.risk[i] * kept.rows[i]
        if data["event"][row]:
            own[segment[s] + np.searchsorted(t, data["stop"][row])] += at.risk[i] * kept.rows[i]
    np.testing.assert_allclose(at.total, slow, rtol=1e-12, atol=1e-12)
    tied = sets.n_events > 1
    assert tied.any() and not tied.all()
    wanted = own * tied[:, None] if ties == "efron" else np.zeros_like(own)
    np.testing.assert_allclose(tied_sums(kept, at.risk), wanted, rtol=1e-12, atol=1e-12)
    of_all = event_sums(kept.event_rows, at.risk[sets.event_rows], sets.event_start)
    np.testing.assert_allclose(of_all, own, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_fit_is_that_of_a_running_total(monkeypatch, ties):
    data = stays()
    fits = []
    for few in (NEVER, ALWAYS):
        monkeypatch.setattr(risk_sets, "FEW", few)
        fits.append(cox(**data, ties=ties))
        assert fits[-1].fitted.data.sets.brief is (few == ALWAYS)
    running, brief = fits
    assert running.status == brief.status == "ok"
    apart = np.abs(running.coefficients - brief.coefficients) / brief.std_error
    assert apart.max() < 1e-9
    np.testing.assert_allclose(running.covariance, brief.covariance, rtol=1e-9)
    np.testing.assert_allclose(running.log_likelihood, brief.log_likelihood, rtol=1e-13)


def test_small_sums_after_huge_ones_keep_their_digits():
    kept = cox(**stays(3000, 8)).fitted.data
    sets, base, first = kept.sets, kept.base.copy(), kept.sets.segment[-2]
    base[0] = np.where(sets.last < first, 600.0, 0.0)  # the last stratum after all the others
    risk, total = risk_and_sums(sets, kept.rows, base, np.zeros(kept.n_columns))
    for k in range(first, len(total)):
        inside = (sets.first <= k) & (k <= sets.last)
        np.testing.assert_allclose(total[k, 0], risk[inside].sum(), rtol=1e-13)
    assert risk_sets.running_sums(sets, kept.rows, risk) is None


def test_the_bits_do_not_depend_on_the_threads(monkeypatch):
    data = stays()
    fits = []
    for threads in (1, 2, 4):
        monkeypatch.setattr(lanes, "_pool", ThreadPoolExecutor(threads))
        fits.append(cox(**data))
    assert len(fits[0].fitted.data.sets.strata_lanes[0]) > 2
    for fit in fits[1:]:
        assert fit.coefficients.tobytes() == fits[0].coefficients.tobytes()
        assert fit.covariance.tobytes() == fits[0].covariance.tobytes()
