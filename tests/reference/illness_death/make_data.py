"""People seen now and then, who may fall ill unseen and die: small, seeded, in one file.

Run ``python tests/reference/illness_death/make_data.py`` to write them again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

N, SEED = 400, 20240601
ONSET, DEATH, AFTER = 1 / 2500, 1 / 3000, 1 / 900  # a day


def people() -> pd.DataFrame:
    """Half enter late, free of onset then; looks 100 to 600 days apart; empty: never positive."""
    rng = np.random.default_rng(SEED)
    onset, free_death = rng.exponential(1 / ONSET, N), rng.exponential(1 / DEATH, N)
    death = np.where(onset < free_death, onset + rng.exponential(1 / AFTER, N), free_death)
    entry = np.where(rng.random(N) < 0.5, 0, rng.integers(30, 700, N))
    # Memoryless: who is free of onset at entry has the same future as at zero.
    onset, death = entry + np.ceil(onset), entry + np.ceil(death) + 1
    end = entry + rng.integers(400, 3000, N)
    exit_, died = np.minimum(death, end), (death <= end).astype(int)
    looks = entry[:, None] + np.cumsum(rng.integers(100, 600, (N, 30)), axis=1)
    looks = np.column_stack([entry, looks])
    seen = looks <= exit_[:, None]
    ill = (onset[:, None] <= looks) & (onset <= free_death + entry)[:, None]
    low = np.where(seen & ~ill, looks, -1).max(axis=1)
    high = np.where(seen & ill, looks.astype(float), np.inf).min(axis=1)
    high = np.where(np.isfinite(high), high, np.nan)
    return pd.DataFrame(
        {"low": low, "high": high, "exit": exit_, "died": died, "entry": entry}
    ).astype({"high": "Int64"})


if __name__ == "__main__":
    people().to_csv(Path(__file__).with_name("seen.csv"), index=False)
