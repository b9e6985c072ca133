"""The simulator's kernels, each against a number worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.simulate import exits, labs, parathyroidectomy, severity, treatment
from analysis.simulate.onset import hazard_of, onset_time
from analysis.simulate.parameters import assumptions, values
from analysis.simulate.people import FAR, YEAR

P = values("era_2010s_us")
BOTH = np.array([True, False])


@pytest.mark.parametrize(
    ("analyte", "underlying", "steps", "si"),
    [
        (labs.PTH, 981.4, (981, 1041), (981 / 9.425, 104.1)),
        (labs.CALCIUM, 10.42, (104, 260), (10.4 / 4.0078, 2.60)),
        (labs.PHOSPHATE, 7.62, (76, 246), (7.6 / 3.0974, 2.46)),
        (labs.ALBUMIN, 38.4, (38, 38), (38.0, 38.0)),
        (labs.VITAMIN_D, 49.92, (200, 50), (20 * 2.496, 50.0)),
    ],
)
def test_a_value_is_rounded_in_the_units_of_the_centre(analyte, underlying, steps, si) -> None:
    """The published case's PTH, calcium and phosphate among them."""
    whole, value = labs.recorded(analyte, np.array([underlying, underlying]), BOTH)
    assert tuple(whole) == steps
    assert np.allclose(value, si, rtol=0, atol=1e-12)


def test_the_text_of_a_result_is_the_value_that_the_hazard_follows() -> None:
    texts = labs.value_texts()
    for analyte, kind in enumerate(labs.ANALYTES):
        underlying = np.linspace(*kind.limits, 200)
        for conventional in (True, False):
            unit = np.full(200, conventional)
            steps, si = labs.recorded(analyte, underlying, unit)
            places = labs.text_index(np.full(200, analyte), steps, unit)
            form = kind.conventional if conventional else kind.si
            assert steps.max() <= labs.LARGEST
            read = np.array([float(texts[k]) for k in places]) * form.to_si
            assert np.allclose(read, si, rtol=1e-12)


def test_values_past_the_limits_are_kept_within_them() -> None:
    steps, _ = labs.recorded(labs.PTH, np.array([0.1, 1e6]), np.array([True, True]))
    assert tuple(steps) == (6, 2990)


def test_corrected_calcium() -> None:
    corrected = labs.corrected_calcium(np.array([2.30, 2.30]), np.array([30.0, 45.0]))
    assert corrected == pytest.approx([2.50, 2.20])


def test_the_cadence_of_labs_and_a_panel_out_of_turn() -> None:
    visit = np.arange(13)
    drawn = labs.due(visit, np.zeros(13, dtype=bool), P)
    assert np.flatnonzero(drawn[labs.PTH]).tolist() == [0, 3, 6, 9, 12]
    assert np.flatnonzero(drawn[labs.CALCIUM]).tolist() == [0, 2, 4, 6, 8, 10, 12]
    assert np.flatnonzero(drawn[labs.VITAMIN_D]).tolist() == [0, 12]
    panel = labs.due(np.array([1]), np.array([True]), P)[:, 0]
    assert panel.tolist() == [True, True, True, True, False, False, False]


def test_missingness_looks_at_what_was_recorded_and_never_at_the_value() -> None:
    n = 40_000
    last = np.repeat([200 / 9.425, 600 / 9.425], n // 2)  # stable, not stable
    rng = np.random.default_rng(1)
    absent = labs.missing(rng, last, np.zeros(n, dtype=bool), np.full(n, 60.0), P)
    base = P["missing_pth"]
    odds = base / (1 - base) * np.exp(P["missing_stable"])
    stable, other = absent[labs.PTH][: n // 2].mean(), absent[labs.PTH][n // 2 :].mean()
    tolerance = 4 * np.sqrt(0.25 / (n / 2))
    assert abs(stable - odds / (1 + odds)) < tolerance
    assert abs(other - base) < tolerance
    assert np.array_equal(absent[labs.CALCIUM], absent[labs.ALBUMIN])


def test_the_hazard_is_proportional_and_one_at_the_reference() -> None:
    hazard = hazard_of({"log2_pth": np.log(1.3), "phosphate": np.log(1.35)}, 0.01, P)
    pth = np.array([33.95, 67.9, 33.95])
    phosphate = np.array([1.71, 1.71, 1.71 + 0.323])
    two, sixty = np.full(3, 2.25), np.full(3, 60.0)
    ratio = hazard.ratio(pth, two, phosphate, sixty, np.zeros(3))
    assert ratio == pytest.approx([1.0, 1.3, 1.35])


def test_an_unknown_term_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown term"):
        hazard_of({"magnesium": 0.1}, 0.01, P)


def test_the_cumulative_baseline_and_its_inverse() -> None:
    hazard = hazard_of({}, 0.02, P)
    assert hazard.cumulative_baseline(np.array([YEAR])) == pytest.approx([0.02])
    assert hazard.cumulative_baseline(np.array([-5.0, 0.0])).tolist() == [0.0, 0.0]
    days = np.array([1.0, 90.0, 2000.0])
    assert hazard.day_of(hazard.cumulative_baseline(days)) == pytest.approx(days)


def test_onset_comes_when_the_budget_is_used_up() -> None:
    """From day 100 at ratio 2: the baseline's increment to the onset is half of the budget."""
    hazard = hazard_of({}, 0.02, P)
    start, ratio, budget = np.array([100.0]), np.array([2.0]), np.array([0.003])
    when = onset_time(hazard, start, ratio, budget)
    spent = 2 * (hazard.cumulative_baseline(when) - hazard.cumulative_baseline(start))
    assert spent == pytest.approx([0.003])
    assert np.isinf(onset_time(hazard, start, np.array([0.0]), budget)).all()


def test_pth_falls_for_four_months_then_rises_for_four_and_a_half_years() -> None:
    days = np.array([0.0, 120.0, 4.5 * YEAR, 9 * YEAR])
    pth, calcium, phosphate = severity.drift(days, P)
    assert pth[0] - pth[1] == pytest.approx(P["pth_early_fall"])
    rise = P["pth_yearly_rise"] * (4.5 - 120 / YEAR)
    assert pth[2] - pth[1] == pytest.approx(rise)
    assert pth[3] == pth[2]
    assert calcium[1] - calcium[0] == pytest.approx(P["calcium_early_rise"])
    assert phosphate[1] - phosphate[0] == pytest.approx(P["phosphate_early_rise"])


def test_slow_deviations_stay_standard() -> None:
    rng = np.random.default_rng(2)
    slow = rng.standard_normal(50_000)
    later = slow
    for _ in range(5):
        later = severity.next_slow(rng, later, 0.85)
    assert abs(later.std() - 1) < 0.02
    assert abs(np.corrcoef(slow, later)[0, 1] - 0.85**5) < 0.02


def test_treatment_answers_labs() -> None:
    """High PTH and phosphate start drugs (in time), normal ones stop them, unknown ones do not."""
    rng = np.random.default_rng(3)
    n = 2000
    off, on = np.zeros((3, n), dtype=bool), np.ones((3, n), dtype=bool)
    high = [np.full(n, v) for v in (800 / 9.425, 9.2 / 4.0078, 7.0 / 3.0974)]
    low = [np.full(n, v) for v in (100 / 9.425, 9.2 / 4.0078, 3.0 / 3.0974)]
    nothing = [np.full(n, np.nan)] * 3
    started = treatment.next_treatment(rng, off, *high, P).mean(axis=1)
    wanted = [P["binder_start"], P["vitamin_d_start"], P["cinacalcet_start"]]
    assert np.abs(started - wanted).max() < 4 * np.sqrt(0.25 / n)
    stopped = 1 - treatment.next_treatment(rng, on, *low, P).mean(axis=1)
    assert np.abs(stopped - P["stop"]).max() < 4 * np.sqrt(0.25 / n)
    assert not treatment.next_treatment(rng, off, *low, P).any()
    assert treatment.next_treatment(rng, on, *high, P).all()
    assert treatment.next_treatment(rng, on, *nothing, P).all()
    assert not treatment.next_treatment(rng, off, *nothing, P).any()


def test_parathyroidectomy_is_likelier_with_high_pth_and_after_onset() -> None:
    pth = np.array([800.0, 1600.0, 800.0, np.nan]) / 9.425
    calcium = np.full(4, 9.5 / 4.0078)
    rate = parathyroidectomy.yearly_rate(pth, calcium, np.full(4, 60.0), np.array([0, 0, 1, 0]), P)
    assert rate[0] == pytest.approx(P["ptx_rate"], rel=1e-6)
    assert rate[1] / rate[0] == pytest.approx(2 ** P["ptx_pth"])
    assert rate[2] / rate[0] == pytest.approx(P["ptx_calcinosis"])
    assert rate[3] < 1e-6


def test_labs_fall_at_once_after_parathyroidectomy_and_recover_in_part() -> None:
    days = np.array([-1.0, 0.0, 1e5])
    pth, calcium, phosphate = parathyroidectomy.effects(days, P)
    assert pth == pytest.approx([0, P["ptx_log_pth"], P["ptx_log_pth_late"]])
    assert calcium == pytest.approx([0, P["ptx_calcium_drop"], P["ptx_calcium_late"]])
    assert phosphate == pytest.approx([0, P["ptx_phosphate_drop"], P["ptx_phosphate_late"]])


def test_disease_resolves_only_after_an_operation_on_the_diseased() -> None:
    rng = np.random.default_rng(4)
    onset = np.repeat([100, 100, FAR, 300], 5000)
    operation = np.repeat([200, FAR, 200, 200], 5000)
    day = parathyroidectomy.resolution_day(rng, onset, operation, P).reshape(4, 5000)
    resolved = day[0] < FAR
    assert abs(resolved.mean() - P["resolution_share"]) < 0.03
    assert abs(np.median(day[0][resolved] - 200) - P["resolution_days"]) < 8
    assert (day[1:] == FAR).all()
    assert day[0].min() > 200


def test_exit_rates_by_hand() -> None:
    """A man of 62, reference labs: the stated rate, doubled in the first 90 days."""
    n = np.ones(2)
    rates = exits.exit_rates(
        np.array([30.0, 1000.0]), 62 * n, 300 / 9.425 * n, 5.3 / 3.0974 * n, 0 * n > 1, P
    )
    death = rates[exits.DEATH] + rates[exits.STOPPED]
    assert death == pytest.approx([2 * P["death_rate"], P["death_rate"]])
    assert rates[exits.TRANSPLANT] == pytest.approx(P["transplant_rate"] * n)
    young = exits.exit_rates(
        np.array([1000.0]), np.array([32.0]), n[:1], n[:1], np.array([False]), P
    )
    ratio = young[exits.TRANSPLANT][0] / P["transplant_rate"]
    ceiling = P["transplant_rate_ceiling"] / P["transplant_rate"]
    assert ratio == pytest.approx(min(np.exp(-3 * P["transplant_age"]), ceiling))


def test_the_first_exit_has_the_right_time_and_cause() -> None:
    rates = np.tile([[0.3], [0.0], [0.1], [0.0], [0.0]], 40_000)
    days, cause = exits.first_exit(np.random.default_rng(5), rates)
    assert days.min() >= 1
    assert abs((cause == exits.DEATH).mean() - 0.75) < 0.01
    assert set(cause.tolist()) == {exits.DEATH, exits.TRANSPLANT}
    assert abs((days - 0.5).mean() / YEAR - 2.5) < 0.05


def test_who_dies_on_leaving_does_not_come_back() -> None:
    rng = np.random.default_rng(6)
    day = np.full(5000, 100)
    for cause in (exits.DEATH, exits.STOPPED, exits.LOST):
        death, back = exits.after_exit(rng, day, np.full(5000, cause), 10_000, P)
        assert (back == FAR).all()
        assert ((death < FAR) == (cause != exits.LOST)).all()
    death, back = exits.after_exit(rng, day, np.full(5000, exits.TRANSPLANT), 10_000, P)
    assert not ((death < FAR) & (back < FAR)).any()
    assert back.min() > 100 + P["return_after_days"]


@pytest.mark.parametrize("preset", ["era_2010s_us", "era_1996_2001"])
def test_every_number_says_what_it_is_and_where_it_is_from(preset) -> None:
    rows = assumptions(preset)
    names = [row.name for row in rows]
    assert len(names) == len(set(names))
    assert all(row.says and row.unit and row.source for row in rows)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match="preset"):
        values("era_1850")
