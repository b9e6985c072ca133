"""Curves leave as steps of enough events, and nothing of them says when one event was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclose import Policy, disclosed
from data_schema.results import Released

POLICY = Policy("strict", 11, True, 5, 50, 6)
PUBLIC = Policy("public", 1, True, 1, 1, 10)


def curve(events, at_risk=1000, measure="cumulative_incidence"):
    total = 0
    rows = []
    for k, new in enumerate(events):
        total += new
        share = total / 5000
        rows.append(
            Released(
                "how_soon", measure, outcome="onset", model="aalen_johansen", time=30.0 * k,
                estimate=share, lower=share * 0.9, upper=share * 1.1, std_error=share / 10,
                numerator=total, denominator=at_risk if isinstance(at_risk, int) else at_risk[k],
            )
        )  # fmt: skip
    return rows


def released(rows, policy=POLICY):
    return disclosed(rows, policy)[: len(rows)]


def test_a_support_waits_for_eleven_events() -> None:
    rows = curve([0, 5, 5, 1, 3, 3, 6, 0])
    out = released(rows)
    first, second = rows[3], rows[6]
    assert out[0].estimate == 0 and out[0].numerator == 0
    assert [row.status for row in out[1:3]] == ["suppressed"] * 2
    assert [out[3].estimate, out[6].estimate] == [first.estimate, second.estimate]
    assert [row.reason for row in (out[3], out[6])] == ["", ""]
    assert [row.numerator for row in out[3:]] == [15, 15, 20, 25, 25]


def test_a_point_between_two_supports_lies_on_the_line() -> None:
    """11 events on day 90 and 23 on day 180; a third of the way is 15, where 14 had happened."""
    rows = curve([0, 5, 5, 1, 3, 3, 6])
    out = released(rows)
    for name in ("estimate", "lower", "upper", "std_error"):
        left, right = getattr(rows[3], name), getattr(rows[6], name)
        assert getattr(out[4], name) == pytest.approx(left + (right - left) / 3, rel=1e-12)
        assert getattr(out[5], name) == pytest.approx(left + (right - left) * 2 / 3, rel=1e-12)
    assert out[4].reason == "on the line between days 90 and 180"


def test_after_the_last_support_the_curve_is_held() -> None:
    rows = curve([0, 20, 0, 10])
    out = released(rows)
    for name in ("estimate", "lower", "upper", "std_error"):
        assert {getattr(row, name) for row in out[1:]} == {getattr(rows[1], name)}
    assert out[3].reason == "held since day 30: fewer than 11 events since"


def test_where_the_events_between_supports_were_makes_no_difference() -> None:
    """The whole point: two histories with the same supports are one release."""
    one = released(curve([0, 20, 0, 0, 10, 1, 15]))
    two = released(curve([0, 20, 3, 4, 3, 1, 15]))
    assert one == two


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
def test_supports_are_enough_events_apart_and_the_curve_is_near(events, min_count) -> None:
    rows = curve(events)
    out = released(rows, Policy("simulated", min_count, True, 1, 50, 6))
    supports = [row.numerator for row in out if row.status == "ok" and not row.reason]
    gaps = [b - a for a, b in zip(supports, supports[1:], strict=False) if a != b]
    assert all(gap >= min_count for gap in gaps)
    shown = [row.estimate for row in out if row.status == "ok"]
    assert shown == sorted(shown)
    for row, new in zip(rows, out, strict=True):
        if new.status == "ok":
            assert abs(row.numerator - new.numerator) < min_count + max(events)
