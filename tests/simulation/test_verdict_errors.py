"""Registries of centres that differ: how often the verdict on the band is wrong, and right."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.estimates.band_verdict import band_verdict

BAND = (0.005, 0.03)
CENTRES, SPREAD = 40, 0.3  # SD between centres of the log prevalence
RUNS = 400
SEED = 20_250_107


def verdicts(prevalence: float, people: int, runs: int = RUNS) -> dict[str, float]:
    """Share of runs with each verdict."""
    rng = np.random.default_rng(np.random.SeedSequence([SEED, int(1e5 * prevalence), people]))
    size = np.maximum((rng.dirichlet(np.full(CENTRES, 4.0)) * people).astype(int), 5)
    counts: dict[str, float] = {}
    for _ in range(runs):
        own = prevalence * np.exp(SPREAD * rng.standard_normal(CENTRES) - SPREAD**2 / 2)
        cases = rng.binomial(size, own)
        found = band_verdict(cases.sum(), size.sum(), *BAND, clusters=(cases, size)).verdict
        counts[found] = counts.get(found, 0) + 1 / runs
    return counts


@pytest.mark.parametrize("people", [3_000, 20_000])
@pytest.mark.parametrize("percent", [0.4, 0.5, 0.6, 1.5, 2.9, 3.0, 3.1])
def test_few_verdicts_are_wrong(percent: float, people: int) -> None:
    """At most 4 %, and 2.5 standard errors of the simulation; the ends belong to the band."""
    truth = "below" if percent < 0.5 else "above" if percent > 3 else "inside"
    found = verdicts(percent / 100, people)
    wrong = sum(share for name, share in found.items() if name not in (truth, "undecided"))
    assert wrong <= 0.04 + 2.5 * np.sqrt(0.04 * 0.96 / RUNS)


@pytest.mark.parametrize(("percent", "least"), [(1.5, 0.95), (0.7, 0.85)])
def test_a_large_registry_inside_the_band_is_seen_to_be(percent: float, least: float) -> None:
    share = verdicts(percent / 100, 20_000, 2 * RUNS).get("inside", 0.0)
    assert share >= least - 2.5 * np.sqrt(least * (1 - least) / (2 * RUNS))


def test_without_regard_to_centres_too_many_would_be_wrong() -> None:
    """Why the tests allow for centres: centres that differ much, at the floor."""
    rng = np.random.default_rng(np.random.SeedSequence([SEED, 1]))
    size, wrong = np.full(20, 1_000), {True: 0, False: 0}
    for _ in range(RUNS):
        own = 0.005 * np.exp(0.8 * rng.standard_normal(20) - 0.32)
        cases = rng.binomial(size, own)
        for clustered in wrong:
            clusters = (cases, size) if clustered else None
            found = band_verdict(cases.sum(), size.sum(), *BAND, clusters=clusters)
            wrong[clustered] += found.verdict == "below"
    assert wrong[False] > 1.5 * wrong[True]
    assert wrong[False] / RUNS > 0.05
