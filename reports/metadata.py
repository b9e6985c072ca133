"""What the study says of itself: the protocol and its circumstances, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metadata:
    """``study.json``: protocol, source, versions, hashes. Absent entries read as empty."""

    study: dict[str, Any]

    @property
    def protocol(self) -> dict[str, Any]:
        return self.study["protocol"]

    @property
    def source(self) -> dict[str, Any]:
        return self.study.get("source") or {}

    @property
    def population(self) -> dict[str, Any]:
        return self.protocol["population"]

    @property
    def outcome(self) -> dict[str, Any]:
        return self.protocol["outcome"]

    @property
    def release(self) -> dict[str, Any]:
        return self.protocol["release"]

    @property
    def simulated(self) -> bool:
        return bool(self.protocol.get("simulated"))

    @property
    def is_calcinosis(self) -> bool:
        return self.outcome["kind"] == "calcinosis"

    @property
    def is_death(self) -> bool:
        return self.outcome["kind"] == "death"

    @property
    def case_tiers(self) -> str:
        """The tiers that make a case, as rows name them."""
        return "+".join(self.outcome.get("tiers") or ())

    @property
    def years(self) -> list[float]:
        return list(self.protocol["horizons"]["years"])

    @property
    def time_zero(self) -> str:
        """What day 0 is called."""
        return str(self.source.get("time_zero", "first dialysis"))

    @property
    def models(self) -> list[dict[str, Any]]:
        return list(self.protocol.get("models") or ())

    @property
    def cannot_answer(self) -> dict[str, str]:
        return dict(self.protocol.get("cannot_answer") or {})

    @property
    def cannot_carry(self) -> dict[str, str]:
        return dict(self.source.get("cannot_carry") or {})

    def term_label(self, model: str, term: str) -> str:
        """The protocol's label of a model term; the term itself where it has none."""
        for declared in self.models:
            if declared["name"] == model:
                for one in declared["terms"]:
                    if one["name"] == term:
                        return one["label"]
        return term
