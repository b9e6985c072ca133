"""What a second look found and is still to be mended: each test says what should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_extract import tables, write_extract

Refused = Callable[..., str]


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


# typed._date_rules: 0012 is the year of nobody; years before 1850 are no dates of patients
@pytest.mark.parametrize("day", ["0012-06-01", "0212-06-01", "1212-06-01"])
def test_a_day_in_antiquity(rejects, day: str) -> None:
    content = tables()
    content["patients"][5]["birth_date"] = ""
    content["procedures"] = [
        row | {"patient_id": content["patients"][5]["patient_id"], "date": day}
        for row in content["procedures"]
    ]
    found = [reject for reject in rejects(content) if reject[0] == "procedures.csv"]
    assert found == [("procedures.csv", 2, "date", "impossible_date")]
