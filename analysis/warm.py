"""Compile every kernel into the cache, so that nobody's first report waits for it.

``NUMBA_CACHE_DIR=.venv/numba python -m analysis.warm``. Kernels live in modules named
``*_kernels``, whatever the room, have explicit signatures and are compiled when their module is
imported.
"""

from __future__ import annotations

import importlib
from pathlib import Path

ROOMS = Path(__file__).parent


def kernel_modules() -> list[str]:
    """Dotted names of the modules that hold compiled kernels, sorted."""
    files = ROOMS.rglob("*_kernels.py")
    names = (file.relative_to(ROOMS.parent).with_suffix("").parts for file in files)
    return sorted(".".join(parts) for parts in names)


def warm() -> None:
    """Import the modules that hold compiled kernels."""
    for name in kernel_modules():
        importlib.import_module(name)


if __name__ == "__main__":
    warm()
