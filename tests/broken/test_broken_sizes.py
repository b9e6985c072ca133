"""What is too large or cut short is refused within two seconds and half a gigabyte.

One child process meets every file, after a sound extract has loaded what is needed; the seconds are
those of its processor, the peak is that of the whole process with its libraries.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pandas as pd
import pyreadstat
from tiny_extract import tables, write_extract, write_protocol

from analysis.ingest.first_pass.buckets import BYTES_PER_BUCKET, SHORTEST_ROW, number_of_buckets

SECONDS, MEGABYTES = 2.0, 512
HUNDRED = 100_000_000
CHILD = """
import resource, sys, time
from pathlib import Path
from analysis import ingest
from analysis.study import read_study
from data_schema.refusal import Refusal
study = read_study(Path(sys.argv[1]))
sound, out = Path(sys.argv[2]), Path(sys.argv[3])
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
ingest.run(study, sound, out, threads=1, memory=0.5)
for extract in map(Path, sys.argv[4:]):
    before = time.process_time()
    try:
        ingest.run(study, extract, out, threads=1, memory=0.5)
        line = "read"
    except Refusal as refusal:
        line = str(refusal)
    seconds = time.process_time() - before
    # not ru_maxrss: a process starts with that of the one that started it
    status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    print(extract.name, seconds, int(status.split()[0]) / 1000, line, sep="|", flush=True)
"""


def swollen(piece: bytes, times: int, ending: str = "") -> Callable[[Path], None]:
    """The laboratory file with this piece many times at its end, as CSV or gzip."""

    def damage(folder: Path) -> None:
        path = folder / "labs.csv"
        with (gzip.open if ending else Path.open)(folder / "swollen", "wb") as file:
            file.write(path.read_bytes())
            for _ in range(times):
                file.write(piece)
        path.unlink()
        (folder / "swollen").rename(folder / f"labs.csv{ending}")

    return damage


def _sparse(folder: Path) -> None:
    """A gigabyte in one cell; the file is sparse, so the cell is of NUL characters."""
    with (folder / "labs.csv").open("ab") as file:
        file.truncate(file.tell() + 10 * HUNDRED)


def _open_quote(folder: Path) -> None:
    swollen(b'"', 1)(folder)
    swollen((b"x" * 99 + b"\n") * 10_000, 100)(folder)


def _long_parquet_cell(folder: Path) -> None:
    path = folder / "labs.csv"
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * REPLACE (repeat('x', {3 * HUNDRED}) AS unit) FROM '{path}' LIMIT 1) "
            f"TO '{folder}/labs.parquet' (COMPRESSION zstd)"
        )
    path.unlink()


MEGABYTE = b"x" * 1_000_000
ROW = b"0001,2012-01-01,pth,20,pmol/L,C1\n"
SWOLLEN = {
    "a gigabyte of NUL": (_sparse, "holds a NUL character"),
    "300 MB in a cell": (swollen(MEGABYTE, 300), "a line is longer than 4 megabytes"),
    "300 MB in a cell, gzip": (swollen(MEGABYTE, 300, ".gz"), "a line is longer than 4 megabytes"),
    "a quote for 100 MB": (_open_quote, "a quote is opened and never closed"),
    "gzip of NUL": (swollen(b"\0" * 1_000_000, 300, ".gz"), "holds a NUL character"),
    "gzip of rows": (swollen(ROW * 30_000, 300, ".gz"), "swells to more than 250 times its size"),
    "blank lines": (swollen(b"\n" * 1_000_000, 5), "more than 1,000,000 records that have not"),
    "Parquet": (_long_parquet_cell, "column unit: has cells of more than 1,000 bytes on average"),
}


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: whole[:0],
    "head": lambda whole: whole[:100],
    "tenth": lambda whole: whole[: len(whole) // 10],
    "half": lambda whole: whole[: len(whole) // 2],
    "half, at a block": lambda whole: whole[: len(whole) // 160 * 80],
    "most": lambda whole: whole[: len(whole) * 9 // 10],
    "foot": lambda whole: whole[:-8],
    "last byte": lambda whole: whole[:-1],
    "last block": lambda whole: whole[:-80],
    "a piece within": lambda whole: whole[: len(whole) // 3] + whole[len(whole) // 3 + 500 :],
}
KINDS = {
    ".parquet": "Parquet file",
    ".dta": "Stata file",
    ".sav": "SPSS file",
    ".xpt": "SAS transport file",
    ".sas7bdat": "SAS file",
}


def _written(ending: str, folder: Path) -> bytes:
    """The sound laboratory file in another format."""
    path = folder / f"written{ending}"
    rows = pd.DataFrame(tables()["labs"])
    if ending == ".sas7bdat":  # written by R's haven; no Python package can
        return gzip.decompress((Path(__file__).parent / "data/labs.sas7bdat.gz").read_bytes())
    if ending == ".parquet":
        rows.to_parquet(path)
    else:
        getattr(pyreadstat, f"write_{ending[1:].replace('xpt', 'xport')}")(rows, str(path))
    return path.read_bytes()


def _met(folder: Path, extracts: Iterable[Path]) -> dict[str, tuple[float, float, str]]:
    """Extract -> the seconds, the peak of megabytes so far, and what was said of it."""
    sound = write_extract(folder / "sound", tables())
    protocol = write_protocol(folder / "protocols")
    command = [sys.executable, "-c", CHILD, protocol, sound, folder / "out", *extracts]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-300:]
    rows = [line.split("|") for line in done.stdout.splitlines()]
    return {name: (float(s), float(mb), line) for name, s, mb, line in rows}


def _is_within_bounds(met: dict[str, tuple[float, float, str]]) -> bool:
    return max(s for s, _, _ in met.values()) < SECONDS and all(
        mb < MEGABYTES for _, mb, _ in met.values()
    )


def test_what_is_too_large_is_refused_within_bounds(tmp_path: Path) -> None:
    for name, (damage, _) in SWOLLEN.items():
        damage(write_extract(tmp_path / name, tables()))
    met = _met(tmp_path, [tmp_path / name for name in SWOLLEN])
    for name, (_, rule) in SWOLLEN.items():
        shutil.rmtree(tmp_path / name)
        assert met[name][2].startswith("labs") and rule in met[name][2], (name, met[name])
    assert _is_within_bounds(met), met


def test_what_is_cut_short_is_refused_within_bounds(tmp_path: Path) -> None:
    for ending in KINDS:
        whole = _written(ending, tmp_path)
        for cut, damage in {"whole": bytes, **CUTS}.items():
            extract = write_extract(tmp_path / f"{cut}{ending}", tables())
            (extract / "labs.csv").unlink()
            (extract / f"labs{ending}").write_bytes(damage(whole))
    met = _met(tmp_path, [tmp_path / f"{cut}{e}" for e in KINDS for cut in ("whole", *CUTS)])
    for ending, kind in KINDS.items():
        assert met.pop(f"whole{ending}")[2] == "read"
        for cut in CUTS:
            line = met[f"{cut}{ending}"][2]
            rules = (f"is not a whole {kind}", "cannot be read as declared")
            assert line.startswith(f"labs{ending}: "), (cut, line)
            assert any(rule in line for rule in rules), (cut, line)
    assert _is_within_bounds(met), met


def test_a_small_file_of_many_rows_has_many_buckets(tmp_path: Path) -> None:
    path = tmp_path / "labs.parquet"
    with duckdb.connect() as engine:
        engine.execute(
            "COPY (SELECT (range // 30)::VARCHAR AS patient_id, 'pth' AS analyte "
            f"FROM range(20000000)) TO '{path}' (COMPRESSION zstd)"
        )
    assert number_of_buckets([path]) >= 8


def test_bytes_decide_where_rows_are_of_ordinary_size(tmp_path: Path) -> None:
    """Rows count where there are more than one for ``SHORTEST_ROW`` / 8 bytes of Parquet."""
    path = tmp_path / "labs.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT uuid() AS a FROM range(300000)) TO '{path}'")
    size = path.stat().st_size
    assert 8 * size > SHORTEST_ROW * 300_000
    assert number_of_buckets([path] * 8) == 4 and 64 * size > 2 * BYTES_PER_BUCKET


def test_a_file_that_only_says_it_is_parquet_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "labs.parquet"
    path.write_bytes(b"PAR1")
    assert number_of_buckets([path]) == 1
