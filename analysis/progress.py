"""Says what is being done: one moving line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time


class Progress:
    """``say`` prints a line; ``count`` shows how far, how fast and how long still."""

    def __init__(self, stage: str, unit: str = "people") -> None:
        self.stage = stage
        self.unit = unit
        self.began = time.monotonic()
        self.moving = sys.stderr.isatty()
        self.said = 0.0

    def say(self, line: str) -> None:
        start = "\r" if self.moving else ""
        print(f"{start}{self.stage}: {line}", file=sys.stderr, flush=True)

    def count(self, done: int, total: int) -> None:
        spent = time.monotonic() - self.began
        rate = done / spent if spent > 0 else 0.0
        left = (total - done) / rate if rate > 0 else 0.0
        line = f"{done:,} of {total:,} {self.unit}, {rate:,.0f} a second, {left:,.0f} s left"
        if self.moving:
            end = "\n" if done >= total else ""
            print(f"\r{self.stage}: {line}   ", end=end, file=sys.stderr, flush=True)
        elif done >= total or spent - self.said > 10:
            self.said = spent
            self.say(line)
