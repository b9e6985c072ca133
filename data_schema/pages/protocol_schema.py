"""Writes the JSON Schema of a protocol: ``python -m data_schema.pages.protocol_schema``.

The schema is printed; ``docs/protocol.schema.json`` is its committed copy, for editors that know
TOML: they complete keys and mark errors. A protocol with ``extends`` may leave out what it takes
from the other; what its parts ask of each other only the tool checks.
"""

from __future__ import annotations

import json

from data_schema.protocol import Protocol

BASE = {
    "type": "string",
    "pattern": "^\\w+$",
    "description": "Name of the protocol to begin with: of the same folder, or a shipped one",
}


def schema() -> dict:
    """JSON Schema (draft 2020-12) of a protocol's file."""
    whole = Protocol.model_json_schema()
    keys, needed = whole["properties"], whole.pop("required")
    inside = {}
    for key, declared in keys.items():
        part = whole["$defs"].get(str(declared.get("$ref", "")).split("/")[-1], {})
        if required := part.pop("required", None):
            inside[key] = {"required": required}
    keys["extends"] = BASE
    return {
        "$schema": "https:" + "//json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "Protocol",
        "required": ["protocol_version"],
        "anyOf": [{"required": ["extends"]}, {"required": needed, "properties": inside}],
    }


def text() -> str:
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(text(), end="")
