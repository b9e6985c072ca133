"""Counts of corrected calcium by origin: computed here, not computable, or sent by a source.

The values themselves are made in ``laboratory``; a protocol takes those computed or those sent.
"""

from __future__ import annotations

from collections import Counter

from analysis.cohort.bucket import Bucket
from analysis.cohort.laboratory.known_values import CORRECTION_PIVOT, CORRECTION_SLOPE, Series
from analysis.cohort.laboratory.lab_table import lab_table
from analysis.study import Exposures
from data_schema.results import Estimate

NAME = "calcium_corrected"
FORMULA = (
    f"total calcium + {CORRECTION_SLOPE:g} × ({CORRECTION_PIVOT:g} − albumin), "
    "mmol/L with albumin in g/L (Payne, 1973)"
)


def correction_counts(
    bucket: Bucket, exposures: Exposures, series: dict[str, Series]
) -> Counter[str]:
    """Values of the bucket: ``computed``, ``without_albumin`` and ``as_sent``.

    ``series``: the laboratory series of the bucket. Values after a session are left out.
    """
    labs = lab_table(bucket)
    if labs is None or NAME not in exposures.labs:
        return Counter()
    total, sent = (len(labs.rows_of(name)) for name in ("calcium", NAME))
    if exposures.calcium == "as_sent":
        return Counter(as_sent=sent)
    computed = len(series[NAME].value)
    return Counter(computed=computed, without_albumin=total - computed, as_sent=sent)


def correction_rows(counts: Counter[str], exposures: Exposures) -> list[Estimate]:
    """A row for each kind of value there is, the formula in its sentence."""
    return [
        Estimate(
            "quality",
            "corrected_calcium",
            term=NAME,
            level=level,
            estimate=float(counts[level]),
            numerator=float(counts[level]),
            unit="records",
            reason=sentence,
        )
        for level, sentence in _sentences(exposures).items()
        if counts[level]
    ]


def _sentences(exposures: Exposures) -> dict[str, str]:
    if exposures.calcium == "as_sent":
        return {"as_sent": "Corrected by the source; used, and none is computed beside it"}
    days = exposures.albumin_within_days
    return {
        "computed": f"Computed here: {FORMULA}, the albumin of the same day or up to {days} days "
        "before",
        "without_albumin": f"Total calcium not corrected: no albumin in the {days} days before, "
        "or one of several values of a day",
        "as_sent": "Corrected by the source, by a formula of its own; kept apart and in no model",
    }
