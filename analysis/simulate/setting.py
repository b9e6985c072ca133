"""Setting of a simulated registry: scenario, hazard, window, centres and assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.simulate.onset import Hazard
from analysis.simulate.people import Centres, Window


@dataclass(frozen=True)
class Setting:
    scenario: str  # simulation scenario, A to D
    hazard: Hazard
    window: Window
    centres: Centres
    p: Mapping[str, float]  # the assumptions, by name
    horizons: tuple[int, ...] = ()  # days at which cumulative hazards are noted
