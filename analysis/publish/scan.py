"""Scan of every file of a release for identifiers: reports where, never what."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import data_schema
from analysis.publish.patterns import findings
from analysis.publish.refusal import PublishError

# Numbers of a drawing, hashes and embedded fonts are no text.
_NOT_TEXT = (
    re.compile(r"data:(?:font|application|image)/[\w.+-]+;base64,[\w+/=\s]+"),
    re.compile(r"""\b(?:d|points|transform|viewBox|style|id|clip-path)\s*=\s*"[^"<>]*\""""),
    re.compile(r"\bxlink:href\s*=\s*\"#[^\"]*\"|url\(#[^)]*\)"),
    re.compile(r"(?i)\b[0-9a-f]{32,128}\b"),
)
_DATE = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")


class Finding(NamedTuple):
    file: str
    line: int
    rule: str


def scan(folder: Path, names: list[str], protocol_text: str) -> list[Finding]:
    """Everything in the files that looks like an identifier."""
    allowed = frozenset(_DATE.findall(protocol_text)) | declared_dates()
    found: list[Finding] = []
    for name in names:
        try:
            text = (folder / name).read_text("utf-8")
        except UnicodeDecodeError:
            raise PublishError(f"staging/{name}: not text in UTF-8, so not scanned") from None
        found += scan_text(name, text, allowed)
    return found


def scan_text(name: str, text: str, allowed_dates: frozenset[str]) -> list[Finding]:
    """Findings of one text, by line."""
    for pattern in _NOT_TEXT:
        # Line numbers stay true: what is cut out leaves its line breaks.
        text = pattern.sub(lambda match: "\n" * match.group().count("\n"), text)
    return [
        Finding(name, number, rule)
        for number, line in enumerate(text.splitlines(), start=1)
        for rule in findings(line, allowed_dates)
    ]


@cache
def declared_dates() -> frozenset[str]:
    """Dates printed in the project's own declarations: they describe no person."""
    root = Path(data_schema.__file__).parent
    files = sorted(p for p in root.rglob("*") if p.suffix in (".toml", ".csv", ".sql"))
    return frozenset(date for path in files for date in _DATE.findall(path.read_text("utf-8")))
