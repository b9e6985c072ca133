"""Imports run one way: who may import whom, as the design's table has it."""

from __future__ import annotations

import pytest
from source_tree import ROOMS, imports, module_name, python_files, relative

SHARED = {"data_schema", "analysis.study", "analysis.store", "analysis.runner"}

# room -> rooms of ours that it may import (itself always). Publish reads the release policy from
# the study it is handed; it reads no protocol.
MAY_IMPORT = {
    "data_schema": set(),
    "analysis.survival": set(),
    "analysis.survival_page": {"analysis.survival"},  # prints the library's page
    "analysis.study": {"data_schema"},
    "analysis.store": {"data_schema", "analysis.frame_tables"},
    "analysis.frame_tables": set(),  # the store alone imports it
    "analysis.runner": {"data_schema", "analysis.store", "analysis.spark"},
    "analysis.spark": {"data_schema"},
    "analysis.simulate": SHARED,
    "analysis.ingest": SHARED,
    "analysis.cohort": SHARED,
    "analysis.estimates": SHARED | {"analysis.survival"},
    "analysis.disclose": {"data_schema", "analysis.study", "analysis.store"},
    "reports": {"data_schema", "analysis.store"},
    "analysis.publish": {"data_schema", "analysis.store", "analysis.study"},
}

# The entry point puts the stages together with its plan and its progress, set-up imports every
# kernel; nothing imports them.
ENTRY = {
    "analysis",
    "analysis.__main__",
    "analysis.plan",
    "analysis.progress",
    "analysis.upgrade",
    "analysis.warm",
}

FILES = python_files(*ROOMS)


def room_of(module: str) -> str:
    """The room a dotted name is in; empty where it is not of this project."""
    parts = module.split(".")
    if parts[0] == "analysis" and len(parts) > 1:
        return ".".join(parts[:2])
    return parts[0] if parts[0] in ROOMS else ""


def is_entry(module: str) -> bool:
    return module in ENTRY


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_every_file_is_in_a_room_that_the_table_names(path) -> None:
    name = module_name(path)
    assert is_entry(name) or room_of(name) in MAY_IMPORT


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_a_file_imports_only_what_its_room_may(path) -> None:
    name = module_name(path)
    if is_entry(name):
        return
    here = room_of(name)
    found = {room_of(i) for i in imports(path)} - {"", here}
    assert found <= MAY_IMPORT[here], f"{relative(path)} reaches into another room"


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_room_imports_an_entry_point(path) -> None:
    if not is_entry(module_name(path)):
        assert not {room_of(i) for i in imports(path)} & (ENTRY - {"analysis"})


def test_the_rule_sees_a_wrong_import_wherever_it_stands() -> None:
    """The test above is not blind: a real file of each room is read and has imports."""
    stage = next(p for p in FILES if relative(p) == "analysis/study.py")
    assert "data_schema" in {room_of(i) for i in imports(stage)}
    assert room_of("analysis.cohort.risk_intervals.intervals.day") == "analysis.cohort"
    assert room_of("analysis.study.Study") == "analysis.study"
    assert room_of("numpy.random") == ""


def test_the_table_has_no_circle() -> None:
    """Following who may import whom never comes back."""
    reached = {room: set(may) for room, may in MAY_IMPORT.items()}
    for _ in MAY_IMPORT:
        for may in reached.values():
            may |= {far for near in tuple(may) for far in reached[near]}
    assert not [room for room, may in reached.items() if room in may]
