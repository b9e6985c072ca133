"""What a protocol may say of models: those that are lists of terms, those that are files."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator

from data_schema.declarations import Declaration


class Section(Declaration):
    """A table of the protocol; the text below a key is its meaning on the generated page."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Term(Section):
    """One term of a model: a column of the risk intervals, transformed."""

    name: str
    """Its name in the rows of the report"""
    variable: str
    """A laboratory exposure of this protocol, or `sex`, `age_at_entry`, `primary_renal_disease`"""
    transform: Literal["identity", "log2", "per", "indicator"] = "identity"
    """As it is, per doubling, per step of `per`, or 1 at `level` and 0 elsewhere"""
    per: float = Field(1.0, gt=0)
    """For `per`: the step that the ratio is for, in the variable's unit"""
    level: str = ""
    """For `indicator`: the level that is 1"""
    label: str
    """What the report calls it"""


class Model(Section):
    """A model of the hazard: one cause-specific fit a cause."""

    name: str
    """Its name in the rows of the report"""
    label: str
    """What the report calls it"""
    causes: tuple[Literal["onset", "death", "transplant", "recovery"], ...] = ("onset",)
    """Events whose hazard is modelled, each by itself"""
    terms: tuple[Term, ...]
    """Its terms"""
    penalty: Literal["firth"] | None = None
    """`firth`: finite ratios where few events separate the levels"""
    strata: tuple[Literal["sex", "primary_renal_disease", "centre_id"], ...] = ()
    """Variables of which each level has a baseline hazard of its own"""


MODEL_NAME = r"^[a-z][a-z0-9_]{0,63}$"
PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Settings(Section):
    """What `[analyses.settings]` may say to one model; the model's file declares the keys."""


class Analysis(Section):
    """A model that is a file: it runs because it is named here."""

    model: str = Field(pattern=MODEL_NAME)
    """Its name: that of its file, in the project or in the folder `MODELS`"""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What its file lets be set: numbers, names, dates and lists of them, no formula"""

    @field_validator("settings")
    @classmethod
    def _are_plain(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A value is a number, a date, a name or a list of these: nothing that could be code."""
        for value in given.values():
            for one in value if isinstance(value, list | tuple) else [value]:
                if not isinstance(one, bool | int | float | date | str):
                    raise ValueError("a setting is a number, a date, a name or a list of these")
                if isinstance(one, str) and not PLAIN.fullmatch(one):
                    raise ValueError("a name has letters, digits and _ . - only: no formula")
        return given
