"""Put a release in place: a reader finds the old one or the new one, whole.

The new folder is written beside the old one, synced, and exchanged with it in one system call
(``renameat2`` with ``RENAME_EXCHANGE`` on Linux, ``renamex_np`` with ``RENAME_SWAP`` on macOS).
Where the file system has no exchange, two renames are used, and the old folder is put back on the
next run if the machine stopped between them.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from analysis.store import private_folder

_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS have the same value
_AT_FDCWD = -100


def staged_folder(release: Path) -> Path:
    return release.with_name(f".{release.name}.next")


def previous_folder(release: Path) -> Path:
    return release.with_name(f".{release.name}.previous")


def recover(release: Path) -> None:
    """Undo what a run that was stopped left beside the release."""
    previous = previous_folder(release)
    if previous.exists() and not release.exists():
        previous.rename(release)
    for leftover in (previous, staged_folder(release)):
        if leftover.exists():
            shutil.rmtree(leftover)


def copy_whole(source: Path, names: list[str], target: Path) -> None:
    """Copy the named files into a new folder; every byte is on disk when this returns."""
    private_folder(target)
    for name in names:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        with (source / name).open("rb") as original, place.open("xb") as copy:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
    sync_folders(target)


def sync_folders(root: Path) -> None:
    for folder in (*sorted(p for p in root.rglob("*") if p.is_dir()), root):
        _sync(folder)


def put_in_place(release: Path) -> None:
    """Exchange the staged folder with the release, then drop the old one."""
    staged, previous = staged_folder(release), previous_folder(release)
    if not release.exists():
        staged.rename(release)
        _sync(release.parent)
        return
    if _exchange(staged, release):
        _sync(release.parent)
        shutil.rmtree(staged)
        return
    release.rename(previous)
    try:
        staged.rename(release)
    except BaseException:
        previous.rename(release)
        raise
    _sync(release.parent)
    shutil.rmtree(previous)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; false where the system cannot."""
    call = _exchange_call()
    return call is not None and call(os.fsencode(one), os.fsencode(other)) == 0


def _exchange_call() -> Callable[[bytes, bytes], int] | None:
    library = ctypes.CDLL(None, use_errno=True)
    if sys.platform == "linux" and hasattr(library, "renameat2"):
        return lambda a, b: library.renameat2(_AT_FDCWD, a, _AT_FDCWD, b, _EXCHANGE)
    if sys.platform == "darwin" and hasattr(library, "renamex_np"):
        return lambda a, b: library.renamex_np(a, b, _EXCHANGE)
    return None


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
