"""The stored result, ``docs/coverage.csv``, and the page made from it, ``docs/coverage.md``."""

from __future__ import annotations

import csv
import io
from itertools import groupby
from math import sqrt
from pathlib import Path

from benchmarks.coverage.large_population import PIECE, PIECES
from benchmarks.coverage.settings import SEED, Bound, settings
from benchmarks.coverage.tally import Answer

DOCS = Path(__file__).resolve().parents[2] / "docs"
STORED, PAGE = DOCS / "coverage.csv", DOCS / "coverage.md"
COLUMNS = (
    "setting",
    "says",
    "answer",
    "bound",
    "lower",
    "upper",
    "errors",
    "runs",
    "yes",
    "asked",
    "first_yes",
    "first_asked",
)
HEAD = """# Coverage

Written by `make coverage RUNS={runs}` from registries of known truth, seed {seed}; `make coverage`
fails where a bound is missed. `docs/coverage.csv` holds the counts; a test draws the first
registries of every setting again and compares. The numbers are those of the functions that the
report calls, not of copies of them.

- RUNS registries of every setting are drawn; where a registry is no more than counts, ten times as
  many; of those that go through every stage, which take seconds each, at most one for 25 (*of*).
- The truth is a formula: a binomial or Poisson mean, or cumulative incidences of hazards that are
  level between years 0, 1, 3 and 7, conditional on the day on which the tool lets the curve start.
- *Through every stage* registries of the simulator are written to disk, ingested, made a cohort and
  estimated. Their truth is counted among {people:,} simulated people that no stage has touched
  (`benchmarks/coverage/truth.json`): the share on dialysis and observable on the last date of the
  protocol of whom the case definition would by then have found a case; and of *recorded* first
  onset, among people not yet recorded at entry, the cumulative incidence by five years and the
  quartiles of its day among those by ten years. People enter as in the registry, or (*from day 90*)
  all on day 90, nobody lost. In scenario A the two agree. In scenario D they do not. People who
  enter late may have been ill, unseen, for years; they are detected soon after entry, and so count
  as onsets after it.
  The interval is one of what the registry records; the row *from day 90* shows what that costs.
- *Share* is how often an interval held the truth; for verdicts, how often the verdict was wrong
  (inside, above or below where it is not so; *undecided* is never wrong; the ends belong to the
  band) and how often it was *inside*. The standard error is that of the simulation.
- Intervals that were refused (fewer than ten onsets by ten years) are not counted: *of* says how
  many were left.
- A bound of *none* is a number to know, not a promise: too few events for a large-sample interval.
"""


def write(found: list[Answer]) -> None:
    STORED.write_text(stored(found), "utf-8")
    PAGE.write_text(page(found), "utf-8")


def stored(found: list[Answer]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in found:
        bound = (one.bound.words, one.bound.lower, one.bound.upper, one.bound.errors)
        counts = (one.runs, one.yes, one.asked, one.first_yes, one.first_asked)
        writer.writerow([one.setting, one.says, one.name, *bound, *counts])
    return text.getvalue()


def read_stored() -> list[Answer]:
    with STORED.open(encoding="utf-8", newline="") as file:
        return [
            Answer(
                row["setting"],
                row["says"],
                row["answer"],
                Bound(row["bound"], *(float(row[name]) for name in ("lower", "upper", "errors"))),
                *(int(row[name]) for name in COLUMNS[7:]),
            )
            for row in csv.DictReader(file)
        ]


def page(found: list[Answer]) -> str:
    parts = [HEAD.format(runs=_asked_for(found), seed=SEED, people=PIECE * PIECES)]
    for (setting, says), own in groupby(found, key=lambda one: (one.setting, one.says)):
        parts.append(
            f"\n## {setting[0].upper()}{setting[1:]}\n\n{says[0].upper()}{says[1:]}.\n\n"
            "| answer | share | standard error | of | bound | kept |\n|---|---|---|---|---|---|\n"
        )
        parts += [_line(one) for one in own]
    return "".join(parts)


def _asked_for(found: list[Answer]) -> int:
    """RUNS of the command that made these answers."""
    whole = {one.name for one in settings() if one.times == 1}
    return min((one.runs for one in found if one.setting in whole), default=0)


def _line(one: Answer) -> str:
    error = sqrt(one.share * (1 - one.share) / one.asked) if one.asked else float("nan")
    kept = "" if one.bound.words == "none" else "yes" if one.keeps() else "**no**"
    return (
        f"| {one.name} | {one.share:.4f} | {error:.4f} | {one.asked:,} | {one.bound.words} "
        f"| {kept} |\n"
    )
