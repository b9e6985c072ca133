"""Cox's model on rows that come in blocks, from a file larger than memory.

Nothing is kept by row between the passes of :mod:`passes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from ..cox_regression.result import CoxResult
from .passes import Block
from .sums import Found, Pass, cox_from_sums

Blocks = Callable[[], Iterable[Block]]


def cox_from_blocks(blocks: Blocks, *, ties: str = "efron") -> CoxResult:
    """Fit ``λ(t | x) = λ(t) exp(xᵀβ)``, reading the rows again for every step of Newton's method.

    ``blocks()`` starts over: it yields ``(X, start, stop, event)``, the same rows in the same
    order each time: X is rows × p (any number of rows a block), ``start`` may be ``None``. Slices
    of a memory-mapped array or row groups of a Parquet file will do; a thread reads the next block
    while one is worked on, so no two blocks running may share memory. Memory: two blocks, a few
    copies of one, p + 1 numbers for each event time.
    The fit is that of :func:`cox_from_sums`, with all that holds there.

    Raises ``ValueError`` naming argument and first offending row, counted over all blocks.
    """

    def total(over: Pass[Found], /) -> Found:
        return over(ahead(blocks))

    return cox_from_sums(total, ties=ties)


def ahead(blocks: Blocks) -> Iterator[Block]:
    """The blocks, the next being read while one is worked on."""
    waiting = iter(blocks())
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(next, waiting, None)
        while (block := coming.result()) is not None:
            coming = reader.submit(next, waiting, None)
            yield block
