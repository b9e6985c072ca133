"""Why the verdict on the band allows for centres; how often it errs is in ``docs/coverage.md``."""

from __future__ import annotations

import numpy as np

from analysis.estimates.how_common.published_range import band_verdict

BAND = (0.005, 0.03)
RUNS = 400
SEED = 20_250_107


def test_without_regard_to_centres_too_many_would_be_wrong() -> None:
    """Twenty centres that differ much, at the floor: *below* is said too often."""
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
