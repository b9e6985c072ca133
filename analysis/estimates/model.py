"""A model is one file: a function from the cohort and its settings to rows, and what it declares.

The file lies in the folder of its question, or in a folder of its own outside the project. Nothing
else names it: :mod:`analysis.estimates.discovery` finds it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.estimates.inputs.cohort_tables import Cohort
from data_schema.measures import QUESTIONS, Measure, declare, declared
from data_schema.protocol_models import MODEL_NAME, Settings
from data_schema.results import Estimate

Answer = Callable[[Cohort, Any], list[Estimate]]

# Checks of the conformance suite that a model may say do not apply to it.
CHECKS = ("order", "split", "late_entry", "null")


class NoSettings(Settings):
    """Of a model that nothing has to be told."""


@dataclass(frozen=True)
class EstimateModel:
    """A model as found: ``answer`` and what its decorator says. Called, it gives its rows.

    ``always``: it runs in every study; others run where ``[[analyses]]`` of the protocol asks.
    ``exempt``: check of the conformance suite, or ``check/measure``, -> why it does not apply.
    ``sha256``: of the file of a model from outside the project; else empty.
    """

    name: str
    question: str
    measures: tuple[Measure, ...]
    labels: Mapping[str, str]
    settings: type[Settings]
    answer: Answer
    always: bool = False
    order: int = 0
    exempt: Mapping[str, str] = field(default_factory=dict)
    sha256: str = ""

    def __call__(self, cohort: Cohort, settings: Settings | None = None) -> list[Estimate]:
        """Its rows; without settings, with the defaults of all of them."""
        return self.answer(cohort, settings or self.settings())

    @property
    def module(self) -> str:
        """Dotted name of the file."""
        return self.answer.__module__

    @property
    def text(self) -> str:
        """What the file says of itself: formula, assumptions, source."""
        return inspect.cleandoc(getattr(self.answer, "__globals__", {}).get("__doc__") or "")

    @property
    def title(self) -> str:
        """First line of what it says."""
        return self.text.partition("\n")[0].rstrip(".")


def registered(
    question: str,
    *,
    measures: Sequence[str | Measure],
    labels: Mapping[str, str] | None = None,
    settings: type[Settings] = NoSettings,
    always: bool = False,
    order: int = 0,
    exempt: Mapping[str, str] | None = None,
) -> Callable[[Answer], EstimateModel]:
    """Register a function ``(cohort, settings) -> rows`` as the model of its file.

    ``question``: a key of ``QUESTIONS``; ``measures``: what its rows may measure, built-in ones by
    name, its own as ``Measure``; ``labels``: its name, its terms and its levels as the report says
    them; ``settings``: the keys that ``[analyses.settings]`` may have; ``order``: place among the
    models of its question; ``always`` and ``exempt``: see ``EstimateModel``. ``ValueError`` for a
    declaration that cannot hold. Example: ``@registered("who", measures=["hazard_ratio"])``.
    """

    def register(answer: Answer) -> EstimateModel:
        name = answer.__name__
        _require(bool(re.fullmatch(MODEL_NAME, name)), name, "its name has other letters")
        _require(question in QUESTIONS, name, "question: not one of the report")
        _require(bool(measures), name, "measures: none")
        _require(
            all(check.partition("/")[0] in CHECKS for check in exempt or ()),
            name,
            f"exempt: not one of {', '.join(CHECKS)}",
        )
        return EstimateModel(
            name=name,
            question=question,
            measures=tuple(_measure(one, name) for one in measures),
            labels=labels or {},
            settings=settings,
            answer=answer,
            always=always,
            order=order,
            exempt=exempt or {},
        )

    return register


def _measure(one: str | Measure, name: str) -> Measure:
    if isinstance(one, Measure):
        return declare(one)
    _require(one in declared(), name, "measures: a name that is not built in")
    return declared()[one]


def _require(holds: bool, name: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"model {name}: {rule}")
