"""Which rows a page shows: those whose number was put in words or drawn while it was made.

What writes a number (``reports.wording.numbers``, the cells of tables, drawings) says of which row
it is. A row that was only looked at, to choose or to compare, is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from data_schema.results import Estimate

_IDS: ContextVar[set[str] | None] = ContextVar("ids of the rows shown", default=None)


@contextmanager
def recorded() -> Iterator[set[str]]:
    """The ids of the rows shown within the block, as they are; a block around it sees them too."""
    ids: set[str] = set()
    around = _IDS.get()
    before = _IDS.set(ids)
    try:
        yield ids
    finally:
        _IDS.reset(before)
        if around is not None:
            around.update(ids)


def show(*rows: Estimate | None) -> None:
    """These rows are shown; outside of ``recorded`` nobody asks."""
    ids = _IDS.get()
    if ids is not None:
        ids.update(row.id for row in rows if row is not None)
