"""The stages on a Spark cluster of two executors: the same bytes as processes on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kernels_of_test import sums

from analysis import simulate, store
from analysis.study import PROTOCOLS, read_study

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPARK = ROOT / ".venv" / "spark"
MASTER = "local-cluster[2,1,1024]"

pytestmark = pytest.mark.needs_spark


def program(name: str, *words: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join(map(str, (ROOT, SPARK)))
    return subprocess.run(
        [sys.executable, str(HERE / name), *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=500,
    )


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spark")
    study = read_study(PROTOCOLS / "simulated.toml")
    simulate.run(study, 200, 7, folder / "extract", folder / "truth")
    _in_small_blocks(folder / "extract" / "labs.csv")
    return folder / "extract"


def _in_small_blocks(csv: Path) -> None:
    """As Parquet, in blocks so small that chunks are whole ones."""
    text = pd.read_csv(csv, dtype="string", keep_default_na=False)
    table = pa.Table.from_pandas(text, preserve_index=False)
    pq.write_table(table, csv.with_suffix(".parquet"), row_group_size=500)
    csv.unlink()


def test_the_same_bytes_from_every_stage(extract: Path, tmp_path: Path) -> None:
    for name, master in (("here", ""), ("cluster", MASTER)):
        done = program("through_stages.py", str(extract), str(tmp_path / name), master)
        assert done.returncode == 0, done.stderr
    for stage in ("ingest", "cohort", "estimates"):
        here, there = (
            store.read_json(tmp_path / name / stage / store.MANIFEST)["files"]
            for name in ("here", "cluster")
        )
        assert len(here) > 2
        assert here == there, stage


def test_a_refusal_of_the_first_pass_leaves_nothing(extract: Path, tmp_path: Path) -> None:
    shutil.copytree(extract, tmp_path / "extract")
    (tmp_path / "extract" / "patients.csv").write_text("patient_id\n")
    done = program("through_stages.py", str(tmp_path / "extract"), str(tmp_path / "out"), MASTER)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("patients.csv, row 1: ")  # after Spark's own
    assert not list((tmp_path / "out" / "ingest").iterdir())


def test_what_a_kernel_does_on_a_cluster() -> None:
    done = program("kernels_of_test.py", MASTER)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["squares"] == [number**2 for number in range(100)]
    assert [tuple(one) for one in said["sums"]] == sums(1, "")
    assert said["executors"] == 2
    assert said["folders"] == [str(ROOT)]
    assert said["umasks"] == [0o077]
    assert said["refuse"] == "labs.csv, row 3: too few cells"
    assert said["fail"] == "the cluster could not finish its tasks (KeyError)"
    assert said["die"] == "the cluster could not finish its tasks (a worker was lost)"
    assert "what a cell held" not in done.stdout + done.stderr
