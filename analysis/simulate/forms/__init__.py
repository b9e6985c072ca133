"""The simulated registry as a holder's own files.

A form is one module here: ``write(tables, extract)`` turns native tables (text cells, as in the
native files) into the files that ``data_schema/sources/<form>`` reads, and ``person_id`` and
``centre_id`` say, one to one and order kept, what an id is called there. What a form cannot carry
its ``source.toml`` declares as ``losses``; :func:`coarsen` takes that from native tables.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import pandas as pd

from analysis import store
from analysis.simulate.forms.losses import coarsen
from data_schema.declarations import TABLE_NAMES, Loss, table

Tables = dict[str, pd.DataFrame]

HERE = Path(__file__).parent


class Form(Protocol):
    """What a module of this folder offers."""

    def write(self, tables: Tables, extract: Path) -> None: ...

    def person_id(self, ids: pd.Series) -> pd.Series: ...

    def centre_id(self, ids: pd.Series) -> pd.Series: ...


def form_names() -> tuple[str, ...]:
    """The forms that can be written, besides the native one."""
    modules = [path.stem for path in HERE.glob("*.py")]
    packages = [path.parent.name for path in HERE.glob("*/__init__.py")]
    return tuple(sorted({*modules, *packages} - {"__init__", "losses"}))


def form(name: str) -> Form:
    """The module of a form; ``ValueError`` where there is none."""
    if name not in form_names():
        raise ValueError(f"form: not one of native, {', '.join(form_names())}")
    return cast(Form, import_module(f"analysis.simulate.forms.{name}"))


def read_native(extract: Path) -> Tables:
    """Every table of a native extract as text; an empty cell is an empty text."""
    return {
        name: pd.read_csv(extract / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in TABLE_NAMES
        if (extract / f"{name}.csv").exists()
    }


def write_file(path: Path, frame: pd.DataFrame) -> None:
    """One file of an extract: comma separated, quoted where needed, one record a line."""
    store.write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def write_native(tables: Tables, extract: Path) -> None:
    """The inverse of :func:`read_native`."""
    store.empty_folder(extract)
    for name, frame in tables.items():
        write_file(extract / f"{name}.csv", frame)


def write_form(name: str, native: Path, extract: Path) -> None:
    """The extract ``native`` in the form ``name``, with a manifest of its files."""
    store.empty_folder(extract)
    form(name).write(read_native(native), extract)
    store.write_manifest(extract)


def as_the_form_has_it(name: str, tables: Tables, losses: tuple[Loss, ...]) -> Tables:
    """Native tables less what the form cannot carry, people and centres called as it calls them."""
    chosen = form(name)
    coarse = coarsen(tables, losses)
    renamed = {}
    for title, frame in coarse.items():
        ids = {"patient_id": chosen.person_id, "centre_id": chosen.centre_id}
        new = {
            column: rename(frame[column])
            for column, rename in ids.items()
            if column in frame and column in table(title).column_names
        }
        renamed[title] = frame.assign(**new)
    return renamed
