"""National personal numbers whose check digits can be computed: text in, yes or no out.

One function a number: the whole cell is the number, in the form in which the country writes it. A
date within the number must exist. A chance number passes with probability 1/10 to 1/1000 or less,
so a column is judged by the share of its values that pass, never by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

HETU_CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
DNI_CHECK = "TRWAGMYFPDXBNJZSQVHLCKE"
# what has none of these forms is no number below: nine digits or more, the Finnish, the Spanish
SOME_NUMBER = re.compile(r" *(?:\d[ .+-]*){9,15}|\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]|\d{8}-?[A-Z]")


def _digits(text: str, pattern: str) -> list[int] | None:
    """The digits of a text of this form, else nothing."""
    if not re.fullmatch(pattern, text):
        return None
    return [int(c) for c in text if c.isdigit()]


def _weighted(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(d * w for d, w in zip(digits, weights, strict=False))


def _luhn(digits: list[int]) -> bool:
    doubled = [d * 2 if i % 2 else d for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_date(day: int, month: int, year: int) -> bool:
    """Whether it exists, in 1900 or 2000 plus ``year``."""
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def _pair(digits: list[int], at: int) -> int:
    return digits[at] * 10 + digits[at + 1]


def nhs_number(text: str) -> bool:
    """England, Wales: ten digits, the last by modulus 11."""
    d = _digits(text, r"\d{3}[ -]?\d{3}[ -]?\d{4}")
    if d is None:
        return False
    check = 11 - _weighted(d, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if check == 11 else check) == d[9]


def cpr_number(text: str) -> bool:
    """Denmark: day, month, year and, with a hyphen, four digits (no check digit since 2007)."""
    d = _digits(text, r"\d{6}-\d{4}")
    return d is not None and _is_date(_pair(d, 0), _pair(d, 2), _pair(d, 4))


def swedish_number(text: str) -> bool:
    """Sweden: year, month, day (plus 60 for a co-ordination number), Luhn."""
    d = _digits(text, r"(19|20)?\d{6}[-+]?\d{4}")
    if d is None:
        return False
    d = d[-10:]
    return _is_date(_pair(d, 4) % 60, _pair(d, 2), _pair(d, 0)) and _luhn(d)


def norwegian_number(text: str) -> bool:
    """Norway: eleven digits, a date and two checks by modulus 11."""
    d = _digits(text, r"\d{6} ?\d{5}")
    if d is None or not _is_date(_pair(d, 0) % 40, _pair(d, 2) % 40, _pair(d, 4)):
        return False
    first = _weighted(d, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = _weighted(d, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0


def finnish_number(text: str) -> bool:
    """Finland: date, century sign, three digits and a check sign by modulus 31."""
    match = re.fullmatch(r"(\d{6})[-+A-FU-Y](\d{3})([0-9A-Y])", text)
    if not match:
        return False
    day, month, year = (int(match[1][i : i + 2]) for i in (0, 2, 4))
    return _is_date(day, month, year) and HETU_CHECK[int(match[1] + match[2]) % 31] == match[3]


def dutch_number(text: str) -> bool:
    """Netherlands: nine digits, the eleven test."""
    d = _digits(text, r"\d{9}")
    return d is not None and any(d) and _weighted(d, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def french_number(text: str) -> bool:
    """France: fifteen digits (sex, year, month, place), key by modulus 97."""
    compact = text.replace(" ", "")
    if not re.fullmatch(r"[12]\d{2}(0[1-9]|1[0-2]|[2-9]\d)\d{10}", compact):
        return False
    return 97 - int(compact[:13]) % 97 == int(compact[13:])


def belgian_number(text: str) -> bool:
    """Belgium: eleven digits, date, key by modulus 97 (a 2 before it if born since 2000)."""
    d = _digits(text, r"\d{2}\.?\d{2}\.?\d{2}-?\d{3}\.?\d{2}")
    if d is None or not _is_date(_pair(d, 4), _pair(d, 2), _pair(d, 0)):
        return False
    stem = int("".join(map(str, d[:9])))
    return _pair(d, 9) in (97 - stem % 97, 97 - (2_000_000_000 + stem) % 97)


def spanish_number(text: str) -> bool:
    """Spain: eight digits and a letter by modulus 23."""
    match = re.fullmatch(r"(\d{8})-?([A-Z])", text)
    return match is not None and DNI_CHECK[int(match[1]) % 23] == match[2]


def polish_number(text: str) -> bool:
    """Poland: eleven digits, a date (month plus 20 per century), weights 1 3 7 9."""
    d = _digits(text, r"\d{11}")
    if d is None or not _is_date(_pair(d, 4), _pair(d, 2) % 20, _pair(d, 0)):
        return False
    return (10 - _weighted(d, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == d[10]


def brazilian_number(text: str) -> bool:
    """Brazil: eleven digits, two checks by modulus 11."""
    d = _digits(text, r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}")
    if d is None or len(set(d)) == 1:
        return False
    first = _weighted(d[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    second = _weighted(d[:10], (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    return [first, second] == d[9:]


def canadian_number(text: str) -> bool:
    """Canada: nine digits, Luhn."""
    d = _digits(text, r"\d{3}[ -]?\d{3}[ -]?\d{3}")
    return d is not None and _luhn(d)


def australian_medicare(text: str) -> bool:
    """Australia: Medicare card, ten or eleven digits from 2 to 6, the ninth a check by weights."""
    d = _digits(text, r"[2-6]\d{3} ?\d{5} ?\d ?\d?")
    return d is not None and _weighted(d, (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == d[8]


def social_security_number(text: str) -> bool:
    """United States: with hyphens; no check digit, but areas and groups that are never issued."""
    match = re.fullmatch(r"(\d{3})-(\d{2})-(\d{4})", text)
    if not match or match[1] in ("000", "666"):
        return False
    return match[2] != "00" and match[3] != "0000"


NUMBERS: dict[str, Callable[[str], bool]] = {
    "a British national health number": nhs_number,
    "a Danish personal number": cpr_number,
    "a Swedish personal number": swedish_number,
    "a Norwegian personal number": norwegian_number,
    "a Finnish personal number": finnish_number,
    "a Dutch citizen number": dutch_number,
    "a French social security number": french_number,
    "a Belgian national number": belgian_number,
    "a Spanish identity number": spanish_number,
    "a Polish personal number": polish_number,
    "a Brazilian taxpayer number": brazilian_number,
    "a Canadian insurance number": canadian_number,
    "an Australian Medicare number": australian_medicare,
    "a social security number": social_security_number,
}
