"""Passes over blocks of rows of a Cox model, with a running total for every event time at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import numpy as np

from analysis.survival import risk_sets as at_risk
from analysis.survival import row_kernels, running_sum_kernels, stream_kernels
from analysis.survival.arguments import Floats, Ints
from analysis.survival.cox_likelihood import padded_row
from analysis.survival.lanes import folded

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


def column_size(X: Floats) -> Floats:
    """Greatest ``|x|`` of each column."""
    edges = at_risk.even(len(X))

    def lane(which: int) -> Floats:
        out = np.zeros(X.shape[1])
        stream_kernels.greatest(X, edges[which], edges[which + 1], out)
        return out

    return np.max(at_risk.in_lanes(len(edges) - 1, lane), axis=0)


def table_cells(n_times: int, p: int) -> int:
    """Numbers in the table of what enters and leaves."""
    return 2 * (n_times + 1) * row_kernels.width(p)


def streamed_sums(rows: Ranked, seen: Seen, beta: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Sums of padded rows over risk sets and over tied events, and of x over all events.

    ``None`` where a risk set is too small for a running total.
    """
    n, p, b = len(seen.times), len(beta), padded_row(beta)
    cells = [np.zeros((n + 1, 2, len(b))) for _ in range(LANES)]
    tied = [np.zeros((n, len(b))) for _ in range(LANES)]
    of_events = [np.zeros((1, len(b))) for _ in range(LANES)]
    for X, ends, event in rows:
        edges = _halves(len(X))

        def lane(which: int, X=X, ends=ends, event=event, edges=edges) -> None:
            part, mine = (edges[which], edges[which + 1]), (cells, tied, of_events)
            stream_kernels.sums(
                X, ends, event, seen.centre, b, *part, *(table[which] for table in mine)
            )

        at_risk.in_lanes(LANES, lane)
    for more in cells[1:]:
        stream_kernels.join(cells[0], more)
    total = np.empty((n, len(b)))
    row_kernels.run(cells[0], 0, n, total)
    if not at_risk.large_enough(total):
        return None
    return total, folded(tied), folded(of_events)[0, 1 : p + 1]


def streamed_products(rows: Ranked, seen: Seen, at: Point) -> Floats:
    """``Σ r A x xᵀ``, A the cumulative hazard that a row was exposed to: p × p."""
    b, tied = padded_row(at.beta), np.ascontiguousarray(at.by_time[:, 1:])
    cells = np.empty((len(seen.times) + 1, 2, 1))
    running_sum_kernels.running_ranges(np.ascontiguousarray(at.by_time[:, :1]), cells)
    out = [np.zeros((len(b), len(b))) for _ in range(LANES)]
    for X, ends, event in rows:
        edges = _halves(len(X))

        def lane(which: int, X=X, ends=ends, event=event, edges=edges) -> None:
            stream_kernels.products(
                X, ends, event, seen.centre, b, cells, tied, *edges[which : which + 2], out[which]
            )

        at_risk.in_lanes(LANES, lane)
    p = len(at.beta)
    return at_risk.symmetric(np.tril(folded(out)[1 : p + 1, 1 : p + 1]))


def _halves(n: int) -> Ints:
    return np.arange(LANES + 1) * n // LANES
