"""What a protocol asks of codes that nobody has verified: to be shown, or to be confirmed first."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ConfigDict

from data_schema.concept_sets import Concept, concept_sets
from data_schema.declarations import Declaration, Source


class Verification(Declaration):
    """Codes that nobody has verified: shown, or to be confirmed before the study runs."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    strict: bool = False
    """The study stops at a code that is not verified, until it stands in `confirmed`"""
    confirmed: tuple[str, ...] = ()
    """Codes with their system, `cpt 60502`; `LOINC *` stands for every code that begins so"""

    def confirms(self, system: str, code: str) -> bool:
        """Whether the protocol vouches for this code of this system."""
        name = f"{system} {code}"
        return any(
            name.startswith(told[:-1]) if told.endswith("*") else name == told
            for told in self.confirmed
        )

    def unconfirmed(self, codes: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The codes that stop a strict study, in the order given; none where it is not strict."""
        return [one for one in codes if self.strict and not self.confirms(*one)]


def unverified_concepts(form: Source) -> tuple[Concept, ...]:
    """The unverified rows of the concept sets that a source reads."""
    return tuple(row for row in concept_sets(form.concept_sets) if row.verified == "no")


def concept_name(row: Concept) -> tuple[str, str]:
    """Vocabulary and code of a concept, or its id where it has no code here."""
    return row.vocabulary, row.code or row.concept_id
