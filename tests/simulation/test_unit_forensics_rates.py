"""A small share of ``make forensics``: both bounds, as far as so few registries can tell."""

from __future__ import annotations

from scipy.stats import binom

from benchmarks.forensics.__main__ import (
    ALARMS_AT_MOST,
    FOUND_AT_LEAST,
    STATED,
    holds,
    lines,
    measured,
)
from benchmarks.forensics.registry import draw

RUNS = 16
SLACK = 1e-3  # chance that a method at the bound is called worse


def test_swaps_are_found_and_alarms_are_rare() -> None:
    honest, swapped = measured(RUNS, 1, STATED)
    assert honest["registries"] == RUNS and swapped["swapped"] >= RUNS // 2
    missed = swapped["swapped"] - swapped["found"]
    assert binom.sf(missed - 1, swapped["swapped"], 1 - FOUND_AT_LEAST) > SLACK
    assert binom.sf(honest["alarms"] - 1, RUNS, ALARMS_AT_MOST) > SLACK
    assert honest["wrongly_converted_rows"] == 0 and swapped["wrongly_converted"] == 0
    parts = swapped["converted_rows"] + swapped["refused_rows"]
    assert parts <= swapped["swapped_rows"]
    assert any("false alarms" in line for line in lines(STATED, honest, swapped))


def test_a_bound_that_is_missed_is_said() -> None:
    good = {"swapped": 1000, "found": 990, "registries": 1000, "alarms": 10}
    assert holds(good, good)
    assert not holds(good, good | {"found": 989})
    assert not holds(good | {"alarms": 11}, good)


def test_families_of_seeds_are_apart() -> None:
    claim, tuning = draw(3, True), draw(3, True, of="tuning")
    assert not claim.histograms.equals(tuning.histograms)
    assert claim.histograms.equals(draw(3, True).histograms)
