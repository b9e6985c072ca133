"""Course of a block of people on dialysis, and the rows of the tables that it produces."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TypeVar

import numpy as np

from analysis.simulate import exits
from analysis.simulate.people import FAR, SimulatedPeople
from analysis.simulate.severity import Latent

SPELL_AFTER = {exits.STOPPED: 5, exits.TRANSPLANT: 3, exits.RECOVERY: 4, exits.LOST: 6}
MODALITIES = ("HD", "HHD", "PD", "TX", "recovered", "stopped", "lost")


@dataclass
class RowBuffer:
    """Columns of a table being built, each a list of chunks."""

    chunks: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def add(self, **columns: np.ndarray) -> None:
        for name, values in columns.items():
            self.chunks.setdefault(name, []).append(np.asarray(values, dtype=np.int32))

    def done(self, *names: str) -> dict[str, np.ndarray]:
        empty = [np.zeros(0, dtype=np.int32)]
        return {name: np.concatenate(self.chunks.get(name, empty)) for name in names}


@dataclass
class Course:
    """Course of a block of people; ``person`` in the row tables is the position in the block."""

    people: SimulatedPeople
    latent: Latent
    episode_start: np.ndarray  # (2, people): on dialysis from; FAR: no second episode
    exit_day: np.ndarray  # (2, people)
    exit_cause: np.ndarray
    death_day: np.ndarray
    operation_day: np.ndarray
    onset_day: np.ndarray
    history_hazard: np.ndarray  # cumulative hazard before coverage began
    entry_hazard: np.ndarray  # from then to the cohort's entry
    risk_hazard: np.ndarray  # (2, people): cumulative hazard while followed, by episode
    late_hazard: np.ndarray  # cumulative hazard after coverage ended
    labs: dict[str, np.ndarray]
    spells: dict[str, np.ndarray]
    drugs: dict[str, np.ndarray]
    calcium_binder: np.ndarray
    horizon_hazard: np.ndarray  # (horizons, people): risk_hazard of the first episode by then


def blank_course(
    people: SimulatedPeople, latent: Latent, calcium_binder: np.ndarray, horizons: int
) -> Course:
    """A course on which nothing has happened yet."""
    n = len(people)
    start = np.full((2, n), FAR)
    start[0] = people.registry_day
    return Course(
        people=people,
        latent=latent,
        episode_start=start,
        exit_day=np.full((2, n), FAR),
        exit_cause=np.full((2, n), exits.END),
        death_day=np.full(n, FAR),
        operation_day=np.full(n, FAR),
        onset_day=np.full(n, FAR),
        history_hazard=np.zeros(n),
        entry_hazard=np.zeros(n),
        risk_hazard=np.zeros((2, n)),
        late_hazard=np.zeros(n),
        labs={},
        spells={},
        drugs={},
        calcium_binder=calcium_binder,
        horizon_hazard=np.zeros((horizons, n)),
    )


Record = TypeVar("Record")


def taken(record: Record, rows: np.ndarray) -> Record:
    """The same record of these people only: its arrays have people on their last axis."""
    arrays = {
        f.name: value[..., rows]
        for f in fields(record)  # type: ignore[arg-type]
        if isinstance(value := getattr(record, f.name), np.ndarray)
    }
    return replace(record, **arrays)  # type: ignore[type-var]
