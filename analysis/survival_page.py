"""The survival library's page, from its docstrings: ``python -m analysis.survival_page``.

Printed, for ``docs/survival.md``; a test compares the two. The wheel has it as its README.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from importlib import import_module
from textwrap import fill

from analysis import survival

NAME = survival.__name__
WIDTH = 100

HEAD = f"""# The survival library

Estimators for cohorts that are entered late and assessed at intervals: arrays in, frozen results
out. Intervals are `(start, stop]`; times have any one unit, which results share. Data without an
estimate give a result whose `status` and `reason` say so; illegal arguments raise a `ValueError`
naming the argument and the first offending row. Weights, clusters and late entry are arguments of
the same name everywhere. Each name is imported, and its kernels compiled, when first asked for.

`make wheel` builds it alone, as `calcinosis-survival`, import name `calcinosis_survival`. Examples
presume `import numpy as np` and `from {NAME} import *`; a test runs them.

This page is made from the docstrings: `python -m analysis.survival_page > docs/survival.md`.
"""


def page() -> str:
    """The whole page: a section for each folder, an entry for each public name."""
    sections: dict[str, list[str]] = {}
    for name in survival.__all__:
        folder = getattr(survival, name).__module__.removeprefix(f"{NAME}.").split(".")[0]
        sections.setdefault(folder, []).append(name)
    return "\n".join([HEAD, *(_section(folder, sections[folder]) for folder in sorted(sections))])


def _section(folder: str, names: list[str]) -> str:
    title, _, rest = (import_module(f"{NAME}.{folder}").__doc__ or "").partition("\n")
    functions = [n for n in names if not inspect.isclass(getattr(survival, n))]
    results = [n for n in names if inspect.isclass(getattr(survival, n))]
    head = f"## {folder.replace('_', ' ').capitalize()}\n\n{title}\n{_text(rest)}".rstrip()
    return "\n\n".join([head, *map(_function, functions), *map(_result, results)]) + "\n"


def _function(name: str) -> str:
    found = getattr(survival, name)
    text, _, example = (inspect.getdoc(found) or "").partition("\n\n>>> ")
    signature = fill(f"{name}{_signature(found)}", WIDTH, subsequent_indent="    ")
    parts = [f"### `{name}`", f"```python\n{signature}\n```", _text(text)]
    return "\n\n".join([*parts, *([f"```python\n>>> {example}\n```"] if example else [])])


def _result(name: str) -> str:
    found = getattr(survival, name)
    parts = [f"### `{name}`", _text(inspect.getdoc(found) or "")]
    if is_dataclass(found):
        parts.append("Fields: " + ", ".join(f"`{one.name}`" for one in fields(found)) + ".")
    parts += [_member(one, what) for one, what in vars(found).items() if _documented(one, what)]
    return "\n\n".join(parts)


def _documented(name: str, member: object) -> bool:
    return (
        not name.startswith("_")
        and bool(getattr(member, "__doc__", None))
        and (inspect.isfunction(member) or isinstance(member, property))
    )


def _member(name: str, member: object) -> str:
    call = ""
    if inspect.isfunction(member):
        call = "(" + ", ".join(list(inspect.signature(member).parameters)[1:]) + ")"
    text = _text(inspect.getdoc(member) or "").replace("\n\n", "\n\n  ")
    return f"- `.{name}{call}`: {text}"


def _signature(function: Callable[..., object]) -> str:
    """Parameters with their types and defaults, as written."""
    signature = inspect.signature(function)
    parts: list[str] = []
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        parts.append(f"{one.name}: {one.annotation}{default}")
    return f"({', '.join(parts)}) -> {signature.return_annotation}"


def _text(text: str) -> str:
    """A docstring as Markdown: names without their roles, single backquotes, a line a paragraph."""
    plain = re.sub(r":(?:func|meth|class|mod):`([^`]+)`", r"`\1`", text)
    plain = re.sub(r"``([^`]+)``", r"`\1`", plain)
    plain = re.sub(r"^(Shapes|Errors|Source):", r"- *\1:*", plain, flags=re.MULTILINE).strip()
    return re.sub(r"(?<!\n)\n(?![\n -])", " ", plain)


if __name__ == "__main__":
    print(page(), end="")
