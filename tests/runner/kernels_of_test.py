"""Run as a program with a MASTER: kernels that work, refuse, fail and die on a cluster."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from analysis.runner import map_in_order, sums_in_order
from data_schema.refusal import Refusal


def square(number: int) -> int:
    return number * number


def moments(number: int) -> tuple[float, float]:
    """Of sizes so different that another order of adding gives other bits."""
    size = 10.0 ** (number % 17 - 8) / (number + 3)
    return size, size * size


def added(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] + other[0], one[1] + other[1]


def sums(threads: int, master: str) -> list[tuple[int, str, str]]:
    """Tasks done and both sums, every bit of them."""
    found = sums_in_order(moments, added, range(1000), threads, master, groups=16)
    return [(done, one.hex(), two.hex()) for done, (one, two) in found]


def where(_: int) -> tuple[int, str, int]:
    return os.getppid(), str(Path.cwd()), os.umask(0o077)


def refuse(number: int) -> int:
    if number == 3:
        raise Refusal("labs.csv, row 3: too few cells")
    return number


def fail(_: int) -> int:
    raise KeyError("what a cell held")


def die(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number


def told(kernel, master: str) -> str:
    try:
        list(map_in_order(kernel, range(6), 2, master))
    except Refusal as refused:
        return str(refused)
    return "no refusal"


if __name__ == "__main__":
    import tests.runner.kernels_of_test as here

    master = sys.argv[1]
    places = list(map_in_order(here.where, range(8), 2, master))
    print(
        json.dumps(
            {
                "squares": list(map_in_order(here.square, range(100), 2, master)),
                "sums": here.sums(2, master),
                "executors": len({place[0] for place in places}),
                "folders": sorted({place[1] for place in places}),
                "umasks": sorted({place[2] for place in places}),
                "refuse": told(here.refuse, master),
                "fail": told(here.fail, master),
                "die": told(here.die, master),
            }
        )
    )
