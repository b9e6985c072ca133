"""A SAS transport file with numbers of fewer than 8 bytes, which no package for Python writes.

The form is public: SAS Technical Support, TS-140. A number is of IBM's form: sign, a power of 16
in excess of 64, and a fraction below one; a shorter one is cut at its end.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

BLOCK = 80


class Variable(NamedTuple):
    """A column: its numbers or texts, the bytes of each, and for numbers a format."""

    name: str
    cells: Sequence[int | str]
    width: int
    format: str = ""


def transport_file(variables: Sequence[Variable]) -> bytes:
    """The whole file; every variable has as many cells."""
    return b"".join(
        [
            _header("LIBRARY", "0" * 30),
            _padded(b"SAS     SAS     SASLIB  9.4     X64_10PR"),
            _padded(b"01JAN20:00:00:00"),
            _header("MEMBER ", "000000000000000001600000000140"),
            _header("DSCRPTR", "0" * 30),
            _padded(b"SAS     LABS    SASDATA 9.4     X64_10PR"),
            _padded(b"01JAN20:00:00:00"),
            _header("NAMESTR", f"000000{len(variables):04d}" + "0" * 20),
            _padded(b"".join(_described(variables))),
            _header("OBS    ", "0" * 30),
            _padded(b"".join(_rows(variables))),
        ]
    )


def _header(what: str, numbers: str) -> bytes:
    return _padded(f"HEADER RECORD*******{what} HEADER RECORD!!!!!!!{numbers}".encode())


def _padded(content: bytes) -> bytes:
    return content.ljust(-(-len(content) // BLOCK) * BLOCK)


def _described(variables: Sequence[Variable]) -> list[bytes]:
    lines, at = [], 0
    for number, one in enumerate(variables, start=1):
        kind = 2 if isinstance(one.cells[0], str) else 1
        name, form = one.name.encode().ljust(8), one.format.encode().ljust(8)
        head = struct.pack(">hhhh8s40s", kind, 0, one.width, number, name, b" " * 40)
        shown = struct.pack(">8shhh2s8shhi", form, 0, 0, 0, b"", b" " * 8, 0, 0, at)
        lines.append((head + shown).ljust(140, b"\0"))
        at += one.width
    return lines


def _rows(variables: Sequence[Variable]) -> list[bytes]:
    columns = [[_cell(cell, one.width) for cell in one.cells] for one in variables]
    return [b"".join(cells) for cells in zip(*columns, strict=True)]


def _cell(value: int | str, width: int) -> bytes:
    if isinstance(value, str):
        return value.encode().ljust(width)
    digits = len(f"{value:x}") if value else 0  # hexadecimal, before the point
    whole = bytes([64 + digits]) + (value << 4 * (14 - digits)).to_bytes(7, "big")
    return (whole if value else bytes(8))[:width]
