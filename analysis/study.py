"""The protocol (TOML) becomes one frozen ``Study``; the only reader of configuration.

What a protocol may say is declared in ``data_schema.protocol``. Unknown keys are errors. A protocol
may start from another one, of its folder or a shipped one, with ``extends = "name"`` and say only
what differs.
Its hash stands on every output.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError, model_validator

from data_schema.declarations import read_toml, source, source_names
from data_schema.protocol import (
    Exposures,
    KnownRate,
    Lab,
    Misclassification,
    Missing,
    Outcome,
    Protocol,
    Release,
)
from data_schema.protocol_models import Analysis, Model, Settings, Term
from data_schema.protocol_versions import VERSION
from data_schema.refusal import Refusal
from data_schema.standards import standard_names

# The stages take the parts of a study from here, beside the study itself.
__all__ = [
    "PROTOCOLS",
    "Exposures",
    "KnownRate",
    "Misclassification",
    "Missing",
    "Model",
    "Outcome",
    "ProtocolError",
    "Release",
    "Settings",
    "Study",
    "Term",
    "read_study",
]

Schemas = Mapping[str, type[Settings]]
Declared = TypeVar("Declared", bound=BaseModel)

PROTOCOLS = Path(__file__).parents[1] / "data_schema" / "protocols"
PERSONAL = ("sex", "age_at_entry", "primary_renal_disease")  # variables that do not move


class ProtocolError(Refusal):
    """A protocol that cannot be run; one line, without values."""


class Study(Protocol):
    """A protocol whose parts agree; ``ValidationError`` names the first that does not."""

    @model_validator(mode="after")
    def _is_coherent(self) -> Study:
        if self.source not in source_names():
            raise ValueError("source: no such folder in data_schema/sources")
        if self.simulated != (self.simulation is not None):
            raise ValueError("simulation: goes with simulated = true, and only with it")
        if self.outcome.kind == "diagnosis" and not (self.outcome.system and self.outcome.code):
            raise ValueError("outcome: a diagnosis needs its system and its code")
        if self.population.data_end <= self.population.data_start:
            raise ValueError("population.data_end: is not after data_start")
        self._periods_and_terms_make_sense()
        self._analyses_have_names_of_their_own()
        self._asks_for_no_value_that_was_not_collected()
        if self.models and self.exposures.labs and self.outcome.lab_criterion != "off":
            raise ValueError(
                "outcome.lab_criterion: a laboratory value that defines the case cannot also be "
                "its risk factor; set it to off"
            )
        return self

    def _periods_and_terms_make_sense(self) -> None:
        start, end = self.prevalence.period_start, self.prevalence.period_end
        if (start is None) != (end is None) or (start and end and end <= start):
            raise ValueError("prevalence.period_end: goes with period_start and lies after it")
        if self.prevalence.standard and self.prevalence.standard not in standard_names():
            raise ValueError("prevalence.standard: no such file in data_schema/standards")
        if any((m.sensitivity is None) != (m.specificity is None) for m in self.misclassification):
            raise ValueError("misclassification: sensitivity goes with specificity")
        known = {*PERSONAL, *self.exposures.labs}
        for model in self.models:
            if any(term.variable not in known for term in model.terms):
                raise ValueError(
                    "models.terms.variable: is neither a laboratory exposure of the protocol nor "
                    f"one of {', '.join(PERSONAL)}"
                )

    def _analyses_have_names_of_their_own(self) -> None:
        names = [analysis.model for analysis in self.analyses]
        if len(set(names)) < len(names):
            raise ValueError("analyses.model: a model is named twice")
        if set(names) & {model.name for model in self.models}:
            raise ValueError("analyses.model: is a name of [[models]], too")

    def _asks_for_no_value_that_was_not_collected(self) -> None:
        wanted = {"pth" if name == "pth_uln" else name for name in self.exposures.labs}
        asked = dict.fromkeys(wanted, "exposures.labs")
        if self.outcome.lab_criterion != "off":  # high PTH meets each of them
            asked.setdefault("pth", "outcome.lab_criterion")
        for analyte, key in asked.items():
            if says := self.not_collected(analyte):
                raise ValueError(f"{key}: {analyte}: {says}")

    def not_collected(self, analyte: str) -> str:
        """Why values of an analyte are missing in a part of the time studied; else empty."""
        start, end = self.population.data_start, self.population.data_end
        return next(
            (
                hole.says
                for hole in source(self.source).holes
                if hole.analyte == analyte and start < hole.end and hole.start <= end
            ),
            "",
        )

    @property
    def carried(self) -> Exposures:
        """Exposures with what they are derived from, where that is to be imputed."""
        labs = self.exposures.labs
        parts: tuple[Lab, ...] = ("calcium", "albumin")
        derived = self.exposures.calcium == "corrected" and "calcium_corrected" in labs
        if self.missing.method != "multiple_imputation" or not derived:
            return self.exposures
        more = tuple(part for part in parts if part not in labs)
        return self.exposures.model_copy(update={"labs": (*labs, *more)})

    @property
    def hash(self) -> str:
        """SHA-256 of the protocol as resolved."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def canonical_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    def slice(self, *parts: str) -> dict:
        """The parts of the protocol that a stage depends on, as plain data."""
        return {part: self.model_dump(mode="json")[part] for part in parts}


def read_study(path: Path, schemas: Callable[[], Schemas] | None = None) -> Study:
    """Read a protocol; ``ProtocolError`` in one line, naming the file and the key.

    ``schemas``: called where the protocol has ``[[analyses]]``: name of each model that there is ->
    what it may be told. The entry point knows the models; without it their settings are not read.
    """
    study = _valid(Study, _resolved(path), path.name)
    if study.analyses and schemas is not None:
        known = schemas()
        for number, analysis in enumerate(study.analyses):
            _require_settings(analysis, known, f"{path.name}: analyses.{number}")
    return study


def _require_settings(analysis: Analysis, known: Schemas, where: str) -> None:
    if analysis.model not in known:
        raise ProtocolError(f"{where}.model: no such model in the project or in MODELS")
    _valid(known[analysis.model], analysis.settings, f"{where}.settings")


def _valid(kind: type[Declared], content: object, place: str) -> Declared:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "protocol"
        raise ProtocolError(f"{place}: {where}: {first['msg']}") from None


def _resolved(path: Path, below: tuple[Path, ...] = ()) -> dict:
    here = (*below, path.resolve())
    if here[-1] in below:
        raise ProtocolError(f"{path.name}: extends: the protocols extend each other in a circle")
    if not path.is_file():
        raise ProtocolError(f"{path.name}: no such protocol")
    try:
        raw = read_toml(path)
    except (ValueError, UnicodeDecodeError) as error:
        place = str(error).split("(")[-1].rstrip(")") if "(" in str(error) else "unknown place"
        raise ProtocolError(f"{path.name}: not valid TOML ({place})") from None
    _require_this_version(raw, path.name)
    base = raw.pop("extends", None)
    if base is None:
        return raw
    if not isinstance(base, str) or not base.replace("_", "").isalnum():
        raise ProtocolError(f"{path.name}: extends: not the name of a protocol")
    beside, shipped = (folder / f"{base}.toml" for folder in (path.parent, PROTOCOLS))
    there = (p for p in (beside, shipped) if p.is_file() and p.resolve() not in here)
    return _merged(_resolved(next(there, beside), here), raw)


def _require_this_version(raw: dict, name: str) -> None:
    version = raw.get("protocol_version", 1)
    if version == 1:
        raise ProtocolError(
            f"{name}: protocol_version: an earlier version of the protocol; "
            "make upgrade PROTOCOL=file rewrites it and says which numbers move"
        )
    if version != VERSION:
        raise ProtocolError(f"{name}: protocol_version: is none of 1 to {VERSION}")


def _merged(base: dict, changes: dict) -> dict:
    both = {
        key: _merged(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in changes.items()
    }
    return {**base, **both}
