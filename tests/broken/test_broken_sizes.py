"""What is too large or cut short is refused or rejected within two seconds and half a gigabyte.

The seconds are those of the process's own work, after a sound extract has loaded what is needed;
the peak is that of the whole process with its libraries.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_extract import tables, write_extract, write_protocol

SECONDS, MEGABYTES = 2.0, 512
CHILD = """
import resource, sys, time
from pathlib import Path
from analysis import ingest
from analysis.study import read_study
from data_schema.refusal import Refusal
study = read_study(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
ingest.run(study, Path(sys.argv[4]), Path(sys.argv[5]), threads=1, memory=0.5)
before = resource.getrusage(resource.RUSAGE_SELF)
out = Path(sys.argv[3])
try:
    ingest.run(study, Path(sys.argv[2]), out, threads=1, memory=0.5)
    line = (out / "rejects.csv").read_text().splitlines()[1]
except Refusal as refusal:
    line = str(refusal)
after = resource.getrusage(resource.RUSAGE_SELF)
# not ru_maxrss: a process starts with that of the one that started it
status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
print((after.ru_utime - before.ru_utime), int(status.split()[0]) / 1000, line, sep="|")
"""


def _long_field(folder: Path) -> None:
    """A gigabyte in one cell; the file is sparse, so the cell is of NUL characters."""
    with (folder / "labs.csv").open("ab") as file:
        file.truncate(file.tell() + 1_000_000_000)


def _truncated_parquet(folder: Path) -> None:
    (folder / "labs.csv").unlink()
    (folder / "labs.parquet").write_bytes(b"PAR1" + b"\0" * 1000)


@pytest.mark.parametrize("damage", [_long_field, _truncated_parquet])
def test_refused_within_bounds(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    extract = write_extract(tmp_path / "extract", tables())
    sound = write_extract(tmp_path / "sound", tables())
    damage(extract)
    protocol = write_protocol(tmp_path / "protocols")
    folders = (protocol, extract, tmp_path / "out", sound, tmp_path / "sound_out")
    command = [sys.executable, "-c", CHILD, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-300:]
    seconds, megabytes, line = done.stdout.strip().split("|")
    assert line.startswith("labs")
    assert float(seconds) < SECONDS
    assert float(megabytes) < MEGABYTES
