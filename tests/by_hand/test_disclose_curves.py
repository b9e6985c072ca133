"""Curves leave as steps of enough events, and nothing of them says when one event was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analysis.disclose import Policy, disclosed
from data_schema.results import Estimate

POLICY = Policy("strict", 11, True, 5, 50, 6)
PUBLIC = Policy("public", 1, True, 1, 1, 10)


def curve(events, at_risk=1000, measure="cumulative_incidence"):
    total = 0
    rows = []
    for k, new in enumerate(events):
        total += new
        share = total / 5000
        rows.append(
            Estimate(
                "how_soon", measure, outcome="onset", model="aalen_johansen", time=30.0 * k,
                estimate=share, lower=share * 0.9, upper=share * 1.1, std_error=share / 10,
                numerator=total, denominator=at_risk if isinstance(at_risk, int) else at_risk[k],
            )
        )  # fmt: skip
    return rows


def released(rows, policy=POLICY):
    return disclosed(rows, policy)[: len(rows)]


def test_a_step_waits_for_eleven_events() -> None:
    rows = curve([0, 5, 5, 1, 3, 3, 6, 0])
    out = released(rows)
    hidden, first, second = rows[1:3], rows[3], rows[6]
    assert out[0].estimate == 0 and out[0].numerator == 0
    assert [row.status for row in out[1:3]] == ["suppressed"] * len(hidden)
    assert [row.estimate for row in out[3:6]] == [first.estimate] * 3
    assert [row.estimate for row in out[6:]] == [second.estimate] * 2
    assert [row.lower for row in out[3:6]] == [first.lower] * 3
    assert [row.numerator for row in out[3:]] == [15, 15, 15, 25, 25]
    assert "day 90" in out[4].reason and out[3].reason == ""


def test_before_the_first_step_not_even_zeros_are_shown() -> None:
    """Zeros up to the day of the first event would date it."""
    out = released(curve([0, 0, 0, 2, 20]))
    assert [row.status for row in out] == ["ok", "suppressed", "suppressed", "suppressed", "ok"]


def test_points_with_few_at_risk_are_hidden() -> None:
    out = released(curve([0, 20, 20, 20], at_risk=[1000, 500, 50, 49]))
    assert [row.status for row in out] == ["ok", "ok", "ok", "suppressed"]


def test_late_entry_starts_with_nobody_at_risk() -> None:
    out = released(curve([0, 20], at_risk=[3, 500]))
    assert out[0].status == "ok" and out[0].denominator is None


def test_public_curves_are_the_curves() -> None:
    rows = curve([0, 1, 0, 2, 1], at_risk=[5, 4, 3, 2, 1])
    assert released(rows, PUBLIC) == rows


@given(st.lists(st.integers(0, 25), min_size=2, max_size=30), st.integers(2, 15))
def test_every_visible_step_rests_on_enough_events(events, min_count) -> None:
    rows = curve(events)
    out = released(rows, Policy("simulated", min_count, True, 1, 50, 6))
    shown = [(row, new) for row, new in zip(rows, out, strict=True) if new.status == "ok"]
    at_last_step = 0.0
    for before, (_, new) in zip(shown, shown[1:], strict=False):
        assert new.numerator is not None and before[1].numerator is not None
        if new.estimate != before[1].estimate:
            assert new.numerator - at_last_step >= min_count
            at_last_step = new.numerator
        assert new.numerator == at_last_step or new.numerator == before[1].numerator
    for row, new in shown[1:]:
        assert 0 <= row.numerator - new.numerator < min_count
