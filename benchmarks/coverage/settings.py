"""What is drawn, how often, and the bound that each answer has to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from benchmarks.coverage.counts import Found, adjudicated, clustered, corrected, proportions, rates
from benchmarks.coverage.onsets import timing
from benchmarks.coverage.through_stages import DAY_90, through_stages

SEED = 20_261_122


@dataclass(frozen=True)
class Bound:
    """The share has to lie from ``lower`` to ``upper``, ``errors`` standard errors allowed."""

    words: str
    lower: float
    upper: float
    errors: float = 0.0


NEAR = Bound("0.95 ± 0.027", 0.923, 0.977)
EXACT = Bound("at least 0.945", 0.945, 1.0)
SHOWN = Bound("none", 0.0, 1.0)
WRONG = Bound("at most 0.04", 0.0, 0.04)
FEW_NEAR = Bound("0.95 ± 3 standard errors", 0.95, 0.95, 3.0)
FEW_EXACT = Bound("at least 0.95 − 3 standard errors", 0.95, 1.0, 3.0)


@dataclass(frozen=True)
class Setting:
    """``draw``: one registry's answers by name; ``times``: registries for each of RUNS; ``first``:
    those of them that a test draws again."""

    name: str
    says: str
    draw: Callable[[np.random.Generator], Found]
    bounds: dict[str, Bound]
    times: float = 1
    first: int = 20
    own: int = field(default=0)  # its number in the seeds

    def of(self, runs: int) -> int:
        """Registries to draw."""
        return max(round(runs * self.times), 1)

    def rng(self, run: int) -> np.random.Generator:
        return np.random.default_rng([SEED, self.own, run])


CHEAP = 10
CENTRES = 40
FEW_CENTRES = (5, 10)
PREVALENCES = (0.004, 0.005, 0.006, 0.007, 0.015, 0.029, 0.03, 0.031)
SEEN_INSIDE = {0.015: 0.95, 0.007: 0.85}
RATES = {"begg_greenes": NEAR, "ppv": NEAR}
TIMES = {
    "incidence by 5 years": NEAR,
    "incidence by 10 years": NEAR,
    "quartile 0.25": NEAR,
    "quartile 0.5": NEAR,
    "quartile 0.75": NEAR,
    "share by 15 months": NEAR,
}


def settings() -> tuple[Setting, ...]:
    """Every setting, in the order of the page; the place in it is part of the seeds."""
    found = [*_proportions(), *_clustered(), *_rates(), *_corrected(), *_timing()]
    found += [*_few_centres(), *_staged()]  # at the end: seeds count from the first setting
    return tuple(replace(one, own=number) for number, one in enumerate(found, start=1))


def _proportions() -> list[Setting]:
    bounds = {"clopper_pearson": EXACT, "wilson": NEAR, "jeffreys": NEAR}
    return [
        Setting(
            f"prevalence {p:.1%} of {n:,}",
            "people of one kind",
            partial(proportions, people=n, prevalence=p),
            bounds,
            CHEAP,
        )
        for n in (3_000, 20_000)
        for p in (0.007, 0.015, 0.03)
    ]


def _clustered() -> list[Setting]:
    many = [(n, p, CENTRES) for n in (3_000, 20_000) for p in PREVALENCES]
    return [_in_centres(*one) for one in many]


def _few_centres() -> list[Setting]:
    return [_in_centres(20_000, p, k) for k in FEW_CENTRES for p in (0.005, 0.015, 0.03)]


def _in_centres(people: int, prevalence: float, centres: int) -> Setting:
    inside = _inside(prevalence, people) if centres == CENTRES else SHOWN
    where = "centres" if centres == CENTRES else f"{centres} centres"
    return Setting(
        f"prevalence {prevalence:.1%} of {people:,} in {where}",
        f"{centres} centres of unequal size, SD 0.3 of the log prevalence between them",
        partial(clustered, people=people, prevalence=prevalence, centres=centres),
        {"korn_graubard": EXACT, "wrong verdict": WRONG, "verdict inside": inside},
        CHEAP,
    )


def _inside(prevalence: float, people: int) -> Bound:
    least = SEEN_INSIDE.get(prevalence)
    if least is None or people < 20_000:
        return SHOWN
    return Bound(f"at least {least}", least, 1.0)


def _rates() -> list[Setting]:
    return [
        Setting(
            f"rate {rate:g} per 1,000 in {years:,} person-years",
            "a constant rate",
            partial(rates, person_years=float(years), per_1000=rate),
            {"poisson_exact": EXACT},
            CHEAP,
        )
        for years, rate in ((1_000, 5.0), (20_000, 5.0))
    ]


def _corrected() -> list[Setting]:
    found = []
    for n, p in ((3_000, 0.015), (20_000, 0.007), (20_000, 0.015), (20_000, 0.03)):
        draw = {"people": n, "prevalence": p, "sensitivity": 0.8, "specificity": 0.998}
        found += [
            Setting(
                f"corrected, {p:.1%} of {n:,}",
                "Se 0.8 known from 200 ill people, Sp 0.998 from 5,000 well ones",
                partial(corrected, **draw, validated=(200, 5_000)),
                {"rogan_gladen": NEAR, "bayes": NEAR},
            ),
            Setting(
                f"adjudicated, {p:.1%} of {n:,}",
                "Se 0.8, Sp 0.998 unknown; up to 200 recorded and 2,000 other people looked at",
                partial(adjudicated, **draw, looked_at=(200, 2_000)),
                RATES,
            ),
        ]
    return found


def _timing() -> list[Setting]:
    says = "onset rising with vintage, three competing events, a third entering late, whole days"
    few = {"incidence by 1 years": SHOWN} | TIMES | {"share by 15 months": SHOWN}
    return [
        Setting("onset among 3,000", says, partial(timing, people=3_000), few),
        Setting(
            "onset among 20,000",
            says,
            partial(timing, people=20_000),
            {"incidence by 1 years": SHOWN} | TIMES,
        ),
        Setting(
            "onset among 3,000, five times as frequent",
            says,
            partial(timing, people=3_000, onset_times=5.0),
            {"incidence by 1 years": NEAR} | TIMES,
        ),
    ]


STAGED = 0.04  # of RUNS: each takes seconds
SCENARIOS = {
    "A": "onset dated exactly, labs complete, no dirt",
    "D": "onset found late at films or by its symptoms, labs missing, dirty files",
}
STAGED_TIMES = ("incidence by 5 years", "quartile 0.25", "quartile 0.5", "quartile 0.75")


def _staged() -> list[Setting]:
    """From day 90 the truth of scenario D is another: who enters late may have been ill unseen."""
    counts = {f"prevalence, {model}": FEW_EXACT for model in ("clopper_pearson", "korn_graubard")}
    return [
        Setting(
            f"through every stage, scenario {scenario}",
            f"3,000 people simulated, written, ingested, followed and estimated: {says}",
            partial(through_stages, scenario=scenario, people=3_000),
            counts
            | dict.fromkeys(STAGED_TIMES, FEW_NEAR)
            | {name + DAY_90: FEW_NEAR if scenario == "A" else SHOWN for name in STAGED_TIMES},
            STAGED,
            first=1,
        )
        for scenario, says in SCENARIOS.items()
    ]
