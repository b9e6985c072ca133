"""Registries drawn and answers counted, spread over processes, the same whatever the processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.runner import map_in_order
from benchmarks.coverage.settings import Bound, Setting, settings

CHUNK = 50


@dataclass(frozen=True)
class Answer:
    """``yes`` of ``asked`` registries; ``first_yes`` of the first ``first_asked`` of them.

    ``runs`` registries were drawn; those whose interval was refused were not asked.
    """

    setting: str
    says: str
    name: str
    bound: Bound
    runs: int
    yes: int
    asked: int
    first_yes: int
    first_asked: int

    @property
    def share(self) -> float:
        return self.yes / self.asked if self.asked else float("nan")

    def keeps(self, slack: float = 0.0) -> bool:
        """Whether the bound holds, ``slack`` standard errors of the simulation allowed."""
        if self.bound.words == "none":
            return True
        nearest = min(max(0.95, self.bound.lower), self.bound.upper)
        more = (slack + self.bound.errors) * (nearest * (1 - nearest) / max(self.asked, 1)) ** 0.5
        return self.bound.lower - more <= self.share <= self.bound.upper + more


Counts = dict[str, list[int]]  # name -> yes, asked, first yes, first asked


def draw(task: tuple[int, int, int]) -> Counts:
    """Answers of registries ``first`` to ``last`` of a setting, counted."""
    number, first, last = task
    setting = settings()[number]
    counts: Counts = {name: [0, 0, 0, 0] for name in setting.bounds}
    for run in range(first, last):
        for name, yes in setting.draw(setting.rng(run)).items():
            if name in counts:
                early = int(run < setting.first)
                added = (int(yes), 1, early * int(yes), early)
                counts[name] = [a + b for a, b in zip(counts[name], added, strict=True)]
    return counts


def tasks(number: int, runs: int) -> Iterator[tuple[int, int, int]]:
    step = CHUNK if settings()[number].times >= 1 else 1
    for first in range(0, runs, step):
        yield number, first, min(first + step, runs)


def answers(runs: int, threads: int, cheap: bool = True) -> list[Answer]:
    """Every setting with ``runs`` registries; counts alone with ten times as many if ``cheap``."""
    all_settings = settings()

    def drawn(one: Setting) -> int:
        return one.of(runs) if cheap or one.times < 1 else runs

    todo = [task for number, one in enumerate(all_settings) for task in tasks(number, drawn(one))]
    total: dict[int, Counts] = {}
    for (number, _, _), counts in zip(todo, map_in_order(draw, todo, threads), strict=True):
        own = total.setdefault(number, {name: [0, 0, 0, 0] for name in counts})
        for name, added in counts.items():
            own[name] = [a + b for a, b in zip(own[name], added, strict=True)]
    return [
        Answer(one.name, one.says, name, one.bounds[name], drawn(one), *counts)
        for one, own in ((all_settings[number], own) for number, own in total.items())
        for name, counts in own.items()
    ]
