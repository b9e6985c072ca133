"""A protocol of an earlier version is named, and rewritten with its comments."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analysis.study import PROTOCOLS, ProtocolError, read_study
from analysis.upgrade import upgrade, upgraded
from data_schema.protocol_versions import CHANGES, VERSION

ROOT = Path(__file__).parents[2]
EARLIER = """# Our study. Written in spring.

extends = "ladder_b" # noisy values
name = "ours"

[prevalence] # what we count
# the primary first
readings = [
  "point/dialysis", # on a day
  "ever_living/dialysis",
]
washout_days = 30

[release]
min_count = 20   # our holder's

[simulation]
ladder = "C"
"""
LATER = (
    EARLIER.replace('extends = "ladder_b"', 'protocol_version = 2\nextends = "scenario_b"')
    .replace("readings =", "definitions =")
    .replace("ladder =", "scenario =")
)


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours.toml"
    path.write_text(EARLIER, "utf-8")
    return path


def test_an_earlier_version_is_refused_with_the_way_out(ours: Path) -> None:
    with pytest.raises(ProtocolError, match=r"ours.toml: protocol_version: .*make upgrade"):
        read_study(ours)


@pytest.mark.parametrize("version", ["3", '"2"', "0"])
def test_a_version_that_there_is_not(ours: Path, version: str) -> None:
    ours.write_text(f"protocol_version = {version}\n{LATER.replace('protocol_version = 2', '')}")
    with pytest.raises(ProtocolError, match="protocol_version"):
        read_study(ours)
    with pytest.raises(ProtocolError, match="protocol_version"):
        upgrade(ours)


def test_comments_order_and_layout_stay(ours: Path) -> None:
    told = upgrade(ours)
    assert ours.read_text("utf-8") == LATER
    assert (ours.parent / "ours.toml.old").read_text("utf-8") == EARLIER
    assert told[1:] == [
        "prevalence.readings is now called definitions; no number moves",
        "simulation.ladder is now called scenario; no number moves",
        "extends: ladder_b is now scenario_b; no number moves",
    ]
    study = read_study(ours)
    assert study.prevalence.definitions == ("point/dialysis", "ever_living/dialysis")
    assert study.simulation is not None
    assert study.simulation.scenario == "C"
    assert upgrade(ours) == ["ours.toml: is of version 2 already; nothing was changed"]
    assert ours.read_text("utf-8") == LATER


@pytest.mark.parametrize(
    "written",
    [
        'prevalence = { readings = ["point/krt"], washout_days = 3 } # inline\n',
        'prevalence.readings = ["point/krt"]\nprevalence.washout_days = 3\n',
        '[prevalence]\nreadings = ["point/krt"]\nwashout_days = 3\n'
        '[release]\nmin_count = 12\n[[prevalence.breaks]]\ndate = 2015-10-01\nlabel = "x"\n',
    ],
    ids=["inline", "dotted", "in pieces"],
)
def test_however_a_part_is_written(written: str) -> None:
    before, after = tomllib.loads(written), tomllib.loads(upgraded(written)[0])
    assert after.pop("protocol_version") == VERSION
    assert after["prevalence"].pop("definitions") == before["prevalence"].pop("readings")
    assert after == before


def test_what_is_no_protocol_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("name = [[")
    for name, says in (("x.toml", "not valid TOML"), ("y.toml", "no such protocol")):
        done = subprocess.run(
            [sys.executable, "-m", "analysis.upgrade", str(tmp_path / name)],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode != 0
        assert done.stderr == f"upgrade: {name}: {says}\n"


def test_the_changes_are_of_versions_that_there_are() -> None:
    assert {change.version for change in CHANGES} == set(range(2, VERSION + 1))


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_protocols_are_of_this_version(path: Path) -> None:
    text = path.read_text("utf-8")
    assert upgraded(text) == (text, [])


def test_a_shipped_protocol_is_found_from_any_folder(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('protocol_version = 2\nextends = "registry"\nname = "mine"\n')
    registry = read_study(PROTOCOLS / "registry.toml")
    assert read_study(path) == registry.model_copy(update={"name": "mine"})


def test_a_protocol_of_the_folder_goes_before_a_shipped_one(tmp_path: Path) -> None:
    """And one may have the name of the shipped one that it extends."""
    (tmp_path / "registry.toml").write_text(
        'protocol_version = 2\nextends = "registry"\ntitle = "Ours"\n'
    )
    path = tmp_path / "mine.toml"
    path.write_text('protocol_version = 2\nextends = "registry"\nname = "mine"\n')
    study = read_study(path)
    assert (study.name, study.title) == ("mine", "Ours")
