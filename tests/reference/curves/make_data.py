"""The data sets of the curves: small, seeded by name, all in one file.

Run ``python tests/reference/curves/make_data.py`` to write them again, then record R's answers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ["set", "id", "start", "stop", "cause", "weight", "group", "stratum"]
Generator = np.random.Generator


def persons(
    rng: Generator,
    n: int,
    causes: list[float],
    *,
    entry: int = 0,
    longest: int = 12,
    continuous: bool = False,
) -> pd.DataFrame:
    """One row a person; whole numbers of days unless ``continuous``."""
    start = rng.integers(0, entry + 1, n).astype(float)
    length = rng.integers(1, longest + 1, n).astype(float)
    if continuous:
        start = np.round(rng.uniform(0, entry, n), 6)
        length = np.round(length + rng.random(n), 6)
    stop = np.round(start + length, 6)
    return pd.DataFrame(
        {
            "id": np.arange(n),
            "start": start,
            "stop": stop,
            "cause": rng.choice(len(causes), n, p=causes),
            "weight": 1.0,
            "group": rng.integers(0, 3, n),
            "stratum": rng.integers(0, 2, n),
        }
    )


def split(rng: Generator, table: pd.DataFrame, gap: bool = False) -> pd.DataFrame:
    """Cut each stay of three days or more in two rows, with a day unobserved between if ``gap``."""
    cut = (
        table["start"] + np.floor(rng.random(len(table)) * (table["stop"] - table["start"] - 2)) + 1
    )
    long = table["stop"] - table["start"] >= 3
    begin = table[long].assign(stop=cut[long], cause=0)
    rest = table.assign(start=np.where(long, cut + gap, table["start"]))
    return pd.concat([begin, rest]).sort_values(["id", "start"], kind="stable")


def ties(rng: Generator) -> pd.DataFrame:
    return persons(rng, 120, [0.3, 0.4, 0.3])


def late_entry_ties(rng: Generator) -> pd.DataFrame:
    return persons(rng, 200, [0.3, 0.4, 0.3], entry=6)


def continuous(rng: Generator) -> pd.DataFrame:
    return persons(rng, 60, [0.3, 0.4, 0.3], continuous=True)


def late_entry_continuous(rng: Generator) -> pd.DataFrame:
    return persons(rng, 70, [0.3, 0.4, 0.3], entry=4, continuous=True)


def three_causes(rng: Generator) -> pd.DataFrame:
    return persons(rng, 220, [0.25, 0.25, 0.2, 0.3], entry=9)


def whole_weights(rng: Generator) -> pd.DataFrame:
    table = persons(rng, 100, [0.3, 0.4, 0.3], entry=5)
    return table.assign(weight=rng.integers(1, 5, 100).astype(float))


def part_weights(rng: Generator) -> pd.DataFrame:
    table = persons(rng, 110, [0.3, 0.4, 0.3], entry=5)
    return table.assign(weight=np.round(rng.uniform(0.2, 3, 110), 3))


def split_rows(rng: Generator) -> pd.DataFrame:
    return split(rng, persons(rng, 120, [0.3, 0.4, 0.3], entry=5))


def split_weighted(rng: Generator) -> pd.DataFrame:
    table = persons(rng, 90, [0.3, 0.4, 0.3], entry=4)
    return split(rng, table.assign(weight=np.round(rng.uniform(0.2, 3, 90), 3)))


def gaps(rng: Generator) -> pd.DataFrame:
    return split(rng, persons(rng, 120, [0.3, 0.4, 0.3], entry=5), gap=True)


def one_event(rng: Generator) -> pd.DataFrame:
    table = persons(rng, 40, [1.0], entry=4)
    return table.assign(cause=(table["id"] == table["stop"].idxmin()).astype(int))


def no_event(rng: Generator) -> pd.DataFrame:
    return persons(rng, 30, [1.0], entry=4)


def rare(rng: Generator) -> pd.DataFrame:
    return persons(rng, 300, [0.96, 0.01, 0.03], entry=8, longest=20)


def all_fail(rng: Generator) -> pd.DataFrame:
    return persons(rng, 50, [0.0, 0.5, 0.5], longest=8)


def emptied_by_censoring(rng: Generator) -> pd.DataFrame:
    early = persons(rng, 12, [0.4, 0.3, 0.3], longest=5)
    early.loc[early["stop"] == early["stop"].max(), "cause"] = 0
    late = persons(rng, 60, [0.3, 0.4, 0.3], entry=4)
    late = late.assign(id=late["id"] + 12, start=late["start"] + 8, stop=late["stop"] + 8)
    return pd.concat([early, late])


def emptied_by_death(rng: Generator) -> pd.DataFrame:
    early = persons(rng, 6, [0.3, 0.4, 0.3], longest=4)
    early.loc[early["stop"] == early["stop"].max(), "cause"] = 1
    late = persons(rng, 40, [0.3, 0.4, 0.3], entry=4)
    late = late.assign(id=late["id"] + 6, start=late["start"] + 6, stop=late["stop"] + 6)
    return pd.concat([early, late])


def few_early(rng: Generator) -> pd.DataFrame:
    early = persons(rng, 3, [0.3, 0.4, 0.3], longest=9)
    late = persons(rng, 400, [0.4, 0.3, 0.3], entry=3)
    late = late.assign(id=late["id"] + 3, start=late["start"] + 9, stop=late["stop"] + 9)
    return pd.concat([early, late])


SETS: list[Callable[[Generator], pd.DataFrame]] = [
    ties,
    late_entry_ties,
    continuous,
    late_entry_continuous,
    three_causes,
    whole_weights,
    part_weights,
    split_rows,
    split_weighted,
    gaps,
    one_event,
    no_event,
    rare,
    all_fail,
    emptied_by_censoring,
    emptied_by_death,
    few_early,
]


def everything() -> pd.DataFrame:
    made = []
    for make in SETS:
        rng = np.random.default_rng(zlib.crc32(make.__name__.encode()))
        made.append(make(rng).assign(set=make.__name__)[COLUMNS])
    return pd.concat(made)


if __name__ == "__main__":
    everything().to_csv(Path(__file__).with_name("curves.csv"), index=False)
