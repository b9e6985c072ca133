"""Versions of the protocol: what each changed in a study's file, and which numbers that moves.

A file without ``protocol_version`` is of version 1. A change of what a key is called, of what it
may say or of its default is a new version and a line here; ``make upgrade`` applies the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

VERSION: Final = 2


@dataclass(frozen=True)
class Change:
    """A key that is called otherwise, or of which values are, since a version."""

    version: int
    """The first version that has it"""
    key: str
    """The key as it was, with its part: ``prevalence.readings``"""
    becomes: str = ""
    """What it is called now, in the same part; empty: as before"""
    values: Mapping[str, str] = field(default_factory=dict)
    """Values as they were -> as they are"""
    moves: str = ""
    """Which numbers of a report move by it; empty: none"""


CHANGES = (
    Change(2, "prevalence.readings", becomes="definitions"),
    Change(2, "simulation.ladder", becomes="scenario"),
    Change(2, "extends", values={f"ladder_{one}": f"scenario_{one}" for one in "abc"}),
)
