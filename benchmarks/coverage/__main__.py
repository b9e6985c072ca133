"""``make coverage RUNS=1000``: intervals and verdicts over simulated registries; 1 on a miss."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.coverage.page import PAGE, write
from benchmarks.coverage.tally import answers


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-page", action="store_true", help="print only")
    given = parser.parse_args(words)
    found = answers(given.runs, given.threads)
    for one in found:
        mark = "" if one.keeps() else "  MISSED"
        print(
            f"{one.setting}; {one.name}: {one.share:.4f} of {one.asked:,} ({one.bound.words}){mark}"
        )
    if not given.no_page:
        write(found)
        print(f"coverage: {PAGE.name}")
    missed = [one for one in found if not one.keeps()]
    print(f"{len(missed)} of {len(found)} bounds missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
