"""People who leave and come back: at-risk periods on one clock, by hand and against a loop over
days."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from small_bucket import FIRST, bucket, on, study

from analysis.cohort.bucket import Bucket
from analysis.cohort.case_definition.cases import find_cases
from analysis.cohort.follow_up.at_risk_periods import ConservationError, at_risk_frame
from analysis.cohort.follow_up.presence import reason_names
from analysis.cohort.follow_up.time_at_risk import FollowUp, follow
from analysis.cohort.laboratory.completeness import completeness_counts
from analysis.cohort.people import people_frame
from analysis.study import Study

END = (date(2019, 12, 31) - FIRST).days
COVERED = {"coverage": ["diagnoses"]}
RETURNING = study(outcome={"competing": ["death", "transplant"]}, population=COVERED)
COMPETING = study(population=COVERED)


def spells(*rows: tuple[int, str], p: int = 0) -> list[dict]:
    return [{"p": p, "start_date": on(day), "modality": modality} for day, modality in rows]


def coverage(*rows: tuple[int, int | None], p: int = 0) -> list[dict]:
    return [
        {
            "p": p,
            "domain": "diagnoses",
            "start_date": on(start),
            "end_date": None if end is None else on(end),
        }
        for start, end in rows
    ]


def code(day: int, p: int = 0) -> dict:
    return {
        "p": p,
        "date": on(day),
        "system": "icd10cm",
        "code": "L942",
        "setting": "inpatient",
    }


def person(
    patient: dict | None = None,
    treated: tuple[tuple[int, str], ...] = (),
    seen: tuple[tuple[int, int | None], ...] = ((0, None),),
    onset: int | None = None,
) -> Bucket:
    return bucket(
        [patient or {}],
        modality_spells=spells((0, "HD"), *treated),
        coverage=coverage(*seen),
        diagnoses=[] if onset is None else [code(onset)],
    )


def followed(rows: Bucket, protocol: Study = RETURNING) -> FollowUp:
    return follow(rows, protocol, find_cases(rows, protocol))


def at_risk_periods(rows: Bucket, protocol: Study = RETURNING) -> list[tuple]:
    """(start, stop, why it ends, state) of the one person of a bucket."""
    cases = find_cases(rows, protocol)
    found = follow(rows, protocol, cases)
    frame = at_risk_frame(protocol, people_frame(rows, protocol, cases, found), found)
    columns = (frame["start"], frame["stop"], reason_names(found.period_why), frame["state"])
    return list(zip(*columns, strict=True))


RESTART = ((200, "recovered"), (400, "PD"))
GAP = ((0, 300), (500, None))


def test_a_restart_after_recovery_re_enters_with_the_original_time_zero() -> None:
    rows = person({"death_date": on(700)}, RESTART)
    assert at_risk_periods(rows) == [(90, 200, "recovery", 0), (400, 700, "death", 2)]
    found = followed(rows)
    assert (found.entry[0], found.last_entry[0]) == (90, 400)
    assert (found.exit[0], found.exit_reason[0], found.leave[0]) == (700, "death", 700)


def test_where_recovery_competes_it_is_final() -> None:
    rows = person({"death_date": on(700)}, RESTART)
    assert at_risk_periods(rows, COMPETING) == [(90, 200, "recovery", 4)]


def test_without_a_spell_of_dialysis_nobody_returns() -> None:
    assert at_risk_periods(person(None, ((200, "recovered"),))) == [(90, 200, "recovery", 0)]
    stopped = person(None, ((200, "recovered"), (400, "stopped")))
    assert at_risk_periods(stopped) == [(90, 200, "recovery", 0)]


def test_a_failed_graft_returns_where_transplantation_censors_and_not_where_it_competes() -> None:
    rows = person(None, ((200, "TX"), (900, "HD")))
    censoring = study(outcome={"competing": ["death"]})
    assert at_risk_periods(rows, censoring) == [
        (90, 200, "transplant", 0),
        (900, END, "end_of_data", 0),
    ]
    assert at_risk_periods(rows) == [(90, 200, "transplant", 3)]


def test_a_graft_while_recovered_ends_the_hope_of_a_return_and_is_no_event() -> None:
    rows = person(None, ((200, "recovered"), (500, "TX"), (900, "HD")))
    assert at_risk_periods(rows) == [(90, 200, "recovery", 0)]


def test_who_is_lost_may_be_found_again_but_not_after_the_last_contact() -> None:
    rows = person({"last_contact_date": on(800)}, ((200, "lost"), (400, "HD"), (600, "lost")))
    assert at_risk_periods(rows) == [(90, 200, "lost", 0), (400, 600, "lost", 0)]
    gone = person({"last_contact_date": on(300)}, ((200, "lost"), (400, "HD")))
    assert at_risk_periods(gone) == [(90, 200, "lost", 0)]


def test_a_first_period_that_ends_before_entry_is_none() -> None:
    assert at_risk_periods(person(None, ((50, "recovered"), (120, "HD")))) == [
        (120, END, "end_of_data", 0),
    ]
    assert followed(person(None, ((50, "recovered"), (120, "HD")))).entry[0] == 120


def test_two_periods_of_coverage() -> None:
    rows = person(seen=GAP)
    assert at_risk_periods(rows) == [(90, 300, "lost", 0), (500, END, "end_of_data", 0)]
    assert sum(stop - start for start, stop, *_ in at_risk_periods(rows)) == 210 + END - 500


def test_coverage_that_is_renewed_without_a_day_between_is_one_stay() -> None:
    assert at_risk_periods(person(seen=((0, 300), (300, None)))) == [(90, END, "end_of_data", 0)]


def test_recovery_and_coverage_cut_each_other() -> None:
    rows = person(None, RESTART, seen=((0, 150), (180, 450), (600, None)))
    assert [row[:3] for row in at_risk_periods(rows)] == [
        (90, 150, "lost"),
        (180, 200, "recovery"),
        (400, 450, "lost"),
        (600, END, "end_of_data"),
    ]


@pytest.mark.parametrize("day", [301, 400, 500])
def test_an_onset_in_the_gap_is_no_event_and_is_named(day: int) -> None:
    rows = person(seen=GAP, onset=day)
    assert at_risk_periods(rows) == [(90, 300, "lost", 0)]
    assert followed(rows).unobserved.tolist() == ["between_at_risk_periods"]
    assert followed(rows).leave.tolist() == [END]


def test_an_onset_on_the_last_day_of_a_period_or_after_the_return_is_an_event() -> None:
    assert at_risk_periods(person(seen=GAP, onset=300)) == [(90, 300, "onset", 1)]
    rows = person(seen=GAP, onset=501)
    assert at_risk_periods(rows) == [(90, 300, "lost", 0), (500, 501, "onset", 1)]
    assert followed(rows).unobserved.tolist() == [""]


def test_an_onset_after_the_last_period_is_named_unless_a_competing_event_came_first() -> None:
    gone = person(seen=((0, 300),), onset=400)
    assert followed(gone).unobserved.tolist() == ["after_the_last_at_risk_period"]
    died = person({"death_date": on(350)}, seen=((0, 300),), onset=400)
    assert followed(died).unobserved.tolist() == [""]
    grafted = person(None, ((200, "TX"),), onset=400)
    assert followed(grafted).unobserved.tolist() == [""]


def test_an_onset_before_the_first_period_is_prevalent() -> None:
    rows = person(seen=((0, 50), (400, None)), onset=200)
    cases = find_cases(rows, RETURNING)
    frame = people_frame(rows, RETURNING, cases, follow(rows, RETURNING, cases))
    assert frame["left_out_at"].tolist() == ["prevalent"]
    assert frame["entry"].tolist() == [400]


def test_labs_between_periods_do_not_count_as_followed() -> None:
    labs = [
        {"p": 0, "sample_date": on(day), "analyte": "pth", "value": 30.0, "unit": ""}
        for day in (90, 250, 400, 501)
    ]
    rows = bucket([{}], coverage=coverage(*GAP), labs=labs)
    found = followed(rows)
    people = people_frame(rows, RETURNING, find_cases(rows, RETURNING), found)
    counts = completeness_counts(rows, RETURNING, people, found.presence.at_risk_periods)
    labs_by_year = {year: n for (name, year), n in counts.items() if name == "pth"}
    assert labs_by_year == Counter({2010: 1, 2011: 1})
    assert [counts["", year] for year in (2009, 2010, 2011, 2019)] == [0, 1, 1, 1]


def test_a_lost_period_is_noticed() -> None:
    rows = person(seen=GAP)
    cases = find_cases(rows, RETURNING)
    found = follow(rows, RETURNING, cases)
    people = people_frame(rows, RETURNING, cases, found)
    with pytest.raises(ConservationError):
        at_risk_frame(RETURNING, people.assign(exit=300.0), found)


modalities = some.sampled_from(["HD", "PD", "recovered", "lost", "TX"])
some_spells = some.dictionaries(some.integers(1, 60), modalities, max_size=6)
some_seen = some.lists(some.tuples(some.integers(0, 60), some.integers(1, 30)), max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    some_spells, some_seen, some.integers(0, 20), some.none() | some.integers(1, 70),
    some.none() | some.integers(1, 70), some.booleans()
)  # fmt: skip
def test_the_days_at_risk_are_those_of_a_loop_over_days(
    treated, seen, wait, death, onset, competes
) -> None:
    """Days at risk follow one that ends on dialysis, covered, followed and free of onset."""
    names = ["death", "transplant", "recovery"] if competes else ["death"]
    protocol = study(
        outcome={"competing": names},
        population={
            **COVERED,
            "entry_after_days": wait,
            "data_end": on(65),
        },
    )
    periods = tuple((start, start + length) for start, length in seen)
    rows = person(
        {} if death is None else {"death_date": on(death)},
        tuple(sorted(treated.items())),
        periods,
        onset,
    )
    found = followed(rows, protocol)
    at_risk = set()
    for start, stop in zip(found.at_risk_periods.start, found.at_risk_periods.stop, strict=True):
        at_risk |= set(range(int(start) + 1, int(stop) + 1))
    expected = days_at_risk(treated, periods, (wait, death, onset, competes))
    assert at_risk == expected
    event = onset in expected
    assert (reason_names(found.period_why)[-1:] == "onset").any() == event
    if len(found.at_risk_periods.start):
        assert found.exit[0] == max(at_risk)
        assert (found.exit_reason[0] == "onset") == event


def test_who_has_no_first_dialysis_is_not_followed_and_moves_nobody_else() -> None:
    rows = bucket(
        [{"first_dialysis_date": None}, {}],
        modality_spells=spells((0, "HD"), p=1),
        coverage=coverage((0, 700), p=1),
    )
    found = followed(rows)
    assert found.at_risk_periods.person.tolist() == [1]
    assert found.leave.tolist() == [np.inf, 700]
    assert found.leave_reason.tolist() == ["death", "lost"]


def days_at_risk(treated: dict[int, str], periods: tuple, fate: tuple) -> set[int]:
    """Days in ``(start, stop]``: on dialysis and covered at the end of the day before."""
    wait, death, onset, competes = fate
    days, away = set(), False
    for day in range(1, 66):
        before = day - 1
        kind = treated.get(before, "")
        if kind in ("recovered", "TX") and competes:
            break
        away = kind in ("recovered", "TX", "lost") or (away and kind not in ("HD", "PD"))
        if before == death or (onset is not None and before >= onset):
            break
        covered = any(start <= before < stop for start, stop in periods)
        if before >= wait and covered and not away:
            days.add(day)
    return days


def test_periods_do_not_depend_on_the_order_of_the_rows() -> None:
    several = spells((0, "HD"), (200, "lost"), (400, "HD"), p=1) + spells(*RESTART)
    seen = coverage(*GAP, p=1) + coverage((0, None))
    forth = bucket([{}, {}], modality_spells=several, coverage=seen)
    back = bucket([{}, {}], modality_spells=several[::-1], coverage=seen[::-1])
    for one, other in zip(
        followed(forth).at_risk_periods, followed(back).at_risk_periods, strict=True
    ):
        np.testing.assert_array_equal(one, other)
