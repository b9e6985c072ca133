"""Whatever is hidden, missing or failed, a page comes out and speaks only of what is there."""

from __future__ import annotations

import random
import re
from dataclasses import fields, replace

import made_up_studies
import pytest
from page_parser import PageReader

from data_schema.results import Released
from reports.metadata import Metadata
from reports.page import page
from reports.parts import all_parts
from reports.rows import Rows

NUMBERS = [f.name for f in fields(Released) if f.type == "float | None" and f.name not in "time x"]
BLANK = dict.fromkeys(NUMBERS)
FAILED = ("suppressed", "not_estimable", "not_available", "refused")


def broken(rows: list[Released], seed: int) -> list[Released]:
    """Some rows fail, some go, some lose their interval, by a seed."""
    chance = random.Random(seed)
    kept = []
    for row in rows:
        fate = chance.random()
        if fate < 0.2:
            continue
        if fate < 0.4 and row.measure != "published":
            reason = chance.choice(["", "There is too little to say."])
            row = replace(row, **BLANK, status=chance.choice(FAILED), reason=reason)
        elif fate < 0.5:
            row = replace(row, lower=None, upper=None, denominator=None)
        kept.append(row)
    return kept


@pytest.mark.parametrize("seed", range(12))
def test_a_page_comes_out_of_any_rows(seed: int) -> None:
    name = list(made_up_studies.STUDIES)[seed % 3]
    protocol, build = made_up_studies.STUDIES[name]
    metadata = Metadata(made_up_studies.study_of(protocol))
    text = page(all_parts(Rows(tuple(broken(build(), seed))), metadata), metadata)
    read = PageReader(text)
    assert read.faults == []
    assert len(read.ids) == len(set(read.ids))
    assert not re.search(r"\b(nan|NaN|None|inf)\b", read.text)


@pytest.mark.parametrize("name", made_up_studies.STUDIES)
def test_no_rows_at_all_is_a_page_too(name: str) -> None:
    metadata = Metadata(made_up_studies.study_of(made_up_studies.STUDIES[name][0]))
    parts = all_parts(Rows(()), metadata)
    assert PageReader(page(parts, metadata)).faults == []
