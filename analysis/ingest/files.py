"""Finds a holder's files in the extract: CSV, gzip CSV, Parquet, or a folder of either; or a file
of a statistical package or a workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from data_schema.declarations import Source, SourceFile
from data_schema.refusal import refusal

FOREIGN = (".dta", ".sav", ".xpt", ".sas7bdat", ".xlsx")
SUFFIXES = (".csv", ".csv.gz", ".parquet", *FOREIGN)


@dataclass(frozen=True)
class Found:
    """A declared file and the physical parts that hold it, in name order; none: no records."""

    declared: SourceFile
    parts: tuple[Path, ...]

    @property
    def is_parquet(self) -> bool:
        """Foreign files are read as the Parquet that holds their text."""
        return bool(self.parts) and self.parts[0].name.lower().endswith((".parquet", *FOREIGN))

    @property
    def is_foreign(self) -> bool:
        return bool(self.parts) and self.parts[0].name.lower().endswith(FOREIGN)


def find_files(extract: Path, source: Source) -> dict[str, Found]:
    """Name -> its parts, for every declared file that is there.

    Raises ``Refusal`` where the folder or a required file is missing, or one name is held twice.
    """
    if not extract.is_dir():
        raise refusal("no such folder", file=extract.name or "EXTRACT")
    found = {}
    for declared in source.files:
        name = declared.file or declared.name
        parts = _yearly_parts(extract, name) if declared.by_year else ()
        parts = parts or _parts(extract, name)
        if parts or (declared.absent == "empty" and not declared.required):
            found[declared.name] = Found(declared, parts)
        elif declared.required:
            raise refusal(
                f"not in the extract, and source {source.name} needs it",
                file=name,
            )
    return found


def _yearly_parts(extract: Path, name: str) -> tuple[Path, ...]:
    """The files of a name with a year, and one without; of one format all of them."""
    year = re.compile(rf"{re.escape(name.lower())}(_?(19|20)\d\d[a-z]?)?")
    parts = [p for p in sorted(extract.iterdir()) if p.is_file() and year.fullmatch(_stem(p))]
    if len({_stem(p) for p in parts}) < len(parts):
        raise refusal("is in the extract more than once", file=name)
    return _of_one_format(parts, name)


def _parts(extract: Path, name: str) -> tuple[Path, ...]:
    matches = [p for p in sorted(extract.iterdir()) if _stem(p) == name.lower()]
    if len(matches) > 1:
        raise refusal("is in the extract more than once", file=name)
    if not matches:
        return ()
    if matches[0].is_file():
        return (matches[0],)
    inner = [p for p in sorted(matches[0].iterdir()) if p.name.lower().endswith(SUFFIXES)]
    if not inner:
        raise refusal("is an empty folder", file=name)
    return _of_one_format(inner, name)


def _of_one_format(parts: list[Path], name: str) -> tuple[Path, ...]:
    if len({_kind(p) for p in parts}) > 1:
        raise refusal("holds files of several formats", file=name)
    return tuple(parts)


def _stem(path: Path) -> str:
    lower = path.name.lower()
    if path.is_dir():
        return lower
    for suffix in SUFFIXES:
        if lower.endswith(suffix):
            return lower.removesuffix(suffix)
    return ""


def _kind(path: Path) -> str:
    return path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
