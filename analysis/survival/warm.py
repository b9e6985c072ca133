"""Compile every kernel into the cache, so that nobody's first report waits for it.

``NUMBA_CACHE_DIR=.venv/numba python -m analysis.survival.warm``. Kernels have explicit signatures
and are compiled when their module is imported.
"""

from __future__ import annotations

import importlib

KERNELS = ("risk_set_kernels", "cox_kernels", "firth_kernels", "concordance_kernels")


def warm() -> None:
    """Import the modules that hold compiled kernels."""
    for name in KERNELS:
        importlib.import_module(f"analysis.survival.{name}")


if __name__ == "__main__":
    warm()
