"""What a person and a lab cost in each stage, and what a national registry then needs.

``python -m benchmarks.scale [--page] [copies ...]`` (default 2, 4 and 8; 6,000 people each, those
of ``ingest_data``). Each size runs in a process of its own, one thread, so that processor time and
peak memory are its own; a line is fitted through the sizes by least squares. ``--page`` puts both
tables into ``docs/scale.md``. Measured are slopes; what is computed from them says so. Hazard
ratios are fitted as of a registry too large to be held: every pass reads the buckets again.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis import cohort, estimates, ingest, store
from analysis.estimates.discovery import shipped
from analysis.estimates.inputs.cohort_tables import read_cohort
from analysis.estimates.who import interval_sums
from analysis.estimates.who.imputed_covariates import imputed_covariates
from analysis.ingest.first_pass import stage_extract as first_pass
from analysis.study import PROTOCOLS, Missing, read_study
from benchmarks.ingest_data import write_registry

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- python -m benchmarks.scale --page -->", "<!-- end -->"
COPIES = (2, 4, 8)
REGISTRY_PEOPLE, REGISTRY_LABS = 4e6, 1e9
CORES = 16  # of each machine that is computed for
STAGES = (
    *("opening", "first pass", "second pass", "cohort"),
    *("hazard ratios", "estimates", "imputation"),
)
OF_PEOPLE = ("hazard ratios", "estimates", "imputation")
MOST_IMPUTED = 2 * Missing().most_people  # with an onset and without: of more, so many are drawn
SERIAL = ("opening", "estimates", "imputation")  # one process, wherever the rest runs


class Slope(NamedTuple):
    """``fixed + each × n``, in processor seconds."""

    fixed: float
    each: float


def measure(copies: int) -> dict:
    """Processor seconds, bytes and peak memory of one size; run in a process of its own."""
    study = read_study(PROTOCOLS / "simulated.toml")
    spent: dict[str, float] = {}
    said: dict = {"cpu": spent}
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        said["labs"] = write_registry(study, place / "extract", 400_000 * copies, "text")
        said["people"] = (place / "extract" / "patients.csv").read_bytes().count(b"\n") - 1
        said["sent_bytes"] = _size(place / "extract")
        stage, finish = first_pass.stage_all, ingest.finish_extract

        def staging(*given) -> None:
            spent["first pass"] = _timed(lambda: stage(*given))

        def second_pass(*given) -> None:
            said["staged_bytes"] = _size(place / "ingest")
            spent["second pass"] = _timed(lambda: finish(*given))

        first_pass.stage_all, ingest.finish_extract = staging, second_pass
        whole = _timed(lambda: ingest.run(study, place / "extract", place / "ingest", threads=1))
        spent["opening"] = whole - spent["first pass"] - spent["second pass"]
        said["ingest_gb"] = _peak()
        spent["cohort"] = _timed(
            lambda: cohort.run(study, place / "ingest", place / "cohort", threads=1)
        )
        said["kept_bytes"] = _size(place / "ingest") + _size(place / "cohort")
        given = {"extract": {}, "n": None, "seed": None}
        complete = study.missing.model_copy(update={"method": "complete"})
        rest = study.model_copy(update={"missing": complete})
        interval_sums.HELD_BYTES = 0

        def answer(who: bool) -> None:
            where = place / "cohort", place / "estimates", None
            models = [one for one in shipped() if (one.question == "who") == who]
            estimates.run(rest, *where, given, models=models)

        spent["estimates"] = _timed(lambda: answer(who=False))
        spent["hazard ratios"] = _timed(lambda: answer(who=True))
        said["peak_gb"] = _peak()
        spent["imputation"] = _timed(
            lambda: imputed_covariates(read_cohort(study, place / "cohort"))
        )
        said["imputation_gb"] = _peak()
    return said


def _timed(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def fitted(sizes: list[float], costs: list[float]) -> Slope:
    """The line through (size, cost), by least squares."""
    each, fixed = np.polyfit(sizes, costs, 1)
    return Slope(float(fixed), float(each))


def slopes(found: list[dict]) -> dict[str, Slope]:
    """By stage: per lab, but for ratios and estimates, which are per person."""
    return {
        stage: fitted(
            [one["people" if stage in OF_PEOPLE else "labs"] for one in found],
            [one["cpu"][stage] for one in found],
        )
        for stage in STAGES
    }


def measured_lines(found: list[dict], lines: dict[str, Slope]) -> list[str]:
    """The table of what was measured."""
    heads = [f"{one['people']:,} people, {one['labs']:,} labs" for one in found]
    text = [
        "| measured, one thread | " + " | ".join(heads) + " | slope |",
        "| --- |" + " ---: |" * (len(found) + 1),
    ]
    for stage in STAGES:
        what, scale = ("thousand people", 1e3) if stage in OF_PEOPLE else ("million labs", 1e6)
        cells = [f"{one['cpu'][stage]:.1f} s" for one in found]
        slope = f"{lines[stage].each * scale:.2f} s a {what}"
        text.append(f"| {stage}, processor | {' | '.join(cells)} | {slope} |")
    for key, name in (
        ("sent_bytes", "files as sent"),
        ("staged_bytes", "between the passes"),
        ("kept_bytes", "typed tables and cohort"),
    ):
        cells = [f"{one[key] / 1e6:.0f} MB" for one in found]
        each = fitted([one["labs"] for one in found], [one[key] for one in found]).each
        text.append(f"| {name}, disk | {' | '.join(cells)} | {each:.0f} bytes a lab |")
    people = [one["people"] for one in found]
    for key, name in (
        ("ingest_gb", "ingest"),
        ("peak_gb", "to the end of estimates"),
        ("imputation_gb", "to the end of imputation"),
    ):
        cells = [f"{one[key]:.2f} GB" for one in found]
        grows = fitted(people, [one[key] for one in found]).each * 1e6
        slope = "set by a bucket" if key == "ingest_gb" else f"{grows:.0f} GB a million people"
        if key == "imputation_gb":
            slope = f"{grows / 10:.1f} GB a hundred thousand, up to {MOST_IMPUTED:,} people"
        text.append(f"| {name}, peak memory | {' | '.join(cells)} | {slope} |")
    return text


def computed_lines(found: list[dict], lines: dict[str, Slope]) -> list[str]:
    """The table of what follows for a national registry, and where more processors stop helping."""
    sizes = dict.fromkeys(OF_PEOPLE, REGISTRY_PEOPLE)
    sizes["imputation"] = min(REGISTRY_PEOPLE, MOST_IMPUTED)
    hours = {
        stage: slope.each * sizes.get(stage, REGISTRY_LABS) / 3600 for stage, slope in lines.items()
    }
    spread = sum(hours[stage] for stage in STAGES if stage not in SERIAL)
    serial = sum(hours[stage] for stage in SERIAL)
    labs = [one["labs"] for one in found]
    disk = {
        key: fitted(labs, [one[key] for one in found]).each * REGISTRY_LABS / 1e9
        for key in ("sent_bytes", "staged_bytes", "kept_bytes")
    }
    text = [
        f"| computed from the slopes: {REGISTRY_PEOPLE:,.0f} people, {REGISTRY_LABS:,.0f} labs "
        f"| one machine, {CORES} cores | ten such machines |",
        "| --- | ---: | ---: |",
    ]
    for stage in STAGES:
        one, ten = hours[stage], hours[stage]
        if stage not in SERIAL:
            one, ten = hours[stage] / CORES, hours[stage] / (10 * CORES)
        text.append(f"| {stage} | {one:.2f} h | {ten:.2f} h |")
    whole = [serial + spread / (machines * CORES) for machines in (1, 10)]
    text.append(f"| together | {whole[0]:.2f} h | {whole[1]:.2f} h |")
    most = disk["staged_bytes"] + disk["kept_bytes"]
    text.append(
        f"| disk beside the {disk['sent_bytes']:.0f} GB sent | {most:.0f} GB | "
        f"{most:.0f} GB, shared |"
    )
    moved = disk["staged_bytes"] / 3600
    text.append(f"| rows between the passes, read at 1 GB a second | | {moved:.2f} h, shared |")
    knee = max(spread / serial, 1.0)
    text += [
        "",
        f"The parts that are spread over processors are {spread:.2f} processor hours, those of one "
        f"process {serial:.2f} hours. From about {knee:.0f} processors on the latter are longer: "
        "that is the knee.",
    ]
    return text


def main(arguments: list[str]) -> None:
    """Measure each size in its own process; print both tables, and keep them in the page."""
    copies = [int(one) for one in arguments if one != "--page"] or list(COPIES)
    found = []
    for size in copies:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale", "--one", str(size)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    lines = slopes(found)
    text = "\n".join([*measured_lines(found, lines), "", *computed_lines(found, lines)])
    print(text)
    if "--page" in arguments:
        before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        store.write_text(PAGE, f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


if __name__ == "__main__":
    if "--one" in sys.argv:
        print(json.dumps(measure(int(sys.argv[-1]))))
    else:
        main(sys.argv[1:])
