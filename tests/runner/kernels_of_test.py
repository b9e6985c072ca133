"""Run as a program with a MASTER: kernels that work, refuse, fail and die on a cluster."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from analysis.runner import map_in_order
from data_schema.refusal import Refusal


def square(number: int) -> int:
    return number * number


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
                "executors": len({place[0] for place in places}),
                "folders": sorted({place[1] for place in places}),
                "umasks": sorted({place[2] for place in places}),
                "refuse": told(here.refuse, master),
                "fail": told(here.fail, master),
                "die": told(here.die, master),
            }
        )
    )
