"""Small tables, and what of them may leave."""

from __future__ import annotations

from dataclasses import replace

from analysis.disclose import Policy, disclosed
from data_schema.results import NUMBER_COLUMNS, Released

EXACT = Policy("usrds", 11, True, 1, 50, 6)
ROUNDED = Policy("strict", 11, True, 5, 50, 6)
PUBLIC = Policy("public", 1, True, 1, 1, 10)


def people(n, strata="", **more):
    return Released("describe", "people", strata=strata, estimate=n, numerator=n, **more)


def share(level, n, whole, term="sex", strata=""):
    return Released(
        "describe",
        "distribution",
        term=term,
        level=level,
        strata=strata,
        estimate=n / whole.numerator,
        numerator=n,
        denominator=whole.numerator,
        sums_to=whole.id,
    )


def prevalence(n, d, strata="", model="wilson", outcome="definite+probable", **more):
    return Released(
        "how_common",
        more.pop("measure", "prevalence_point"),
        outcome=outcome,
        model=model,
        term=more.pop("term", "2015-12-31"),
        strata=strata,
        estimate=n / d,
        lower=0.0,
        upper=1.0,
        numerator=n,
        denominator=d,
    )


def flow(*steps):
    rows = [
        Released(
            "flow",
            "attrition",
            term="0",
            x=0,
            level="remaining",
            numerator=steps[0],
            estimate=steps[0],
        )
    ]
    left = steps[0]
    for k, gone in enumerate(steps[1:], start=1):
        left -= gone
        margin = rows[-1].id
        for level, n in (("excluded", gone), ("remaining", left)):
            rows.append(
                Released(
                    "flow", "attrition", term=str(k), x=k, level=level, numerator=n, estimate=n,
                    sums_to=margin, reason=f"Step {k}",
                )
            )  # fmt: skip
    return rows


def hidden(rows, policy=EXACT, **more):
    """What is hidden, as (level or strata, whether) in the order of the rows."""
    released = disclosed(rows, policy, **more)[: len(rows)]
    assert [r.id for r in released] == [r.id for r in rows]
    return [row.status == "suppressed" for row in released]


def test_a_partition_hides_the_small_and_the_next_smallest() -> None:
    whole = people(1000)
    rows = [whole, *(share(level, n, whole) for level, n in (("a", 3), ("b", 40), ("c", 957)))]
    assert hidden(rows) == [False, True, True, False]


def test_two_small_ones_of_few_people_together_hide_a_third() -> None:
    """3 + 4 = 7 would follow from the total and the rest: seven people, and each of them six."""
    whole = people(1000)
    parts = (("a", 3), ("b", 4), ("c", 393), ("d", 600))
    rows = [whole, *(share(level, n, whole) for level, n in parts)]
    assert hidden(rows) == [False, True, True, True, False]


def test_two_small_ones_of_enough_people_together_are_enough() -> None:
    whole = people(1000)
    parts = (("a", 5), ("b", 6), ("c", 389), ("d", 600))
    rows = [whole, *(share(level, n, whole) for level, n in parts)]
    assert hidden(rows) == [False, True, True, False, False]


def test_a_small_complement_hides_the_share() -> None:
    whole = people(1000)
    assert hidden([whole, share("male", 995, whole)]) == [False, True]


def test_zeros_are_shown_and_do_not_hide_others() -> None:
    whole = people(1000)
    rows = [whole, *(share(level, n, whole) for level, n in (("a", 0), ("b", 400), ("c", 600)))]
    assert hidden(rows) == [False] * 4
    assert disclosed(rows, EXACT)[1].estimate == 0
    no_zeros = replace(EXACT, allow_zero=False)
    assert hidden(rows, no_zeros)[1] and sum(hidden(rows, no_zeros)) >= 2


def test_strata_of_one_dimension_are_protected_without_being_told() -> None:
    rows = [
        prevalence(33, 1000),
        prevalence(3, 400, "sex=female"),
        prevalence(30, 600, "sex=male"),
    ]
    assert hidden(rows) == [False, True, True]


def test_two_intervals_of_one_share_are_hidden_together() -> None:
    rows = [
        prevalence(n, d, strata, model)
        for strata, n, d in (("", 45, 1000), ("sex=female", 15, 400), ("sex=male", 30, 600))
        for model in ("clopper_pearson", "wilson")
    ]
    assert hidden(rows) == [False] * 6
    rows[2:4] = [replace(row, numerator=3, estimate=3 / 400) for row in rows[2:4]]
    rows[0:2] = [replace(row, numerator=33, estimate=33 / 1000) for row in rows[0:2]]
    assert hidden(rows) == [False, False, True, True, True, True]


def test_people_without_a_stratum_are_a_cell_too() -> None:
    """20 + 500 of 527: seven people of unknown sex would follow."""
    rows = [people(527), people(20, "sex=female"), people(500, "sex=male")]
    assert hidden(rows) == [False, True, False]


def test_the_wider_definition_goes_before_the_studys_own() -> None:
    rows = [
        prevalence(300, 14000),
        prevalence(305, 14000, outcome="definite+probable+possible"),
    ]
    assert hidden(rows, headline="definite+probable") == [False, True]
    assert hidden(rows, headline="definite+probable+possible") == [True, False]


def test_a_day_of_a_period_does_not_tell_the_rest_of_the_period() -> None:
    period = prevalence(104, 15000, measure="prevalence_period", term="2014-01-01 to 2018-12-31")
    assert hidden([period, prevalence(100, 14000)]) == [False, True]
    outside = prevalence(100, 14000, term="2012-12-31")
    assert hidden([period, outside]) == [False, False]


def test_a_small_exclusion_hides_its_neighbours_and_no_more() -> None:
    rows = flow(20403, 3, 120, 0, 280)
    assert hidden(rows) == [False, True, True, True, False, False, False, False, False]


def test_where_zeros_are_hidden_a_step_that_lost_nobody_is_not_told() -> None:
    rows = flow(20403, 0, 120, 280)
    released = hidden(rows, replace(EXACT, allow_zero=False))
    assert released[1] and released[0] and released[2]


def test_the_last_step_is_everybody() -> None:
    """Hidden in the flow, it would be read off the number of people: so steps before it are."""
    rows = [*flow(20403, 403, 5), people(19995)]
    assert hidden(rows) == [False, True, True, True, False, False]
    short = [*flow(20000, 5), people(19995)]
    assert hidden(short) == [True, True, False, False]


def test_the_step_keeps_its_sentence() -> None:
    released = disclosed(flow(20403, 3, 120), EXACT)
    assert released[1].reason.startswith("Step 1. Hidden by the release policy")
    assert released[1].x == 1 and released[1].numerator is None


def exits(whole, **levels):
    return [
        Released(
            "follow_up", "exits", level=level, strata=whole.strata, estimate=n, numerator=n,
            sums_to=whole.id,
        )
        for level, n in levels.items()
    ]  # fmt: skip


def rate(outcome, n, strata=""):
    return Released(
        "how_soon", "incidence_rate", outcome=outcome, strata=strata, estimate=n / 5, numerator=n,
        person_years=5000,
    )  # fmt: skip


def test_a_count_shown_twice_is_hidden_twice() -> None:
    whole = people(2000, "sex=female")
    rows = [whole, *exits(whole, death=1995, recovery=5), rate("death", 1995, "sex=female")]
    assert hidden(rows) == [False, True, True, True]
    assert hidden([*rows[:3], rate("death", 1990, "sex=female")]) == [False, True, True, False]


def test_answers_are_hidden_after_what_is_not_asked() -> None:
    whole = people(2000)
    rows = [whole, *exits(whole, onset=40, recovery=5, lost=1955), rate("onset", 40)]
    assert hidden(rows) == [False, False, True, True, False]


def test_hidden_rows_have_no_number_and_one_reason_for_all() -> None:
    whole = people(1000)
    rows = [whole, *(share(level, n, whole) for level, n in (("a", 3), ("b", 40), ("c", 957)))]
    released = disclosed(rows, EXACT)[1:3]
    for row in released:
        assert all(getattr(row, name) is None for name in NUMBER_COLUMNS)
    assert released[0].reason == released[1].reason != ""


def test_a_difference_goes_with_the_share_it_compares() -> None:
    cases = people(40, "status=case")
    others = people(1000, "status=not_case")
    rows = [
        cases,
        others,
        *(share(level, n, cases, strata="status=case") for level, n in (("a", 4), ("b", 36))),
        *(share(lv, n, others, strata="status=not_case") for lv, n in (("a", 300), ("b", 700))),
    ]  # fmt: skip
    difference = Released(
        "describe",
        "standardised_difference",
        term="sex",
        level="a",
        strata="status=case",
        reference="status=not_case",
        estimate=-0.53,
        denominator=1040,
    )
    assert hidden([*rows, difference])[-1]
    assert not hidden([*rows, replace(difference, term="modality")])[-1]


def test_a_ratio_of_few_events_or_few_others_is_hidden() -> None:
    ratio = Released(
        "who",
        "hazard_ratio",
        outcome="onset",
        model="mineral",
        term="male",
        estimate=1.3,
        lower=0.4,
        upper=4.0,
        std_error=0.6,
        p_value=0.7,
        numerator=10,
        denominator=500,
    )
    assert hidden([ratio]) == [True]
    assert hidden([replace(ratio, numerator=490)]) == [True]
    assert hidden([replace(ratio, numerator=11)]) == [False]


def test_a_ratio_for_a_group_with_few_cases_is_hidden() -> None:
    cases = people(40, "status=case")
    rows = [
        cases,
        *(share(lv, n, cases, strata="status=case") for lv, n in (("male", 4), ("f", 36))),
    ]
    ratio = Released(
        "who", "hazard_ratio", outcome="onset", model="m", term="male", estimate=2.0,
        numerator=40, denominator=900,
    )  # fmt: skip
    indicators = {("m", "male"): ("sex", "male")}
    assert hidden([*rows, ratio], indicators=indicators)[-1]
    assert not hidden([*rows, ratio], indicators={("m", "male"): ("smoker", "yes")})[-1]


def test_a_count_that_tells_who_was_left_out_is_withheld() -> None:
    median = Released("describe", "median", term="age", estimate=61.0, denominator=997)
    near, far = (replace(median, denominator=d) for d in (997, 900))
    assert disclosed([people(1000), near], EXACT)[1].denominator is None
    assert disclosed([people(1000), near], EXACT)[1].estimate == 61
    assert disclosed([people(1000), far], EXACT)[1].denominator == 900


def test_a_number_about_people_without_the_number_of_people_does_not_leave() -> None:
    rate = Released("how_soon", "incidence_rate", outcome="onset", estimate=5.0, person_years=900)
    median = Released("describe", "median", term="age", estimate=61.0)
    ratio = Released("who", "hazard_ratio", outcome="onset", term="pth", estimate=1.2)
    assert hidden([rate, median, ratio]) == [True, True, True]
    assert hidden([replace(rate, numerator=12)]) == [False]
    assert hidden([Released("how_common", "published", term="claim", estimate=0.01)]) == [False]


def test_failures_are_kept_but_not_with_small_counts() -> None:
    failed = Released(
        "who", "hazard_ratio", outcome="onset", model="m", term="pth", numerator=4, denominator=90,
        status="not_estimable", reason="monotone likelihood: 4 events",
    )  # fmt: skip
    row = disclosed([failed], EXACT)[0]
    assert row.status == "suppressed" and "4" not in row.reason
    kept = disclosed([replace(failed, numerator=40)], EXACT)[0]
    assert kept.status == "not_estimable" and kept.numerator == 40


def test_a_centre_is_not_even_named() -> None:
    rows = [people(1000), people(400, "centre=C017"), people(600, "centre=C018")]
    released = disclosed(rows, EXACT)
    assert not [row for row in released if "C017" in repr(row)]
    assert "2 rows by centre" in released[1].reason


def test_public_numbers_are_the_numbers() -> None:
    whole = people(7)
    rows = [whole, share("a", 1, whole), share("b", 6, whole), prevalence(1, 3), *flow(7, 1, 2)]
    assert disclosed(rows, PUBLIC)[: len(rows)] == rows


def test_the_tally_adds_up() -> None:
    whole = people(1000)
    rows = [whole, *(share(level, n, whole) for level, n in (("a", 3), ("b", 40), ("c", 957)))]
    cells = {
        row.level: row.numerator
        for row in disclosed(rows, EXACT)
        if row.measure == "suppressed_cells"
    }
    assert cells == {"primary": 1, "complementary": 1, "shown": 2}


def test_parts_stay_with_a_total_that_is_rounded_not_added() -> None:
    """13 + 13 + 13 = 39: fifteens are shown beside 40, so that no part is the sum of others."""
    whole = people(39)
    rows = [whole, *(share(level, 13, whole) for level in "abc")]
    assert [row.numerator for row in disclosed(rows, ROUNDED)[:4]] == [40, 15, 15, 15]
