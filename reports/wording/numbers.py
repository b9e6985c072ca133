"""One way from a row to its digits: the same row reads the same everywhere.

Digits follow the interval: the last one shown is about a tenth to a hundredth of its width.
"""

from __future__ import annotations

import math
import re

from data_schema.results import Estimate
from reports.rows import has_number
from reports.shown import show

HIDDEN = "[c]"  # confidential, the mark of the UK statistical service
NO_NUMBER = "–"
MINUS = "−"
MOST_DECIMALS = 3
P_VALUE = "p-value"
SMALLEST_P = 0.0001
MARK = re.compile(r" \(([a-z])\)$")  # the letter of a footnote


def is_percent(row: Estimate) -> bool:
    """Proportions and curves read as percentages; so do published and simulated proportions."""
    kind = row.kind
    if kind in ("proportion", "curve") or row.unit == "probability":
        return True
    if kind == "derived" or row.measure == "assumed_rate":
        return row.unit == "proportion"
    known = row.measure in ("published", "realised") and row.unit != "%"
    proportions = ("prevalence", "cumulative_incidence")
    return known and (row.question == "how_common" or row.term in proportions)


def _scale(row: Estimate) -> float:
    return 100.0 if is_percent(row) else 1.0


def decimals(row: Estimate) -> int:
    """Decimals the interval supports, the same for the estimate and both its ends."""
    kind = row.kind
    if kind == "count":
        return 0
    if row.measure == "distribution":
        return 1  # a description, so as many as a reader compares
    if kind == "derived":
        return _decimals_of_derived(row)
    width = _width(row)
    if width is None or (kind == "value" and row.estimate is None):
        return _decimals_without_interval(row)
    places = 1 - math.floor(math.log10(width * _scale(row)))
    if row.measure == "onset_quantile":
        places = min(places, 1)  # quartiles stand side by side in one sentence
    return min(max(places, 0), 2 if kind == "ratio" else MOST_DECIMALS)


def _decimals_of_derived(row: Estimate) -> int:
    """Two significant digits, three of a ratio, and none that the interval does not support."""
    digits = 3 if row.unit == "ratio" else 2
    values = [v * _scale(row) for v in (row.estimate, row.lower, row.upper) if v is not None]
    own = max((_own_decimals(float(f"{value:.{digits}g}")) for value in values), default=0)
    width = _width(row)
    if width is None:
        return min(own, MOST_DECIMALS)
    return min(own, max(1 - math.floor(math.log10(width * _scale(row))), 0), MOST_DECIMALS)


def _width(row: Estimate) -> float | None:
    if row.lower is None or row.upper is None or not row.upper > row.lower:
        return None
    if row.kind == "ratio" and row.estimate is not None:
        # a ratio's interval is long above; its lower side says how well it is known
        return max(2 * (row.estimate - row.lower), 1e-9)
    return row.upper - row.lower


def _decimals_without_interval(row: Estimate) -> int:
    kind = row.kind
    if kind == "value":
        values = [v for v in (row.estimate, row.lower, row.upper) if v is not None]
        return max((_own_decimals(v * _scale(row)) for v in values), default=0)
    if kind in ("proportion", "curve"):
        return 1
    if row.unit == "years":
        return 1  # a median or a mean of years, released in tenths where counts are rounded
    return 2 if abs(row.estimate or 0) < 10 else 1


def _own_decimals(value: float) -> int:
    """Decimals of a figure given with few digits, such as a published range."""
    text = f"{value:.4g}"
    return len(text.partition(".")[2]) if "e" not in text else 0


def plain(value: float, places: int) -> str:
    """Thousands by comma, a true minus, never a negative zero; exactly nothing is ``0``."""
    text = f"{value:,.{places}f}" if value else "0"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def count(value: float | None) -> str:
    """A number of people, records or person-years."""
    return NO_NUMBER if value is None else plain(value, 0)


def people(value: float | None, one: str = "person", many: str = "people") -> str:
    return f"{count(value)} {one if value == 1 else many}"


def factor(value: float | None) -> str:
    """A conversion factor, with the digits it was given."""
    return NO_NUMBER if value is None else f"{value:g}"


def estimate(row: Estimate | None, *, sign: bool = True) -> str:
    """The estimate alone; the mark of what is hidden or missing in its place."""
    if row is None:
        return NO_NUMBER
    show(row)
    if row.status == "suppressed":
        return HIDDEN
    if not has_number(row) or row.estimate is None:
        return NO_NUMBER
    if row.unit == P_VALUE:
        return p_value(row.estimate)
    if row.measure == "band_posterior":
        return _chance(row.estimate) + ("%" if sign else "")
    text = plain(row.estimate * _scale(row), decimals(row))
    return text + ("%" if sign and is_percent(row) else "")


def _chance(value: float) -> str:
    """A posterior probability in whole per cent; never certain."""
    percent = 100 * value
    if percent > 99:
        return ">99"
    return "<1" if percent < 1 else f"{percent:.0f}"


def p_value(value: float) -> str:
    """One digit below 0.1, two above; none smaller than the release lets be told."""
    if value <= SMALLEST_P:
        return f"<{SMALLEST_P:g}"
    return f"{value:.1g}" if value < 0.1 else f"{value:.2g}"


def bounds(row: Estimate | None) -> str:
    """``1.35 to 1.66`` in the units of the estimate, empty where there is no interval."""
    if row is None or not _has_bounds(row):
        return ""
    show(row)
    scale = _scale(row)
    ends = [value * scale for value in (row.lower or 0.0, row.upper or 0.0)]
    is_given = row.kind == "value" and row.estimate is None
    low, high = (plain(v, _own_decimals(v) if is_given else decimals(row)) for v in ends)
    return f"{low} to {high}"


def _has_bounds(row: Estimate) -> bool:
    is_shown = row.status in ("ok", "flagged")
    return is_shown and row.lower is not None and row.upper is not None


def with_interval(row: Estimate | None) -> str:
    """``1.50% (95% interval 1.35 to 1.66)``; quartiles are named so."""
    if row is None or not bounds(row):
        return estimate(row)
    kind = row.kind
    name = "quartiles" if kind == "summary" else "95% interval"
    return f"{estimate(row)} ({name} {bounds(row)})"


def short_interval(row: Estimate | None) -> str:
    """``1.50% (1.35 to 1.66)``, for a headline."""
    return f"{estimate(row)} ({bounds(row)})" if bounds(row) else estimate(row)


def share(row: Estimate) -> str:
    """``300 of 20,000``."""
    show(row)
    if row.status == "suppressed":
        return HIDDEN
    return f"{count(row.numerator)} of {count(row.denominator)}"


def hidden_or(row: Estimate, text: str) -> str:
    """The text, or the mark of a hidden row in its place."""
    show(row)
    return HIDDEN if row.status == "suppressed" else text


def aligned(texts: list[str]) -> list[str]:
    """The texts of one column, padded on the right so that their decimal points stand in line.

    A figure space is as wide as a digit, a punctuation space as a point.
    """
    marks = [MARK.search(text) for text in texts]
    bare = [text[: mark.start()] if mark else text for text, mark in zip(texts, marks, strict=True)]
    tails = [_tail(text) for text in bare]
    places = max((len(tail) for tail in tails), default=0)
    padded = []
    for text, tail, mark in zip(bare, tails, marks, strict=True):
        is_number = text[-1:].isdigit()
        missing = places - len(tail) if is_number else 0
        point = "\u2008" if missing and not tail else ""
        padded.append(text + point + "\u2007" * missing + (mark[0] if mark else ""))
    return padded


def _tail(text: str) -> str:
    number = text if text[-1:].isdigit() else ""
    return number.partition(".")[2] if "to" not in number else ""
