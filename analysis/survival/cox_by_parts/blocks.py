"""Cox's model on rows that come in blocks, from a file larger than memory.

Nothing is kept by row between the passes of :mod:`cox_passes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..cox_regression.result import CoxResult
from .passes import Block
from .streaming import ahead
from .sums import Found, Look, cox_from_sums

Blocks = Callable[[], Iterable[Block]]


def cox_from_blocks(blocks: Blocks, *, ties: str = "efron") -> CoxResult:
    """Fit ``λ(t | x) = λ(t) exp(xᵀβ)``, reading the rows again for every step of Newton's method.

    ``blocks()`` starts over: it yields ``(X, start, stop, event)``, the same rows in the same
    order each time: X is rows × p (any number of rows a block), ``start`` may be ``None``. Slices
    of a memory-mapped array or row groups of a Parquet file will do; a thread reads the next block
    while one is worked on, so no two blocks running may share memory. Memory: two blocks (a few
    copies of one where event times are many), p + 1 numbers for each event time and level.
    The fit is that of :func:`cox_from_sums`, with all that holds there.

    Raises ``ValueError`` naming argument and first offending row, counted over all blocks.
    """

    def total(look: Look[Found], /) -> Found:
        return look(ahead(blocks))

    return cox_from_sums(total, ties=ties)
