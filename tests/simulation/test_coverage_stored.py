"""``docs/coverage.csv`` is what the program draws today, keeps every bound, and made the page."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from benchmarks.coverage import page, tally
from benchmarks.coverage.counts import rates
from benchmarks.coverage.hazards import Hazards
from benchmarks.coverage.onsets import HAZARDS
from benchmarks.coverage.settings import EXACT, FEW_NEAR, NEAR, SEED, settings
from benchmarks.coverage.tally import Answer, draw

STORED = page.read_stored()
HORIZON = 3652.0


def test_every_setting_is_stored_with_its_bound() -> None:
    wanted = [
        (one.name, one.says, name, bound)
        for one in settings()
        for name, bound in one.bounds.items()
    ]
    assert [(one.setting, one.says, one.name, one.bound) for one in STORED] == wanted


def test_the_promised_settings_were_drawn_a_thousand_times_and_kept() -> None:
    promised = {one.name: one.of(1000) for one in settings()}
    assert all(one.runs >= promised[one.setting] for one in STORED)
    assert not [(one.setting, one.name) for one in STORED if not one.keeps()]


def test_the_page_is_made_of_what_is_stored() -> None:
    assert page.PAGE.read_text("utf-8") == page.page(STORED)
    assert page.STORED.read_text("utf-8") == page.stored(STORED)


@pytest.mark.parametrize("number", range(len(settings())), ids=lambda n: settings()[n].name)
def test_the_first_registries_give_the_stored_answers_again(number: int) -> None:
    name = settings()[number].name
    stored = {one.name: [one.first_yes, one.first_asked] for one in STORED if one.setting == name}
    again = draw((number, 0, settings()[number].first))
    assert {answer: counts[2:] for answer, counts in again.items()} == stored


def answer(yes: int, asked: int, bound=NEAR) -> Answer:
    return Answer("", "", "", bound, asked, yes, asked, 0, 0)


def test_a_bound_that_is_missed_is_seen() -> None:
    assert answer(950, 1000).keeps()
    assert not answer(900, 1000).keeps()
    assert not answer(990, 1000).keeps()
    assert answer(990, 1000, EXACT).keeps()
    assert not answer(940, 1000, EXACT).keeps()
    assert answer(940, 1000, EXACT).keeps(slack=2)
    assert not answer(0, 0).keeps()
    assert answer(34, 40, FEW_NEAR).keeps()  # 0.95 less 3 standard errors of 40: 0.8466
    assert not answer(33, 40, FEW_NEAR).keeps()


def test_the_program_fails_where_a_bound_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.coverage import __main__ as program

    for found, code in (([answer(950, 1000)], 0), ([answer(900, 1000)], 1)):
        monkeypatch.setattr(program, "answers", lambda *_, found=found: found)
        assert program.main(["--no-page"]) == code


def test_the_same_whatever_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "settings", lambda: settings()[:2])
    assert tally.answers(60, 2, cheap=False) == tally.answers(60, 1, cheap=False)


def test_incidence_is_the_integral_of_survival_times_hazard() -> None:
    since = 200.0

    def density(day: float) -> float:
        piece = np.searchsorted(HAZARDS.starts, day, side="right") - 1
        gone = HAZARDS.cumulative(np.array([day, since]))
        return float(np.exp(gone[1] - gone[0]) * HAZARDS.rates[piece, 0])

    for day in (300.0, 1000.0, HORIZON):
        whole, _ = quad(density, since, day, points=HAZARDS.starts[1:], limit=200)
        assert HAZARDS.incidence(day, since, 1) == pytest.approx(whole, rel=1e-8)


def test_one_level_hazard_is_the_exponential_distribution() -> None:
    level = Hazards(np.array([0.0]), np.array([[0.001, 0.003]]))
    assert level.incidence(500.0, 100.0, 1) == pytest.approx(0.25 * -np.expm1(-0.004 * 400))
    half = -np.log1p(0.5 * np.expm1(-0.004 * 3552)) / 0.004
    assert level.quantile(0.5, HORIZON, 100.0, 1) == np.ceil(100 + half)


def test_people_are_drawn_from_the_hazards() -> None:
    """400,000 people entering on day 200: every cause by day 1,000 within 4 standard errors."""
    n, since, day = 400_000, 200.0, 1000.0
    when, cause = HAZARDS.draw(np.random.default_rng([SEED, 0]), np.full(n, since))
    assert when.min() > since
    for code in (1, 2, 3, 4):
        truth = HAZARDS.incidence(day, since, code)
        share = float(((when <= day) & (cause == code)).mean())
        assert abs(share - truth) <= 4 * np.sqrt(truth * (1 - truth) / n)


def test_a_rate_without_events_has_an_interval() -> None:
    rng = np.random.default_rng(0)
    assert rates(rng, person_years=1e-6, per_1000=5.0) == {"poisson_exact": True}
