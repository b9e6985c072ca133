"""The data sets of the subdistribution hazard: small, seeded by name, in one file.

Run ``python tests/reference/fine_gray/make_data.py`` to write them again.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pandas as pd

# name: (people, latest entry, whole days, share censored, weights, cut rows)
SETS: dict[str, tuple[int, int, bool, float, bool, bool]] = {
    "plain": (200, 0, False, 0.3, False, False),
    "ties": (200, 0, True, 0.3, False, False),
    "entry": (250, 5, False, 0.3, False, False),
    "entry_ties": (250, 6, True, 0.3, False, False),
    "uncensored": (150, 0, True, 0.0, False, False),
    "mostly_censored": (300, 6, True, 0.85, False, False),
    "weighted": (120, 5, True, 0.3, True, False),
    "several_rows": (150, 5, True, 0.3, False, True),
}


def people(name: str) -> pd.DataFrame:
    n, entry, whole, censored, weighted, cut = SETS[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    x = pd.DataFrame({"x1": rng.normal(size=n), "x2": rng.integers(0, 2, n), "x3": rng.random(n)})
    x = x.round(4)
    rate = np.exp(0.5 * x["x1"] - 0.6 * x["x2"] + 0.4 * x["x3"])
    start = rng.uniform(0, entry, n) if entry else np.zeros(n)
    length = rng.exponential(8 / rate)
    # One person from the beginning, so that nobody's weight divides by zero.
    start[:8] = 0
    if whole:
        start, length = np.floor(start), np.ceil(length)
    cause = np.where(rng.random(n) < 0.5, 1, 2)
    cause[rng.random(n) < censored] = 0
    table = pd.DataFrame(
        {
            "set": name,
            "id": np.arange(n),
            "start": np.round(start, 6),
            "stop": np.round(np.round(start, 6) + np.round(length, 6) + 1e-6 * (not whole), 6),
            "cause": cause,
            "weight": rng.integers(1, 4, n) if weighted else 1,
        }
    ).join(x)
    return halves(table) if cut else table


def halves(table: pd.DataFrame) -> pd.DataFrame:
    """Stays of two days or more as two rows that touch."""
    long = table["stop"] - table["start"] >= 2
    cut = table["start"] + np.floor((table["stop"] - table["start"]) / 2)
    first = table[long].assign(stop=cut[long], cause=0)
    second = table.assign(start=np.where(long, cut, table["start"]))
    return pd.concat([first, second]).sort_values(["id", "start"], kind="stable")


def everything() -> pd.DataFrame:
    return pd.concat([people(name) for name in SETS])


if __name__ == "__main__":
    everything().to_csv(Path(__file__).with_name("fine_gray.csv"), index=False)
