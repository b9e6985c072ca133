"""Passes over blocks of rows of a Cox model, with a running total for every event time at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from ..arguments import Floats, Ints
from ..cox_regression.likelihood import padded_row
from ..numerics.chunks import folded
from ..risk_set_sums import risk_sets as at_risk
from ..risk_set_sums import row_kernels, running_sum_kernels
from . import stream_kernels

LARGEST_TABLES = 4_000_000  # cells of a lane: 32 MB
LANES = 2  # each with tables of its own
Block = TypeVar("Block")
Ranked = Iterable[tuple[Floats, Ints, Ints]]


class Seen(Protocol):
    """What is known of all rows: event times and means of x over the events."""

    @property
    def times(self) -> Floats: ...
    @property
    def centre(self) -> Floats: ...


class Point(Protocol):
    """Where the information is asked for."""

    @property
    def beta(self) -> Floats: ...
    @property
    def by_time(self) -> Floats: ...


def ahead(blocks: Callable[[], Iterable[Block]]) -> Iterator[Block]:
    """The blocks, the next being read while one is worked on."""
    waiting, nothing = iter(blocks()), object()
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, waiting, nothing)
        while (block := coming.result()) is not nothing:
            coming = reader.submit(next, waiting, nothing)
            yield block  # type: ignore[misc]


def table_cells(n_times: int, p: int) -> int:
    """Numbers in the table of what enters and leaves."""
    return 2 * (n_times + 1) * row_kernels.width(p)


@dataclass(frozen=True)
class Entered:
    """Tables of ``n`` rows by event time (K): what enters and has left, and the tied events.

    ``cells`` are in two doubles, (K + 1) × 2 × width; ``tied`` is K × width, ``of_events`` Σ x
    over all events (p). Those of other rows are added as if they were all one table.
    """

    n: int
    cells: Floats
    tied: Floats
    of_events: Floats

    def __add__(self, more: Entered) -> Entered:
        cells = self.cells.copy()
        stream_kernels.join(cells, more.cells)
        events = self.of_events + more.of_events
        return Entered(self.n + more.n, cells, self.tied + more.tied, events)

    def risk_sums(self, n: int) -> tuple[Floats, Floats, Floats] | None:
        """Sums of padded rows over risk sets and over tied events, and of all events' x.

        ``None`` where a risk set is too small for a running total. Raises ``ValueError`` unless
        the rows are as many as the ``n`` of the survey.
        """
        if self.n != n:
            raise ValueError(f"blocks gave {self.n} rows, {n} before")
        total = np.empty(self.tied.shape)
        row_kernels.run(self.cells, 0, len(total), total)
        if not at_risk.large_enough(total):
            return None
        return total, self.tied, self.of_events


def entered(rows: Ranked, seen: Seen, beta: Floats) -> Entered:
    """Scores at ``beta`` times padded rows, added where rows enter and taken where they leave."""
    n, n_rows, b = len(seen.times), 0, padded_row(beta)
    cells = [np.zeros((n + 1, 2, len(b))) for _ in range(LANES)]
    tied = [np.zeros((n, len(b))) for _ in range(LANES)]
    of_events = [np.zeros((1, len(b))) for _ in range(LANES)]
    for X, ends, event in rows:
        edges, n_rows = _halves(len(X)), n_rows + len(X)

        def lane(which: int, X=X, ends=ends, event=event, edges=edges) -> None:
            part, mine = (edges[which], edges[which + 1]), (cells, tied, of_events)
            stream_kernels.sums(
                X, ends, event, seen.centre, b, *part, *(table[which] for table in mine)
            )

        at_risk.in_lanes(LANES, lane)
    for more in cells[1:]:
        stream_kernels.join(cells[0], more)
    return Entered(n_rows, cells[0], folded(tied), folded(of_events)[0, 1 : len(beta) + 1])


def streamed_products(rows: Ranked, seen: Seen, at: Point) -> Floats:
    """``Σ r A x xᵀ``, A the cumulative hazard that a row was exposed to: p × p."""
    b, tied = padded_row(at.beta), np.ascontiguousarray(at.by_time[:, 1:])
    cells = np.empty((len(seen.times) + 1, 2, 1))
    running_sum_kernels.running_ranges(np.ascontiguousarray(at.by_time[:, :1]), cells)
    out = [np.zeros((len(b), len(b))) for _ in range(LANES)]
    for X, ends, event in rows:
        edges = _halves(len(X))

        def lane(which: int, X=X, ends=ends, event=event, edges=edges) -> None:
            part = (edges[which], edges[which + 1])
            stream_kernels.products(X, ends, event, seen.centre, b, cells, tied, *part, out[which])

        at_risk.in_lanes(LANES, lane)
    p = len(at.beta)
    return at_risk.symmetric(np.tril(folded(out)[1 : p + 1, 1 : p + 1]))


def _halves(n: int) -> Ints:
    return np.arange(LANES + 1) * n // LANES
