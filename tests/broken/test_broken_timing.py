"""Onset timing where little is known."""

from __future__ import annotations

import numpy as np

from analysis.estimates.onset_timing import timing


def test_no_onset_is_as_early_as_the_case_where_all_come_later() -> None:
    """Everyone enters after 15 months: the share of onsets by then is 0, not 1."""
    exit_ = np.linspace(700.0, 3000.0, 30)
    state = np.tile([1, 0, 2], 10)
    assert timing(np.full(30, 600.0), exit_, state, 456.6)[-1] == 0.0
