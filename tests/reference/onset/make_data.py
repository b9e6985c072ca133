"""People with late entry, ties, two causes and a calendar: the data of ``onset.csv``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20_260


def people() -> pd.DataFrame:
    """240 people on a coarse grid of days, so that times tie; a third enter late."""
    random = np.random.default_rng(SEED)
    n = 240
    late = random.random(n) < 0.35
    start = np.where(late, 10 * random.integers(9, 200, n), 90)
    stop = start + 10 * random.integers(1, 220, n)
    cause = random.choice([0, 1, 2], n, p=[0.3, 0.3, 0.4])
    origin = random.integers(-1500, 2500, n)
    return pd.DataFrame({"start": start, "stop": stop, "cause": cause, "origin": origin})


if __name__ == "__main__":
    people().to_csv(HERE / "onset.csv", index=False)
