"""Reads the code lists of this folder: which codes mean what, each with its system and its source.

A code never travels without its system: 48 codes exist in both ICD-9-CM and ICD-10-CM once the
dot is gone (``E8359`` is a disorder of calcium in one and a water transport accident in the other).
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

HERE = Path(__file__).parent / "codelists"
NAMES = ("diagnoses", "procedures", "drugs")

# Groups that together mean one thing. `ptx_at` (autotransplantation) is an addition to an
# operation, never one by itself; `not_ptx` are the look-alikes.
PARATHYROIDECTOMY = ("ptx", "ptx_total", "ptx_other", "ptx_partial", "ptx_lesion")
EXCLUSIONS = ("ex_cancer", "ex_ctd", "ex_hereditary", "ex_sarcoid")

Match = Literal["exact", "prefix", "range", "regex"]
Verified = Literal["use", "code", "no"]


class CodelistError(ValueError):
    """A code list that cannot be read; one line naming file and row."""


class Code(NamedTuple):
    """One row of a list.

    ``match``: ``exact``; ``prefix`` of a code; ``range`` ``low-high`` over the first characters;
    ``regex`` over the whole code. ``verified``: ``use`` = the code and this use of it were seen in
    ``source``, ``code`` = the code and its meaning, ``no`` = unverified. A row that is not
    ``enabled`` is there to be read and never matches.
    """

    system: str
    code: str
    match: Match
    label: str
    group: str
    source: str
    verified: Verified
    enabled: bool

    def length(self, code: str) -> int:
        """How many characters of ``code`` this row accounts for; 0 where it does not match."""
        if self.match == "exact":
            return len(code) if code == self.code else 0
        if self.match == "prefix":
            return len(self.code) if code.startswith(self.code) else 0
        if self.match == "range":
            low, high = self.code.split("-")
            head = code[: len(low)]
            return len(low) if len(head) == len(low) and low <= head <= high else 0
        return len(code) if re.fullmatch(self.code, code) else 0


@cache
def codelist(name: str) -> tuple[Code, ...]:
    """The rows of ``codelists/<name>.csv`` in file order; ``ValueError`` for an unknown name."""
    if name not in NAMES:
        raise ValueError(f"name: not one of {', '.join(NAMES)}")
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_code(name, number, row) for number, row in enumerate(csv.DictReader(file), 2))


def _code(name: str, number: int, row: dict[str, str]) -> Code:
    where = f"{name}.csv: row {number}"
    if set(row) != set(Code._fields) or not all(row.values()):
        raise CodelistError(f"{where}: every one of {', '.join(Code._fields)} must be filled")
    if row["match"] not in get_args(Match):
        raise CodelistError(f"{where}: match: not one of {', '.join(get_args(Match))}")
    if row["verified"] not in get_args(Verified):
        raise CodelistError(f"{where}: verified: not one of {', '.join(get_args(Verified))}")
    if row["enabled"] not in ("yes", "no"):
        raise CodelistError(f"{where}: enabled: not yes or no")
    bounds = row["code"].split("-")
    if row["match"] == "range" and not (len(bounds) == 2 and len(bounds[0]) == len(bounds[1])):
        raise CodelistError(f"{where}: code: a range is low-high, both of one length")
    return Code(**{**row, "enabled": row["enabled"] == "yes"})  # type: ignore[arg-type]


@cache
def _by_system() -> dict[str, tuple[Code, ...]]:
    rows = [row for name in NAMES for row in codelist(name) if row.enabled]
    return {s: tuple(r for r in rows if r.system == s) for s in sorted({r.system for r in rows})}


def canonical_code(text: str) -> str:
    """A code as the lists write it: upper case, no dots, no spaces."""
    return text.upper().replace(".", "").replace(" ", "")


@cache
def codes_matching(system: str, code: str) -> tuple[Code, ...]:
    """The enabled rows that account for most characters of ``code``: the longest match wins.

    Empty where nothing matches or the system has no list. ``ValueError`` where the system is
    missing: without it a code has no meaning.
    """
    if not system.strip():
        raise ValueError("system: a code has no meaning without its system")
    canonical = canonical_code(code)
    rows = _by_system().get(system.strip().lower(), ())
    lengths = [row.length(canonical) for row in rows]
    longest = max(lengths, default=0)
    if longest == 0:
        return ()
    return tuple(row for row, length in zip(rows, lengths, strict=True) if length == longest)


def groups_of(system: str, code: str) -> tuple[str, ...]:
    """The groups of a code, sorted; empty where it is on no list."""
    return tuple(sorted({row.group for row in codes_matching(system, code)}))


def grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """``(system, code, group)`` for each distinct pair that has a group, sorted.

    What SQL joins on: match the distinct codes of an extract here, once, and join on equality.
    """
    return [(s, c, group) for s, c in sorted(set(pairs)) for group in groups_of(s, c)]


@cache
def digest(name: str) -> str:
    """SHA-256 of the list as committed: its version."""
    if name not in NAMES:
        raise ValueError(f"name: not one of {', '.join(NAMES)}")
    return hashlib.sha256((HERE / f"{name}.csv").read_bytes()).hexdigest()
