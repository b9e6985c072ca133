"""Labs to validated tables to risk intervals, every check on, beside a scan, Polars and pandas.

``python -m benchmarks.ingest [labs] [csv|text|typed] [folder]``. The registry is in the
simulator's shape. Seconds, processor seconds and peak memory of each, in a process of its own (of
three in turn the middle one, but for peers and for more than 20 million labs), and ratios to ours;
what came out must be the same. Machines differ, ratios less so: on a machine that
others use as well, compare processor seconds.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas as pd

from analysis import store
from analysis.study import Study, read_study
from benchmarks.ingest_data import write_registry
from data_schema.declarations import analytes

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".venv-peers" / "bin" / "python"
PROTOCOL = ROOT / "data_schema" / "protocols" / "simulated.toml"
THREADS = 2
ROUNDS, FEW = 3, 20_000_000  # of so few labs a bare reading takes half a second: it is repeated
NEEDED = ("patients", "labs", "modality_spells", "coverage", "centres")
OURS = """
import json, resource, sys, time
from pathlib import Path
from analysis import cohort, ingest
from analysis.study import read_study
study, extract, out = read_study(Path(sys.argv[1])), Path(sys.argv[2]), Path(sys.argv[3])
def spent():
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(u.ru_utime + u.ru_stime for u in used)
def peak():
    # the high water of this image: ru_maxrss would hold that of the process that started it
    own = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e9
    return own + THREADS * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
THREADS = int(sys.argv[4])
a = spent()
ingest.run(study, extract, out / "ingest", THREADS)
b = spent()
cohort.run(study, out / "ingest", out / "cohort", THREADS)
c = spent()
print(json.dumps({"seconds": c[0] - a[0], "cpu": c[1] - a[1], "ingest": b[0] - a[0],
                  "ingest_cpu": b[1] - a[1], "peak_gb": peak()}))
"""
SCAN = """
import json, sys, time
import duckdb
connection = duckdb.connect()
connection.execute(f"SET threads={int(sys.argv[1])}; SET enable_progress_bar=false")
a, b = time.perf_counter(), time.process_time()
for file in sys.argv[3:]:
    text = ", all_varchar=true" if file.endswith("csv") else ""
    rows = f"read_{'csv' if text else 'parquet'}('{file}'{text})"
    for batch in connection.sql(f"SELECT {sys.argv[2]} FROM {rows}").to_arrow_reader(2**20):
        pass
print(json.dumps({"seconds": time.perf_counter() - a, "cpu": time.process_time() - b}))
"""


# Bare readings of the laboratory file. Parquet's footer answers the first. The second hashes all
# columns, by distinct values where the file holds dictionaries; the third makes a text of every
# cell, as reading rows must; the last hands every row over, as to whoever would work on it. Ours
# reads every file of the extract; so does the reading that is named so.
SCANS = {
    "count": "count(*)",
    "hashed": "bit_xor(hash(COLUMNS(*)))",
    "as text": "sum(length(concat_ws(',', *COLUMNS(*))))",
    "handed over": "*",
}
EVERY_FILE = "all handed over"


def measured(*command: str | Path) -> dict | None:
    """What a process of its own prints; nothing where it fails (as for want of memory)."""
    done = subprocess.run(
        [str(w) for w in command], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.returncode:
        print(f"failed: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])


def in_turn(asked: dict[str, tuple], rounds: int, out: Path) -> dict[str, dict | None]:
    """Each of several measured in turn, ``rounds`` times; of each the middle one by its seconds."""
    spent: dict[str, list[dict]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, command in asked.items():
            shutil.rmtree(out, ignore_errors=True)
            spent[name] += filter(None, [measured(*command)])
    middle = {name: sorted(runs, key=lambda run: run["seconds"]) for name, runs in spent.items()}
    return {name: runs[len(runs) // 2] if runs else None for name, runs in middle.items()}


def what_peers_are_given(study: Study, extract: Path, out: Path) -> None:
    """Units, verdicts on them, limits, and each followed person's days.

    Peers judge no units and make no cohort: that much less is asked of them than of ours.
    """
    exposures = study.exposures
    rows = analytes().items()
    given = {
        "factors": [(name, unit.unit, unit.factor) for name, a in rows for unit in a.units],
        "limits": [(name, *a.hard, *a.soft) for name, a in rows],
        "data_end": study.population.data_end.isoformat(),
        "labs": exposures.labs,
        "valid_days": exposures.valid_days,
        "albumin_within_days": exposures.albumin_within_days,
    }
    store.write_json(extract / "given.json", given)
    verdicts = store.read_frame(out / "ingest" / "unit_verdicts.parquet")
    store.write_frame(extract / "unit_verdicts.parquet", verdicts)
    parts = []
    for path in sorted((out / "cohort" / "people").glob("*.parquet")):
        known = store.read_frame(out / "ingest" / "patients" / path.name)
        people = store.read_frame(path)
        chosen = people["in_cohort"].to_numpy()
        part = people.loc[chosen, ["entry", "exit"]].astype("int64")
        days = people.loc[chosen, "parathyroidectomy"]
        part = part.assign(operated=days.where(days < 1e6).astype("Int64"))
        part.insert(0, "patient_id", known["patient_id"][chosen])
        part.insert(1, "first", known["first_dialysis_date"][chosen])
        parts.append(part)
    store.write_frame(extract / "people.parquet", pd.concat(parts, ignore_index=True))


def what_we_found(study: Study, out: Path) -> dict:
    """The numbers that peers must come to."""
    frame = store.read_frame(out / "ingest" / "quality.parquet")
    labs = frame[frame["strata"].str.endswith("table=labs").fillna(False)]
    used = labs[(labs["measure"] == "rows") & (labs["level"] == "used")]["numerator"].sum()
    rejected = labs[labs["measure"] == "rejected_rows"]
    rules = rejected["term"] + ":" + rejected["level"]
    names = ", ".join(f"count({n}) FILTER (NOT isnan({n}))" for n in study.exposures.labs)
    with duckdb.connect() as connection:
        (row,) = connection.execute(
            f"SELECT count(*), sum(stop - start), {names} FROM '{out}/cohort/intervals/*.parquet'"
        ).fetchall()
    return {
        "used": int(used),
        "rejected": dict(sorted(zip(rules, rejected["numerator"].astype(int), strict=True))),
        "intervals": int(row[0]),
        "days": int(row[1]),
        "known": dict(zip(study.exposures.labs, map(int, row[2:]), strict=True)),
    }


def main(labs: int = 1_000_000, form: str = "text", folder: str = "") -> None:
    """Write the registry (in ``folder`` or a temporary one, removed after), measure, compare."""
    study = read_study(PROTOCOL)
    place = Path(tempfile.mkdtemp(prefix="ingest", dir=folder or None))
    try:
        extract, out = place / "extract", place / "out"
        n = write_registry(study, extract, labs, form)
        for path in extract.iterdir():
            if path.stem not in NEEDED:
                path.unlink()
        kind = "csv" if form == "csv" else "parquet"
        scan = (sys.executable, "-c", SCAN, str(THREADS))
        labs_file = extract / f"labs.{kind}"
        asked = {name: (*scan, what, labs_file) for name, what in SCANS.items()}
        asked[EVERY_FILE] = (*scan, "*", *sorted(extract.iterdir()))
        asked["ours"] = (sys.executable, "-c", OURS, PROTOCOL, extract, out, str(THREADS))
        scans = in_turn(asked, ROUNDS if n <= FEW else 1, out)
        ours = scans.pop("ours")
        if ours is None:
            return
        print(f"{n:,} labs ({form}), {THREADS} processors")
        show("ours", ours, ours, n)
        for name, bare in scans.items():
            if bare is not None:
                show(f"DuckDB {name}", bare, ours, n)
        if form == "csv" or not PEERS.exists():
            return
        expected = what_we_found(study, out)
        what_peers_are_given(study, extract, out)
        for peer in ("polars", "pandas"):
            found = measured(PEERS, ROOT / "benchmarks" / "timing" / "labs_peer.py", extract, peer)
            if found is not None:
                show(peer, found, ours, n)
                differ = {
                    k: (v, found["found"][k]) for k, v in expected.items() if v != found["found"][k]
                }
                print(f"  the same rows, rejects and intervals: {differ or 'yes'}")
    finally:
        shutil.rmtree(place)


def show(name: str, spent: dict, ours: dict, n: int) -> None:
    """A line: seconds, labs a second, processor seconds, memory, ratios to ours."""
    print(
        f"{name:22} {spent['seconds']:8.1f} s {n / spent['seconds']:12,.0f} labs/s "
        f"{spent['cpu']:8.1f} cpu s {spent.get('peak_gb', 0):5.2f} GB   "
        f"{spent['seconds'] / ours['seconds']:6.2f} x ours, "
        f"{spent['cpu'] / ours['cpu']:6.2f} x in cpu",
        flush=True,
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*([int(arguments[0])] if arguments else []), *arguments[1:])
