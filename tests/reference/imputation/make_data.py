"""One value a person, missing more often in those with an event: small, seeded, in one file.

Run ``python tests/reference/imputation/make_data.py`` to write them again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

N, SEED = 600, 20240610


def people() -> pd.DataFrame:
    """Covariates z (known), x and y (missing at random), time, event; late entry for a half."""
    rng = np.random.default_rng(SEED)
    z = rng.normal(size=2 * N)
    x = 0.5 * z + rng.normal(size=2 * N)
    y = 0.4 * x - 0.3 * z + rng.normal(size=2 * N)
    event_day = rng.exponential(1000 * np.exp(-0.5 * x + 0.4 * z - 0.3 * y))
    end = rng.uniform(300, 1500, 2 * N)
    entry = np.where(rng.random(2 * N) < 0.5, 0.0, rng.uniform(0, 300, 2 * N))
    followed = np.flatnonzero(np.minimum(event_day, end) > entry)[:N]
    x, y, z, entry = x[followed], y[followed], z[followed], entry[followed]
    stop = np.minimum(event_day, end)[followed]
    event = (event_day <= end)[followed].astype(int)
    gap = rng.random((2, N)) < np.where(event == 1, 0.35, 0.15) * (1 + (z > 0))
    table = pd.DataFrame({"entry": entry, "stop": stop, "event": event, "z": z, "x": x, "y": y})
    table = table.round({"entry": 2, "stop": 2, "z": 5, "x": 5, "y": 5})
    return table.assign(x=table["x"].mask(gap[0]), y=table["y"].mask(gap[1]))


if __name__ == "__main__":
    people().to_csv(Path(__file__).with_name("people.csv"), index=False)
