"""A measure is declared once: what it is, how it is built, what it rests on, how it is shown.

Built-in measures lie in ``measures.toml``; a model file declares its own as ``Measure`` objects and
makes rows of them. The measures of a run are the built-in ones and those of
its models; they travel beside the rows as ``measures.json``, which is all that later stages read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, get_args

from data_schema.declarations import HERE, read_toml
from data_schema.refusal import refusal

FILE = "measures.json"

QUESTIONS = {
    "study": "What was studied?",
    "flow": "Who was left out, and how many at each step?",
    "quality": "Can the numbers be trusted?",
    "describe": "Who are they?",
    "follow_up": "How long, how complete?",
    "how_common": "How common is it?",
    "how_soon": "How soon after dialysis starts?",
    "who": "Who gets it?",
    "what_then": "Does it resolve after parathyroidectomy?",
    "truth": "Does the tool find what the simulator put in?",
    "disclosure": "What was hidden, and is it safe?",
}

# kind: what estimate, lower, upper, numerator, denominator and person_years hold
#   count       estimate = numerator = a number of people (or records, see unit)
#   proportion  numerator / denominator, interval by the method in `model`
#   rate        numerator / person_years x 1000, interval by the method in `model`
#   curve       a point at `time` (days since time zero): numerator = cumulative number of people
#               with the event by then, denominator = number at risk then
#   ratio       numerator = events, denominator = people, person_years = time at risk
#   summary     estimate = median, lower and upper = quartiles, denominator = people summarised
#   difference  numbers without a count of their own; denominator = people behind them
#   derived     a number worked out from the counts of the row whose id is `reference`: hidden with
#               it, to two significant digits; denominator = people behind it
#   value       a number that describes no person (a parameter, a published figure, a date)
Kind = Literal[
    "count", "proportion", "rate", "curve", "ratio", "summary", "difference", "derived", "value"
]
RestsOn = Literal["events", "people", "none"]
Display = Literal["table", "curve", "forest", "none"]


@dataclass(frozen=True, slots=True)
class Measure:
    """The declaration of one measure.

    ``question``: the part of the report it belongs to; empty where several parts use it, and then
    each row says its own. ``kind`` decides how it may leave. ``rests_on``: every number of it needs
    events or effective events, and people (``events``); people (``people``); or it describes no
    person, records included (``none``). ``display``: how the report shows rows that no part of its
    own shows (``none``: not at all). ``primary_model``: the model that a selection means which
    names none; empty: the protocol's. ``ValueError`` names the measure and what is wrong.

    >>> Measure("risk_ratio", "who", "ratio", "ratio", "Risk ratio", display="forest").rests_on
    'events'
    """

    name: str
    question: str
    kind: Kind
    unit: str = ""
    title: str = ""
    note: str = ""
    rests_on: RestsOn = "events"
    display: Display = "table"
    primary_model: str = ""

    def __post_init__(self) -> None:
        allowed = {
            "question": ("", *QUESTIONS),
            "kind": get_args(Kind),
            "rests_on": get_args(RestsOn),
            "display": get_args(Display),
        }
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"measure {self.name}: name: small letters, digits and _ only")
        for key, values in allowed.items():
            if getattr(self, key) not in values:
                known = ", ".join(value for value in values if value)
                raise ValueError(f"measure {self.name}: {key}: must be one of {known}")
        if not self.title:
            raise ValueError(f"measure {self.name}: title: is missing")


Measures = Mapping[str, Measure]


@cache
def declared() -> Measures:
    """The built-in measures by name, in the order of ``measures.toml``."""
    written = read_toml(HERE / "measures.toml")
    found = {name: Measure(name, **({"question": ""} | keys)) for name, keys in written.items()}
    return MappingProxyType(found)


_OF_MODELS: dict[str, Measure] = {}  # filled as model files are read, like any registry of them


def declare(measure: Measure) -> Measure:
    """Make the measure of a model known by its name, so that rows of it can be made.

    A file that is read again replaces what it said before; ``ValueError`` for a name that is built
    in and means something else.
    """
    if declared().get(measure.name, measure) != measure:
        raise ValueError(f"measure {measure.name}: is built in, and means something else")
    _OF_MODELS[measure.name] = measure
    return measure


def known(name: str) -> Measure:
    """The declaration of a name; ``ValueError`` without one."""
    found = declared().get(name) or _OF_MODELS.get(name)
    if found is None:
        raise ValueError(f"{name}: not a declared measure: neither built in nor any model's")
    return found


def together(*several: Iterable[Measure]) -> dict[str, Measure]:
    """Measures by name, in order; a ``Refusal`` where two declarations of one name differ."""
    found: dict[str, Measure] = {}
    for measure in (one for some in several for one in some):
        if found.setdefault(measure.name, measure) != measure:
            raise refusal(f"measure {measure.name}: is declared twice, differently", file=FILE)
    return found


def as_data(measures: Measures) -> dict[str, dict[str, str]]:
    """What ``measures.json`` holds."""
    return {name: asdict(measure) for name, measure in measures.items()}


def from_data(content: object) -> dict[str, Measure]:
    """The inverse of ``as_data``; a ``Refusal`` names the measure and the rule."""
    if not isinstance(content, dict):
        raise refusal("not a table of measures", file=FILE)
    return {name: _measure(name, keys) for name, keys in content.items()}


def _measure(name: str, keys: Any) -> Measure:
    known = {field.name for field in fields(Measure)}
    if not isinstance(keys, dict) or set(keys) != known or keys["name"] != name:
        raise refusal(f"measure {name}: not a declaration of a measure", file=FILE)
    try:
        return Measure(**keys)
    except (TypeError, ValueError) as error:
        raise refusal(str(error), file=FILE) from None
