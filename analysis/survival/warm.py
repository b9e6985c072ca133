"""Compile every kernel into the cache, so that nobody's first report waits for it.

``NUMBA_CACHE_DIR=.venv/numba python -m analysis.survival.warm``. Kernels live in modules named
``*_kernels``, have explicit signatures and are compiled when their module is imported.
"""

from __future__ import annotations

import importlib
import pkgutil

from analysis import survival


def kernel_modules() -> list[str]:
    """Names of the modules that hold compiled kernels, sorted."""
    names = (module.name for module in pkgutil.iter_modules(survival.__path__))
    return sorted(name for name in names if name.endswith("_kernels"))


def warm() -> None:
    """Import the modules that hold compiled kernels."""
    for name in kernel_modules():
        importlib.import_module(f"analysis.survival.{name}")


if __name__ == "__main__":
    warm()
