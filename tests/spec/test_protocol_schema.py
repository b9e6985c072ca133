"""The JSON Schema of a protocol is what the declaration gives, and it refuses what we do."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import fastjsonschema
import pytest

from analysis.study import PROTOCOLS
from data_schema.pages.protocol_schema import schema, text

COMMITTED = Path(__file__).parents[2] / "docs" / "protocol.schema.json"
VALID = fastjsonschema.compile(json.loads(COMMITTED.read_text("utf-8")))


def as_json(path: Path) -> dict:
    """As an editor shows TOML to a schema: dates are text."""
    raw = tomllib.loads(path.read_text("utf-8"))
    return json.loads(json.dumps(raw, default=date.isoformat))


def test_the_committed_schema_is_the_generated_one() -> None:
    assert COMMITTED.read_text("utf-8") == text(), (
        "run: python -m data_schema.pages.protocol_schema > docs/protocol.schema.json"
    )


@pytest.mark.parametrize("path", sorted(PROTOCOLS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_protocols_are_valid(path: Path) -> None:
    VALID(as_json(path))


BROKEN = [
    {"population": {"entry_after_day": 90}},
    {"population": {"entry_after_days": -1}},
    {"outcome": {"kind": "fever"}},
    {"horizons": {"years": "five"}},
    {"protocol_version": 1},
    {"models": [{"name": "m", "label": "a model without terms"}]},
]


@pytest.mark.parametrize("change", BROKEN, ids=str)
@pytest.mark.parametrize("base", [{"extends": "registry"}, None], ids=["extends", "whole"])
def test_what_is_refused(base: dict | None, change: dict) -> None:
    whole = {"protocol_version": 2, **(base or as_json(PROTOCOLS / "registry.toml"))}
    VALID(whole)
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        VALID({**whole, **change})


@pytest.mark.parametrize("key", ["protocol_version", "population", "release", "title"])
def test_what_must_be_there(key: str) -> None:
    whole = as_json(PROTOCOLS / "registry.toml")
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        VALID({name: value for name, value in whole.items() if name != key})


def test_a_part_that_is_not_taken_from_another_protocol_is_whole() -> None:
    whole = as_json(PROTOCOLS / "registry.toml")
    del whole["population"]["data_start"]
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        VALID(whole)
    VALID({**whole, "extends": "registry"})


def test_every_key_of_the_schema_says_what_it_means() -> None:
    parts = [schema(), *schema()["$defs"].values()]
    keys = {key: says for part in parts for key, says in part.get("properties", {}).items()}
    silent = [key for key, says in keys.items() if not ({"description", "$ref"} & set(says))]
    tables = {"models", "misclassification", "simulation", "analyses", "breaks", "priors"}
    assert not set(silent) - tables
