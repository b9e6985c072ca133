"""Dates as a reader says them."""

from __future__ import annotations

import re
from datetime import date

ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def in_words(text: str) -> str:
    """Every ISO date of a text in words: 31 December 2018; what is no date stays as it is."""
    return ISO.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
