"""Onset timing where little is known."""

from __future__ import annotations

import numpy as np

from analysis.estimates.how_soon.onset_timing import quartile_rows, share_row
from analysis.survival.curves.aalen_johansen import aalen_johansen


def test_no_onset_is_as_early_as_the_case_where_all_come_later() -> None:
    """Everyone enters after 15 months: nothing is said of the time before, and not that it is 1."""
    exit_ = np.linspace(700.0, 3000.0, 30)
    curve = aalen_johansen(exit_, np.tile([1, 0, 2], 10), start=np.full(30, 600.0), causes=[1, 2])
    refused = share_row(curve, 600.0)
    assert (refused.status, refused.estimate) == ("refused", None)
    assert "600" in refused.reason
    none = share_row(curve, 90.0)
    assert (none.status, none.estimate, none.lower) == ("flagged", 0.0, 0.0)


def test_few_onsets_have_no_quartiles() -> None:
    curve = aalen_johansen([500.0, 600, 700], [1, 1, 2], causes=[1, 2])
    assert {row.status for row in quartile_rows(curve, 9)} == {"not_estimable"}
