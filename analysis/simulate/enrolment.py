"""Enrolment: which people who start dialysis are in the registry."""

from __future__ import annotations

import numpy as np

from analysis.simulate.people import draw_people
from analysis.simulate.setting import Setting
from analysis.simulate.walk import Walk


def enrolled(rng: np.random.Generator, span: tuple[int, int], setting: Setting) -> Walk:
    """The walk of people ``span[0]`` to ``span[1] - 1``, all on dialysis at registry entry.

    Candidates are drawn from everyone who starts dialysis; the first who last until they are
    registered are taken, so those registered late are the survivors of their like.
    """
    count = span[1] - span[0]
    candidates = 2 * count + 300
    while True:
        people = draw_people(rng, candidates, setting.window, setting.p)
        walk = Walk(rng, people, setting)
        rows = walk.approach()
        if len(rows) >= count:
            walk.keep(rows[:count], span[0])
            return walk
        candidates *= 2
