"""People of a known illness–death process, seen late and only now and then; times in days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import integrate

from analysis.survival.arguments import Floats, Ints

SHAPE = {"onset": 1.3, "death": 1.1, "after": 1.1}
SCALE = {"onset": 5000.0, "death": 2600.0, "after": 900.0}
LEAVING = 1 / 5000  # transplantation, a day, before and after onset alike
END = 3652.5


@dataclass(frozen=True)
class Seen:
    """What a registry would hold of them, as ``illness_death`` takes it."""

    last_negative: Floats
    first_positive: Floats
    exit: Floats
    exit_state: Ints
    entry: Floats

    @property
    def columns(self) -> tuple[Floats, Floats, Floats, Ints]:
        return self.last_negative, self.first_positive, self.exit, self.exit_state


def cumulative(name: str, t: Floats) -> Floats:
    return (t / SCALE[name]) ** SHAPE[name]


def true_incidence(times: Floats) -> Floats:
    """Onset by ``times``, death and transplantation competing."""

    def density(t: float) -> float:
        left = cumulative("onset", t) + cumulative("death", t) + LEAVING * t
        return SHAPE["onset"] / SCALE["onset"] * (t / SCALE["onset"]) ** 0.3 * np.exp(-left)

    return np.array([integrate.quad(density, 0, t)[0] for t in times])


def people(n: int, rng: np.random.Generator, free_at_entry: bool = True) -> Seen:
    """``n`` people alive, and perhaps free of onset, at entry; half enter late.

    Looks 300 to 900 days apart from entry on; people who are not known to be free of onset at
    entry have their first look later.
    """
    m = 4 * n
    onset = SCALE["onset"] * rng.exponential(size=m) ** (1 / SHAPE["onset"])
    death = SCALE["death"] * rng.exponential(size=m) ** (1 / SHAPE["death"])
    at_risk = cumulative("after", onset) + rng.exponential(size=m)
    ill = onset < death
    death = np.where(ill, SCALE["after"] * at_risk ** (1 / SHAPE["after"]), death)
    onset = np.where(ill, onset, np.inf)
    gone = rng.exponential(1 / LEAVING, m)
    entry = np.where(rng.uniform(size=m) < 0.5, 0.0, rng.uniform(0, 1500, m))
    ok = (np.minimum(death, gone) > entry) & ((onset > entry) | (not free_at_entry))
    chosen = np.flatnonzero(ok)[:n]
    onset, death, gone, entry = (a[chosen] for a in (onset, death, gone, entry))
    end = entry + rng.uniform(500, END, n)
    ends = np.column_stack([end, death, gone])
    gaps = np.cumsum(rng.uniform(300, 900, (n, 16)), axis=1)
    looks = entry[:, None] + (np.column_stack([np.zeros(n), gaps]) if free_at_entry else gaps)
    exit_ = ends.min(axis=1)
    there = looks <= exit_[:, None]
    clean = there & (looks < onset[:, None])
    low = np.where(clean, looks, 0.0).max(axis=1)
    high = np.where(there & ~clean, looks, np.inf).min(axis=1)
    return Seen(low, high, exit_, ends.argmin(axis=1).astype(np.int64), entry)
