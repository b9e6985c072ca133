"""Patterns of identifiers. Each rule has a name; what it matched is never repeated."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Rule(NamedTuple):
    """``accepts`` decides on a match (a checksum); without it every match counts."""

    name: str
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool] | None = None


def nhs_number_is_valid(text: str) -> bool:
    """Ten digits, the last 11 minus the weighted sum of the first nine modulo 11 (weights 10-2)."""
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 10 or len(set(digits)) == 1:
        return False
    check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == digits[9] and check != 10


def _is_address(text: str) -> bool:
    return all(int(part) <= 255 for part in text.split("."))


# Digits of a decimal fraction, of a name or of a code are no identifier.
_START, _END = r"(?<![\w.#&/+-])", r"(?![\w/]|[.-]\d)"

RULES = (
    Rule("e-mail address", re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")),
    Rule(
        "telephone number",
        re.compile(
            r"(?<![\w.])(?:\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}"
            r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4}|0\d{2,4} \d{3,4} \d{3,4})(?![\w.])"
        ),
    ),
    Rule(
        "national identifier (NHS number)",
        re.compile(_START + r"\d{3}[ -]?\d{3}[ -]?\d{4}" + _END),
        nhs_number_is_valid,
    ),
    Rule(
        "national identifier (social security number)",
        re.compile(_START + r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}" + _END),
    ),
    Rule("long number, perhaps an identifier", re.compile(_START + r"\d{9,}" + _END)),
    Rule(
        "date of birth",
        re.compile(r"(?i)\b(?:birth|born|dob)\b[^\n<]{0,20}?\d{1,4}[-/. ]\w{1,9}[-/. ]\d{2,4}"),
    ),
    Rule(
        "identifier of a person",
        re.compile(
            r"(?i)\bmrn\b\W{0,3}\w*\d"
            r"|\b(?:patient|person|nhs|mrn|hospital|record|subject)[_ ]?(?:id|number|no)\b"
            r"\W{0,3}\w*\d|^(?:\w+,)*(?:patient_id|person_id|mrn|nhs_number|surname|first_name"
            r"|last_name|full_name|date_of_birth|birth_date)(?:,|$)"
        ),
    ),
    Rule(
        "identifier of a centre",
        re.compile(r"(?i)\b(?:centre|center|facility|clinic|hospital|provider)(?:_id)?=[\w-]+"),
    ),
    Rule("postcode", re.compile(_START + r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b")),
    Rule(
        "path of a file",
        re.compile(
            r"(?<![\w.:/])/(?:home|Users|root|tmp|var|mnt|srv|opt|data|work|media|etc)/[\w.-]+"
            r"|\b[A-Za-z]:\\[\w.\\-]+|\\\\[\w.-]+\\[\w.-]+|file://"
        ),
    ),
    Rule(
        "name of a machine",
        re.compile(r"\b[\w-]+\.(?:local|lan|internal|intranet|corp)\b|\blocalhost:\d+"),
    ),
    Rule(
        "address of a machine",
        re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"),
        _is_address,
    ),
)

DATE = re.compile(
    r"(?<![\d.-])(?:(?P<iso>(?:19|20)\d\d-[01]\d-[0-3]\d)"
    r"|(?P<other>[0-3]?\d[/.][01]?\d[/.](?:19|20)\d\d))(?!\d|-\d)"
)


def findings(line: str, allowed_dates: frozenset[str]) -> Iterator[str]:
    """Names of the rules that a line breaks."""
    for rule in RULES:
        matches = (match.group() for match in rule.pattern.finditer(line))
        if any(rule.accepts is None or rule.accepts(text) for text in matches):
            yield rule.name
    if any((match["iso"] or "") not in allowed_dates for match in DATE.finditer(line)):
        yield "exact date that is not the protocol's"
    host = socket.gethostname()
    if len(host) > 5 and host != "localhost" and re.search(rf"\b{re.escape(host)}\b", line):
        yield "name of a machine"
