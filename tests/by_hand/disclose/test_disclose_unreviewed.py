"""Numbers of models from outside the project leave where the protocol names their file's hash."""

from __future__ import annotations

from analysis.disclose.unreviewed import unnamed_hashes, without_unreviewed
from data_schema.results import Estimate

ONE, OTHER = "1" * 64, "2" * 64
ANALYSES = [
    {"name": "incidence", "sha256": ""},
    {"name": "mine", "sha256": ONE},
]
RESTS = {"events": 20.0, "people": 90.0}
OURS = Estimate("who", "hazard_ratio", "cohort", "onset", model="mineral", estimate=2.0, **RESTS)
MINE = [
    Estimate(
        "who", "hazard_ratio", "cohort", "onset", model="mine", term=term, estimate=3.0, **RESTS
    )
    for term in ("patient 17", "patient 18")
]


def test_a_hash_that_is_named_releases_and_any_other_does_not() -> None:
    assert unnamed_hashes(ANALYSES, {"mine": ONE}) == {}
    assert unnamed_hashes(ANALYSES, {"mine": OTHER}) == {"mine": ONE}
    assert unnamed_hashes(ANALYSES, {"other": ONE}) == {"mine": ONE}
    assert unnamed_hashes(ANALYSES, {}) == {"mine": ONE}


def test_withheld_rows_are_one_a_measure_with_neither_number_nor_text_of_theirs() -> None:
    rows = without_unreviewed([OURS, *MINE], {"mine": ONE})
    assert rows[0] == OURS
    [withheld] = rows[1:]
    assert (withheld.measure, withheld.model, withheld.status) == (
        "hazard_ratio",
        "mine",
        "not_available",
    )
    assert withheld.estimate is None
    assert withheld.term == ""
    assert ONE in withheld.reason


def test_released_rows_are_as_they_were() -> None:
    assert without_unreviewed([OURS, *MINE], {}) == [OURS, *MINE]
