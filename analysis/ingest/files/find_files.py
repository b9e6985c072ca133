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
HIDDEN = (".", "_")  # how names begin that a system or a writer of parts keeps for itself
PATTERN = re.compile(r"[*?[]")  # in a path, these stand for other files to an engine


@dataclass(frozen=True)
class FoundFile:
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


def find_files(extract: Path, source: Source) -> dict[str, FoundFile]:
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
        for part in parts:
            _refuse_unsafe(extract, part)
        if parts or (declared.absent == "empty" and not declared.required):
            found[declared.name] = FoundFile(declared, parts)
        elif declared.required:
            raise refusal(
                f"not in the extract, and source {source.name} needs it",
                file=name,
            )
    return found


def passed_over(extract: Path, source: Source) -> list[str]:
    """What a person should know of an extract's files: which are not read, which are not there."""
    found = find_files(extract, source)
    parts = {part for file in found.values() for part in file.parts}
    known = parts | {part.parent for part in parts}
    there = {name for name, file in found.items() if file.parts}
    names = {
        "not read": [path.name for path in _entries(extract) if path not in known],
        "not in the extract": [f.file or f.name for f in source.files if f.name not in there],
    }
    return [f"{what}: {', '.join(files)}" for what, files in names.items() if files]


def _yearly_parts(extract: Path, name: str) -> tuple[Path, ...]:
    """The files of a name with a year, and one without; of one format all of them."""
    year = re.compile(rf"{re.escape(name.lower())}(_?(19|20)\d\d[a-z]?)?")
    found = [p for p in _entries(extract) if year.fullmatch(_stem(p))]
    parts = [p for p in found if not p.is_dir()]
    for path in found:
        if path.is_dir() and (parts or _stem(path) != name.lower()):
            problem = (
                f"is a folder: put the files of {name} side by side, or all in a folder {name}"
            )
            raise refusal(problem, file=path.name)
    if len({_stem(p) for p in parts}) < len(parts):
        raise refusal("is in the extract more than once", file=name)
    return _of_one_format(parts, name)


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, in name order, but what a system keeps there for itself."""
    return [p for p in sorted(folder.iterdir()) if not p.name.startswith(HIDDEN)]


def _parts(extract: Path, name: str) -> tuple[Path, ...]:
    matches = [p for p in _entries(extract) if _stem(p) == name.lower()]
    if len(matches) > 1:
        raise refusal("is in the extract more than once", file=name)
    if not matches:
        return ()
    if not matches[0].is_dir():
        return (matches[0],)
    inner = _entries(matches[0])
    if not inner:
        raise refusal("is an empty folder", file=name)
    for path in inner:
        if path.is_dir():
            raise refusal(f"holds a folder, {path.name}: put its files side by side", file=name)
        if not path.name.lower().endswith(SUFFIXES):
            raise refusal(f"stands among the files of {name} and is none of them", file=path.name)
    return _of_one_format(inner, name)


def _refuse_unsafe(extract: Path, part: Path) -> None:
    """A part must be a file within the extract, under a name that stands for itself alone."""
    if not part.resolve().is_relative_to(extract.resolve()):
        raise refusal("is a link that leaves the extract", file=part.name)
    if not part.is_file():
        raise refusal("is neither a file nor a folder", file=part.name)
    if PATTERN.search(str(part)):
        problem = "* ? or [ is in its path, which may stand for other files: rename it"
        raise refusal(problem, file=part.name)
    if part.suffix != ".gz" and part.suffix.lower() == ".gz":
        raise refusal("the end of its name must be .gz in small letters", file=part.name)


def _of_one_format(parts: list[Path], name: str) -> tuple[Path, ...]:
    if len({_kind(p) for p in parts}) > 1:
        raise refusal("holds files of several formats", file=name)
    return tuple(parts)


def _stem(path: Path) -> str:
    """The table's name; a folder may have it with the ending of its parts (``labs.parquet/``)."""
    lower = path.name.lower()
    for suffix in SUFFIXES:
        if lower.endswith(suffix):
            return lower.removesuffix(suffix)
    return lower if path.is_dir() else ""


def _kind(path: Path) -> str:
    return path.name.lower().removesuffix(".gz").rsplit(".", 1)[-1]
