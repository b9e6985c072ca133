"""Rewrites a protocol of an earlier version: ``make upgrade PROTOCOL=file``.

Comments, order and layout stay. Each change is said with the numbers that it moves; the file as it
was lies beside the new one, with ``.old`` after its name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import ParseError
from tomlkit.items import InlineTable, Table

from analysis import store
from analysis.study import ProtocolError, read_study
from data_schema.protocol_versions import CHANGES, VERSION, Change
from data_schema.refusal import Refusal


def upgraded(text: str) -> tuple[str, list[str]]:
    """The protocol's text in the present version, and a sentence for each change.

    Raises ``ParseError`` where the text is not TOML, ``ValueError`` where its version is unknown.

    Example
    -------
    >>> upgraded('[simulation]\\nladder = "B" # noisy\\n')[0]
    'protocol_version = 2\\n[simulation]\\nscenario = "B" # noisy\\n'
    """
    document = tomlkit.parse(text)
    version = document.get("protocol_version", 1)
    if version not in range(1, VERSION + 1):
        raise ValueError(f"protocol_version: is none of 1 to {VERSION}")
    later = (change for change in CHANGES if change.version > version)
    told = [said for change in later for said in _apply(document, change)]
    if "protocol_version" in document:
        document["protocol_version"] = VERSION
        return tomlkit.dumps(document), told
    return _with_version(tomlkit.dumps(document)), told


def _apply(document: Container, change: Change) -> Iterator[str]:
    *parts, name = change.key.split(".")
    moves = change.moves or "no number moves"
    for holder in list(_holders(document, parts)):
        if name not in holder:
            continue
        old = holder.item(name)
        if now := change.values.get(str(old.unwrap())):
            yield f"{change.key}: {old.unwrap()} is now {now}; {moves}"
            holder[name] = now
        if change.becomes:
            holder._replace(name, change.becomes, tomlkit.item(old))
            yield f"{change.key} is now called {change.becomes}; {moves}"


def _holders(container: Container, parts: list[str]) -> Iterator[Container]:
    """The places where a part's keys stand: a table may be written in several pieces."""
    if not parts:
        yield container
        return
    for key, item in container.body:
        if key is not None and key.key == parts[0] and isinstance(item, Table | InlineTable):
            yield from _holders(item.value, parts[1:])


def _with_version(text: str) -> str:
    """The version stands before the first key, after the comment that begins the file."""
    lines = text.splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if line.strip() and line[0] != "#"), len(lines))
    return "".join([*lines[:first], f"protocol_version = {VERSION}\n", *lines[first:]])


def upgrade(path: Path) -> list[str]:
    """Rewrite a protocol in place; sentences for whoever asked.

    Raises ``Refusal`` where it is not a protocol of a version that is known.
    """
    try:
        before = path.read_text("utf-8")
        after, told = upgraded(before)
    except FileNotFoundError:
        raise ProtocolError(f"{path.name}: no such protocol") from None
    except (ParseError, UnicodeDecodeError):
        raise ProtocolError(f"{path.name}: not valid TOML") from None
    except ValueError as error:
        raise ProtocolError(f"{path.name}: {error}") from None
    if after == before:
        return [f"{path.name}: is of version {VERSION} already; nothing was changed"]
    store.write_text(path.with_name(f"{path.name}.old"), before)
    store.write_text(path, after)
    told = [f"{path.name}: is of version {VERSION}; as it was: {path.name}.old", *told]
    try:
        read_study(path)
    except ProtocolError as error:
        told.append(f"it does not run yet: {error}")
    return told


if __name__ == "__main__":
    try:
        print(*upgrade(Path(sys.argv[1])), sep="\n")
    except Refusal as refused:
        sys.exit(f"upgrade: {refused}")
