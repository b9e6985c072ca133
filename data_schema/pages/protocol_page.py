"""Writes the page of the protocol's keys: ``python -m data_schema.pages.protocol_page``.

The page is printed; ``docs/protocol.md`` is its committed copy, and a test holds the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from data_schema.pages.markdown import markdown_table
from data_schema.protocol import Protocol

HEAD = """# The protocol, key by key

Generated from `data_schema/protocol.py` by `python -m data_schema.pages.protocol_page`; do not edit
by hand.

A protocol is a TOML file that says who is studied and how. Copy
`data_schema/protocols/registry.toml` and change what differs, or begin with `extends = "registry"`
and say only that: `extends` names a protocol of the same folder or one that ships. Editors that
know TOML complete and check the keys by [protocol.schema.json](protocol.schema.json), named in a
first line `#:schema path/to/docs/protocol.schema.json`. A file of an earlier version is rewritten
by `make upgrade PROTOCOL=file`: comments stay, and it says which numbers move.

A key that is not on this page is an error, and so is a value outside its limits. *Required*: there
is no default. Dates are written `2019-12-31`, lists `["death", "transplant"]`. A part written
`[[so]]` may stand several times; these must be there:
{needed}.

What is refused beyond the limits of single keys: a laboratory value that is both case definition
and risk factor; a value that the holder did not collect in the time studied; a term whose variable
is no exposure of the protocol; a release policy below the holder's own.
"""

WORDS = {
    Any: "values",
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    date: "date",
}
SIGNS = {Ge: "≥", Gt: ">", Le: "≤", Lt: "<"}


def page() -> str:
    """The whole page as Markdown."""
    fields = Protocol.model_fields.items()
    needed = [f"`[{key}]`" for key, field in fields if field.is_required() and _part_of(field)]
    head = HEAD.replace("{needed}", ", ".join(needed))
    parts = [head, *(_section(*part) for part in _parts(Protocol, "", repeated=False))]
    return "\n".join(part.strip() + "\n" for part in parts)


def _parts(
    part: type[BaseModel], path: str, *, repeated: bool
) -> Iterator[tuple[type[BaseModel], str, bool]]:
    """A part with its path, then the parts inside it; in the order of the declaration."""
    yield part, path, repeated
    for name, field in part.model_fields.items():
        inner, many = _inner(field.annotation)
        if inner:
            yield from _parts(inner, f"{path}.{name}" if path else name, repeated=many)


def _inner(kind: Any) -> tuple[type[BaseModel] | None, bool]:
    """The part that a key holds, if it holds one, and whether it may hold several."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind, False
    if get_origin(kind) is tuple:
        return _inner(get_args(kind)[0])[0], True
    found = (_inner(one) for one in get_args(kind) if _is_union(kind))
    return next((one for one in found if one[0] is not None), (None, False))


def _part_of(field: FieldInfo) -> type[BaseModel] | None:
    return _inner(field.annotation)[0]


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _section(part: type[BaseModel], path: str, repeated: bool) -> str:
    brackets = "[[{}]]" if repeated else "[{}]"
    title = f"`{brackets.format(path)}`" if path else "The top of the file"
    says = " ".join((part.__doc__ or "").replace("``", "`").split())
    rows = [
        (f"`{name}`", _values(field), _default(field), field.description or "")
        for name, field in part.model_fields.items()
        if not _part_of(field)
    ]
    return f"## {title}\n\n{says}\n\n" + markdown_table(
        ("key", "value", "default", "meaning"), rows
    )


def _values(field: FieldInfo) -> str:
    bounds = (limit for limit in field.metadata if type(limit) in SIGNS)
    limits = (f"{SIGNS[type(b)]} {getattr(b, type(b).__name__.lower()):g}" for b in bounds)
    return ", ".join([_kind(field.annotation), *limits])


def _kind(kind: Any) -> str:
    inside = [one for one in get_args(kind) if one not in (NoneType, Ellipsis)]
    if get_origin(kind) is Annotated:
        return _kind(inside[0])
    if get_origin(kind) is Literal:
        return ", ".join(f"`{value}`" for value in inside)
    if get_origin(kind) is dict:
        return f"table of {_kind(inside[1])}"
    if get_origin(kind) is tuple:
        length = "" if Ellipsis in get_args(kind) else f" ({len(inside)})"
        return f"list{length} of {_kind(inside[0])}"
    return _kind(inside[0]) if _is_union(kind) else WORDS[kind]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "" if value in (None, "", (), {}) else f"`{json.dumps(value)}`"


if __name__ == "__main__":
    print(page(), end="")
