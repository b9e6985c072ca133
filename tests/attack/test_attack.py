"""The attack by hand: what a reader with a pencil can work out, and what not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.publish.attack import recovered, shown_range
from analysis.publish.earlier import follows_from_both, moved_by_few
from analysis.study import Release
from data_schema.results import Released

EXACT = Release(holder="usrds", min_count=11, rounding=1)
FIVES = Release(holder="strict", min_count=11, rounding=5)


def people(n, strata=""):
    status = "ok" if n is not None else "suppressed"
    return Released(
        "describe", "people", strata=strata, estimate=n, numerator=n, status=status
    )  # fmt: skip


def parts(whole, *counts):
    return [
        Released(
            "describe", "distribution", term="band", level=str(k), sums_to=whole.id, numerator=n,
            denominator=None if n is None else whole.numerator,
            estimate=None if n is None else n / whole.numerator,
            status="ok" if n is not None else "suppressed",
        )
        for k, n in enumerate(counts)
    ]  # fmt: skip


def test_one_hidden_part_is_the_total_less_the_others() -> None:
    whole = people(100)
    found = recovered([whole, *parts(whole, None, 40, 55)], EXACT)
    assert [(f.what, f.least, f.most) for f in found if f.what == "numerator"] == [
        ("numerator", 5, 5)
    ]


def test_two_hidden_parts_of_enough_people_are_safe() -> None:
    whole = people(100)
    assert recovered([whole, *parts(whole, None, None, 85)], EXACT) == []
    few = recovered([whole, *parts(whole, None, None, 93)], EXACT)
    assert [(f.what, f.least, f.most) for f in few] == [("sum of hidden parts", 7, 7)]


def test_rounding_widens_what_a_single_hidden_part_can_be() -> None:
    """100 less 40 less 55, each within two: 0 to 11."""
    whole = people(100)
    assert recovered([whole, *parts(whole, None, 40, 55)], FIVES) == []


def test_two_tables_that_cross_are_solved_together() -> None:
    """Each margin leaves two unknowns; both together leave one."""
    rows = [
        people(100), people(30, "sex=f"), people(70, "sex=m"),
        people(40, "entry=late"), people(60, "entry=incident"),
        people(None, "sex=f;entry=late"), people(None, "sex=f;entry=incident"),
        people(None, "sex=m;entry=late"), people(34, "sex=m;entry=incident"),
    ]  # fmt: skip
    found = {f.id.split("/")[7]: (f.least, f.most) for f in recovered(rows, EXACT)}
    assert found == {"sex=f;entry=late": (4, 4)}


def test_strata_that_do_not_add_up_give_only_bounds() -> None:
    """150 shown of 100: these strata overlap, so nothing follows for the hidden one."""
    rows = [people(100), people(80, "drug=a"), people(70, "drug=b"), people(None, "drug=c")]
    assert recovered(rows, EXACT) == []


def test_the_complement_of_a_hidden_share_is_a_count_too() -> None:
    share = Released(
        "how_common", "prevalence_point", outcome="definite", model="wilson", numerator=60,
        denominator=100, estimate=0.6,
    )  # fmt: skip
    female = replace(share, strata="sex=f", numerator=12, denominator=52)
    hidden = {"numerator": None, "denominator": None, "estimate": None, "status": "suppressed"}
    rows = [share, female, replace(share, strata="sex=m", **hidden)]
    assert recovered(rows, EXACT) == []
    rows[1] = replace(female, denominator=42, numerator=5 + 3 + 4)
    assert [f.what for f in recovered([*rows[:1], replace(female, denominator=43, numerator=12),
                                       rows[2]], EXACT)] == ["complement"]  # fmt: skip


def test_the_other_interval_of_a_hidden_share_gives_it_away() -> None:
    share = Released(
        "how_common", "prevalence_point", outcome="definite", model="wilson", numerator=12,
        denominator=100, estimate=0.12,
    )  # fmt: skip
    hidden = {"numerator": None, "denominator": None, "estimate": None, "status": "suppressed"}
    rows = [replace(share, model="clopper_pearson", **hidden), share]
    assert recovered(rows, EXACT) == []  # twelve is no small number
    assert recovered([rows[0], replace(share, numerator=9)], EXACT)


def test_a_step_of_few_events_is_seen() -> None:
    point = Released(
        "how_soon", "cumulative_incidence", outcome="onset", time=30.0, numerator=20,
        denominator=900, estimate=0.02,
    )  # fmt: skip
    later = replace(point, time=60.0, numerator=24, estimate=0.024)
    assert [f.what for f in recovered([point, later], EXACT)] == ["step"]
    assert recovered([point, replace(later, numerator=31)], EXACT) == []
    assert recovered([point, replace(later, numerator=20, estimate=0.02)], EXACT) == []


def test_a_point_that_says_it_is_on_a_line_has_to_be() -> None:
    left = Released(
        "how_soon", "cumulative_incidence", outcome="onset", time=30.0, numerator=20,
        denominator=900, estimate=0.02,
    )  # fmt: skip
    right = replace(left, time=90.0, numerator=40, estimate=0.04)
    says = "on the line between days 30 and 90"
    between = replace(left, time=60.0, numerator=30, estimate=0.03, reason=says)
    assert recovered([left, between, right], EXACT) == []
    assert recovered([left, replace(between, estimate=0.031), right], EXACT)
    held = replace(right, time=120.0, reason="held since day 90: fewer than 11 events since")
    assert recovered([left, right, held], EXACT) == []
    assert recovered([left, right, replace(held, estimate=0.041)], EXACT)


def test_a_small_count_that_is_shown_needs_no_attack() -> None:
    assert recovered([people(7)], EXACT)
    assert recovered([people(0), people(11, "sex=f")], EXACT) == []


def test_with_a_public_policy_there_is_nothing_to_find() -> None:
    whole = people(100)
    rows = [whole, *parts(whole, None, 40, 55), people(3, "sex=f")]
    assert recovered(rows, Release(holder="public", min_count=1, rounding=1)) == []


@pytest.mark.parametrize(
    ("value", "release", "bounds"),
    [
        (0, FIVES, (0, 0)),
        (15, FIVES, (11, 17)),
        (20, FIVES, (18, 22)),
        (20, EXACT, (20, 20)),
        (11, EXACT, (11, 11)),
        (20, Release(holder="strict", min_count=11, rounding=10), (11, 24)),
        (30, Release(holder="strict", min_count=11, rounding=10), (25, 34)),
    ],
)
def test_what_a_released_count_may_have_been(value, release, bounds) -> None:
    assert shown_range(value, release) == bounds


def test_cells_that_move_by_few_between_releases_are_found() -> None:
    before, now = [people(100), people(40, "sex=f")], [people(103), people(60, "sex=f")]
    assert [m.id for m in moved_by_few(before, now, EXACT)] == [now[0].id]
    assert moved_by_few(before, before, EXACT) == []
    assert moved_by_few(before, now, Release(holder="public", min_count=1, rounding=1)) == []


def test_one_release_does_not_fill_in_another() -> None:
    whole = people(100)
    first = [whole, *parts(whole, None, None, 60)]
    second = [whole, *parts(whole, None, 36, None)]
    assert recovered(first, EXACT) == recovered(second, EXACT) == []
    assert follows_from_both(first, second, EXACT)
    assert follows_from_both(first, first, EXACT) == []
