"""Survival analysis of cohorts that are entered late and seen at intervals: the public interface.

Arrays in, frozen results out: non-parametric curves, Cox's model, competing risks, interval
censoring, the illness-death model, multiple imputation. Data without an estimate are a status
with a reason; illegal arguments are a ``ValueError`` that names argument and row.

Each name is imported, and its kernels compiled, when it is first asked for.
"""

from __future__ import annotations

import ast
import pkgutil
from importlib import import_module


def _public_names() -> dict[str, str]:
    """Public name to the module that holds it, in the order of the stub beside this file."""
    stub = ast.parse(pkgutil.get_data(__name__, "__init__.pyi") or b"")
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: f".{node.module}" for node in imports for alias in node.names}


_MODULE_OF = _public_names()
__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
