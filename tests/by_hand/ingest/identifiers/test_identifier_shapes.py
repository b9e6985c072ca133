"""Shapes of direct identifiers: what people write has one, codes and ids have none."""

from __future__ import annotations

import pytest

from analysis.ingest.identifiers.national_numbers import canadian_number
from analysis.ingest.identifiers.shapes import SHAPES

IDENTIFIERS = {
    "a person's name": [
        "Ada Archer", "Archer, Ada", "ARCHER, Ada", "ARCHER, ADA", "José García", "Øyvind Åström",
        "Siobhán O'Brien", "Ewan McDonald", "Piet van Dam", "Maria da Silva", "J. Smith",
        "Ann Jane Taylor", "Smith, J.",
    ],
    "a telephone number": [
        "+44 20 7946 0000", "0044 20 7946 0000", "07911123456", "07911 123456", "(202) 555-0143",
        "202-555-0143", "202.555.0143",
    ],
    "a full postcode": [
        "SW1A 1AA", "sw1a 1aa", "EH121AB", "LS29JT", "K1A 0B1", "k1a0b1", "12345-6789", "1234 AB",
    ],
    "a street address": [
        "1 Station Road", "12, High Street, Leeds", "Flat 2, 14 Baker Street", "Hauptstraße 7",
        "Bahnhofstr. 12", "Rua Augusta 1500", "Storgatan 5", "Prinsenlaan 9",
    ],
    "an e-mail address": ["ADA@EXAMPLE.ORG"],
}  # fmt: skip
ORDINARY = [
    "0000000001", "0012345678", "0123456789", "00000000000000017", "9007199254740993", "UK00012",
    "H05BX", "A10BA", "H05BX01", "J0636", "L942", "E83.59", "17861-6", "0GT10ZZ", "46635009",
    "2012-01-01", "01JUN2012", "12345-678", "00002-7510-01", "P00000001", "N18.6",
    "CALCIUM ACETATE", "SEVELAMER CARBONATE", "Sevelamer", "North Unit", "South Unit 2",
    "Beth Israel Hospital", "Royal General", "mmol/L", "haemolysed", "<0.3", "C013", "MPAB",
    "Glomerulonephritis", "WHITE", "BLACK/AFRICAN AMERICAN",
]  # fmt: skip


@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_what_people_write_has_its_shape(kind: str) -> None:
    assert [text for text in IDENTIFIERS[kind] if not SHAPES[kind].match(text)] == []


@pytest.mark.parametrize("text", ORDINARY)
def test_an_id_or_a_code_has_none(text: str) -> None:
    assert [kind for kind, shape in SHAPES.items() if shape.match(text)] == []


def test_a_canadian_number_may_stand_without_blanks() -> None:
    assert canadian_number("046454286") and not canadian_number("046454287")
