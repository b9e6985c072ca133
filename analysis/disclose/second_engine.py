"""Nothing leaves while two engines disagree on a primary curve."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.disclose.policy import DisclosureError
from data_schema.results import SECOND_ENGINE_GATES, SECOND_ENGINE_TOLERANCE, Estimate


def refuse_disagreement(rows: Sequence[Estimate]) -> None:
    """``DisclosureError`` naming the curve whose largest difference is beyond the tolerance.

    A curve that the second engine could not make has no difference and stops nothing.
    """
    for row in rows:
        gates = row.measure == "second_engine" and row.level == SECOND_ENGINE_GATES
        if gates and row.estimate is not None and not row.estimate <= SECOND_ENGINE_TOLERANCE:
            curve = " ".join(part for part in (row.term, row.outcome, row.strata) if part)
            raise DisclosureError(
                f"{curve}: the second engine differs by {row.estimate:.1e}, more than "
                f"{SECOND_ENGINE_TOLERANCE:g}, so nothing is released"
            )
