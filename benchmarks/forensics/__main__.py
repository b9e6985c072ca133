"""``make forensics RUNS=1000``: both rates of unit forensics, with counts; 1 where one is missed.

A swapped centre and analyte of 30 rows or more is found where nine tenths of its swapped rows or
more are named (converted by the right unit, or refused). A false alarm is a registry without a
swap in which anything is named.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.ingest.unit_forensics import KEYS, unit_verdicts
from analysis.runner import map_in_order
from benchmarks.forensics.registry import FEWEST_ROWS, draw
from data_schema.declarations import analytes

FOUND_AT_LEAST, ALARMS_AT_MOST, NAMED = 0.99, 0.01, 0.9


def judge(task: tuple[int, bool]) -> Counter:
    """Counts of one registry."""
    seed, swapped = task
    registry = draw(seed, swapped)
    ranges = registry.ranges if seed % 4 < 2 else None
    verdicts = unit_verdicts(registry.histograms.drop(columns="swapped"), analytes(), ranges)
    cells = registry.histograms.groupby(KEYS)[["n", "swapped"]].sum().reset_index()
    cells = cells.merge(verdicts.drop(columns="n"), on=KEYS)
    named = cells["verdict"] != "declared"
    honest = cells["swapped"] == 0
    counts = Counter({"registries": 1, "alarms": int((named & honest).any())})
    counts["wrongly_converted_rows"] = int(
        cells["n"][honest & (cells["verdict"] == "swapped")].sum()
    )
    if swapped:
        counts += _of_swapped(cells[~honest], named)
    return counts


def _of_swapped(cells: pd.DataFrame, named: pd.Series) -> Counter:
    counts: Counter = Counter()
    for analyte, own in cells.groupby("analyte"):
        rows = int(own["swapped"].sum())
        if rows < FEWEST_ROWS:
            counts["too_small"] += 1
            continue
        found = own["swapped"][named[own.index]].sum()
        right = own["swapped"][own["verdict"] == "swapped"].sum()
        counts["swapped"] += 1
        counts["found"] += int(found >= NAMED * rows)
        counts[f"missed {analyte}"] += int(found < NAMED * rows)
        counts["swapped_rows"] += rows
        counts["converted_rows"] += int(right)
        counts["silent_rows"] += int(rows - found)
    return counts


def total(tasks: Iterable[tuple[int, bool]], threads: int) -> Counter:
    counts: Counter = Counter()
    for one in map_in_order(judge, list(tasks), threads):
        counts += one
    return counts


def report(runs: int, threads: int, say=print) -> bool:
    """Print both rates; whether both bounds hold."""
    honest = total(((seed, False) for seed in range(runs)), threads)
    swapped = total(((seed, True) for seed in range(runs)), threads)
    found = swapped["found"] / swapped["swapped"]
    alarms = honest["alarms"] / honest["registries"]
    say(
        f"found: {swapped['found']:,} of {swapped['swapped']:,} swapped centres and analytes of "
        f"{FEWEST_ROWS} rows or more: {found:.4f} (at least {FOUND_AT_LEAST})"
    )
    for name in sorted(key for key in swapped if key.startswith("missed")):
        say(f"  {name}: {swapped[name]:,}")
    say(
        f"  of {swapped['swapped_rows']:,} swapped rows {swapped['converted_rows']:,} were "
        f"converted, {swapped['silent_rows']:,} used as declared, the others refused"
    )
    say(
        f"false alarms: {honest['alarms']:,} of {honest['registries']:,} registries without a "
        f"swap: {alarms:.4f} (at most {ALARMS_AT_MOST}); rows converted by a wrong unit: "
        f"{honest['wrongly_converted_rows']:,}"
    )
    say(
        f"beside a swap: {swapped['alarms']:,} of {swapped['registries']:,} registries name "
        f"another quarter or centre too; rows converted by a wrong unit: "
        f"{swapped['wrongly_converted_rows']:,}"
    )
    return bool(found >= FOUND_AT_LEAST and alarms <= ALARMS_AT_MOST)


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forensics")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args(words)
    np.seterr(all="raise", under="ignore")
    return 0 if report(given.runs, given.threads) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
