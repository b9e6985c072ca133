"""Direct identifiers are recognised by published examples; ordinary ids, labs and codes are not."""

from __future__ import annotations

import random

import pytest

from analysis.ingest.identifiers.check import identifier_in
from analysis.ingest.identifiers.national_numbers import NUMBERS, SOME_NUMBER

# Numbers that the issuing bodies or encyclopaedias print as examples.
EXAMPLES = {
    "a British national health number": ["943 476 5919", "9434765919"],
    "a Danish personal number": ["070761-4285"],
    "a Swedish personal number": ["811218-9876", "19640823-3234"],
    "a Norwegian personal number": ["15076500565", "210164 00952"],
    "a Finnish personal number": ["131052-308T"],
    "a Dutch citizen number": ["111222333"],
    "a French social security number": ["255081416802538", "2 55 08 14 168 025 38"],
    "a Belgian national number": ["85.07.30-033.28"],
    "a Spanish identity number": ["12345678Z"],
    "a Polish personal number": ["44051401359"],
    "a Brazilian taxpayer number": ["529.982.247-25", "11144477735"],
    "a Canadian insurance number": ["046 454 286"],
    "an Australian Medicare number": ["2123 45670 1"],
    "a social security number": ["078-05-1120"],
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_published_example_passes_and_one_digit_more_or_less_does_not(kind: str) -> None:
    for number in EXAMPLES[kind]:
        assert NUMBERS[kind](number) and SOME_NUMBER.fullmatch(number), number
        assert not NUMBERS[kind](number[:-2])
        assert not NUMBERS[kind](f"x{number}")
        assert not NUMBERS[kind]("")


CHECKED = [k for k in NUMBERS if "Danish" not in k and k != "a social security number"]


@pytest.mark.parametrize("kind", CHECKED)
def test_a_changed_check_digit_fails(kind: str) -> None:
    place = 8 if "Medicare" in kind else -1
    number = EXAMPLES[kind][0].replace(" ", "") if place == 8 else EXAMPLES[kind][0]
    here = number[place]
    other = "A" if here.isalpha() else str((int(here) + 1) % 10)
    changed = number[:place] + other + (number[place + 1 :] if place >= 0 else "")
    assert NUMBERS[kind](number) and not NUMBERS[kind](changed)


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_column_of_them_is_refused_and_nine_are_too_few(kind: str) -> None:
    """Made by trying endings of the example until the check holds."""
    rng = random.Random(7)
    made: set[str] = set()
    while len(made) < 30:
        text = list(EXAMPLES[kind][0])
        digits = [i for i, c in enumerate(text) if c.isdigit()]
        for i in digits[-5:]:
            text[i] = str(rng.randrange(10))
        if NUMBERS[kind]("".join(text)):
            assert SOME_NUMBER.fullmatch("".join(text))
            made.add("".join(text))
    column = sorted(made)
    assert identifier_in(column).startswith(("a", "an"))
    assert identifier_in([*column[:27], "u1", "u2", "u3"]) != ""
    assert identifier_in(column[:9]) == "" or kind == "a social security number"


ORDINARY = {
    "sequential ids": [str(n) for n in range(1, 400)],
    "ids of nine digits": [str(n) for n in range(100_000_000, 100_000_400)],
    "ids of ten digits": [str(n) for n in range(4_000_000_000, 4_000_000_400)],
    "ids of eleven digits": [str(n) for n in range(10_000_000_000, 10_000_000_400)],
    "dates": [f"{y}-{m:02d}-15" for y in range(1990, 2020) for m in range(1, 13)],
    "compact dates": [f"{y}{m:02d}15" for y in range(1990, 2020) for m in range(1, 13)],
    "calcium": [f"{n / 100:.2f}" for n in range(180, 290)],
    "bounds": ["<0.3", ">2500", "<= 1", "> 40"],
    "icd-10": ["L94.2", "E83.59", "N18.6", "N25.81", "E83.5"],
    "loinc": ["2731-8", "17861-6", "14866-3", "2000-8", "2777-1", "14879-1", "1751-7"],
    "opcs": ["B14.1", "B14.2", "L74.2"],
    "concepts": ["3000067", "3010566", "40762896", "36031886", "3006906"],
    "snomed": ["46635009", "236434000", "302497006", "161665007", "90688005"],
    "ndc": ["00074-1658-01", "55513-0073-30", "58468-0021-01"],
    "units": ["pg/mL", "mmol/L", "g/dL", "mEq/L", "ug/L"],
    "centres": ["North Unit 2", "C017", "Unit B", "RXF-01"],
    "modalities": ["HD", "PD", "TX", "recovered"],
    "hashes": [f"{n:032x}" for n in range(5, 5_000_000, 99_999)],
    "uuids": ["6f1c2d3e-0000-4000-8000-00000000000a", "6f1c2d3e-0000-4000-8000-00000000000b"],
    "partial birth": ["1950", "1961-07", "1940"],
}


@pytest.mark.parametrize("values", ORDINARY.values(), ids=ORDINARY)
def test_what_is_ordinary_is_not_taken_for_an_identifier(values: list[str]) -> None:
    assert identifier_in(values) == ""


def test_random_numbers_of_every_length_are_not_taken_for_identifiers() -> None:
    rng = random.Random(11)
    for length in range(1, 18):
        for _ in range(20):
            column = [str(rng.randrange(10 ** (length - 1), 10**length)) for _ in range(60)]
            assert identifier_in(column) == "", length


SHAPED = {
    "a full postcode": ["SW1A 1AA", "M1 1AE", "B33 8TH"],
    "a telephone number": ["(212) 555-0123", "(212) 555-0124"],
    "an e-mail address": ["fine", "none", "ask ada@example.org about it"],
    "a person's name": ["Ada Archer", "Ben Baker"],
    "a street address": ["1 Station Road", "22b High Street, Milltown"],
}


@pytest.mark.parametrize("kind", SHAPED)
def test_shapes(kind: str) -> None:
    assert identifier_in(SHAPED[kind]) == kind


def test_values_that_repeat_count_as_often_as_they_stand_there() -> None:
    names = ["Ada Archer"] * 50 + ["Ben Baker"] * 40
    assert identifier_in([*names, *map(str, range(10))]) == "a person's name"
    assert identifier_in([*names, *map(str, range(11))]) == ""
    assert identifier_in([*names, *["none"] * 11]) == ""


def test_shapes_that_are_mixed_are_none() -> None:
    """Each value has a shape, but none of them is that of most."""
    assert identifier_in(["Ada Archer"] * 50 + ["SW1A 1AA"] * 50) == ""


def test_a_word_that_is_no_name_stands_before_or_after_one() -> None:
    assert identifier_in(["General Hospital", "Ada Ward"]) == ""
    assert identifier_in(["Éva Šimić", "A. Baker", "Ada B. Archer"]) == "a person's name"
