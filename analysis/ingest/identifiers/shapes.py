"""Shapes of direct identifiers without a check digit, of a cell's whole text.

A column is judged by the proportion of its cells that have a shape, so a shape may be loose; but no
code list may have it. Capitals alone do not make a name: drugs and tests are written so too.
"""

from __future__ import annotations

import re

MAIL_ADDRESS = "an e-mail address"
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠȘŢŤȚŪŮŰŲŹŻŽ"
_LETTER = rf"{_UPPER}a-zß-öø-ÿ\u0100-\u024f"
_WORD = rf"[{_UPPER}](?=[{_LETTER}'’-]*[a-zß-öø-ÿ])[{_LETTER}'’-]+"  # Ada, O'Brien, McDonald
_BETWEEN = r"(?: (?:da|de|del|der|di|do|dos|la|le|van|von|den|ter|el|al|bin))*"
_NO_PLACE = (
    r"(?!.*\b(?:Hospital|Unit|Ward|Cent(?:re|er)|Clinic|Klinik|Infirmary|Dialysis|Renal|Kidney|"
    r"Nephrology|Department|University|General|Health|Trust|North|South|East|West)\b)"
)
_FAMILY = rf"(?:{_WORD}|[{_UPPER}][{_UPPER}'’-]+)"  # also SMITH, before a comma
SHAPES = {
    MAIL_ADDRESS: re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", re.I),
    # after 00 with a blank or the like in it: ids are filled up with noughts, too
    "a telephone number": re.compile(
        r"^\+\d[\d ()-]{7,}$|^00[1-9]\d*[ ()-][\d ()-]{6,}$|^0\d{3,4}[ -]\d{5,}$|^07[1-9]\d{8}$"
        r"|^\(\d{3}\) ?\d{3}-\d{4}$|^\d{3}[-.]\d{3}[-.]\d{4}$"
    ),
    "a street address": re.compile(
        r"^(flat \w+, )?\d+[a-z]?,? .*\b(street|st|road|rd|avenue|ave|lane|drive|strasse|rua|rue)\b"
        r"|^(rua|rue|avenida|calle|via) .*\d|^\w.*(stra(ß|ss)e|str\.|gatan|vej|weg|laan) \d+\w?$",
        re.I,
    ),
    # without its blank six characters or more: an ATC code of five, H05BX, is none
    "a full postcode": re.compile(
        r"^[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}$|^([A-Z]{2}\d|[A-Z]{1,2}\d[A-Z\d])\d[A-Z]{2}$"
        r"|^\d{5}-\d{4}$|^[A-Z]\d[A-Z] ?\d[A-Z]\d$|^\d{4} [A-Z]{2}$",
        re.I,
    ),
    "a person's name": re.compile(
        rf"^(?=[{_UPPER}]){_NO_PLACE}(?:{_WORD}|[{_UPPER}]\.)"
        rf"(?: {_WORD}| [{_UPPER}]\.)?{_BETWEEN} {_WORD}$"
        rf"|^{_FAMILY}, (?:{_FAMILY}|[{_UPPER}]\.)(?: (?:{_WORD}|[{_UPPER}]\.))?$"
    ),
}
# any of them: this one test shows that most columns have none
SOME_SHAPE = re.compile(
    "|".join(f"(?i:{s.pattern})" if s.flags & re.I else s.pattern for s in SHAPES.values())
)
