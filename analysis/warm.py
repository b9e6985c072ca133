"""Compile every kernel into the cache, so that nobody's first report waits for it.

``NUMBA_CACHE_DIR=.venv/numba python -m analysis.warm 2``, with two processes. Kernels live in
modules named ``*_kernels``, whatever the room, have explicit signatures and are compiled when their
module is imported; what a module calls is compiled before it, once.
"""

from __future__ import annotations

import importlib
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

from analysis.runner import Workers

ROOMS = Path(__file__).parent
IMPORT = re.compile(r"^(?:from|import) .*", re.M)
KERNELS = re.compile(r"\w+_kernels\b")


def kernel_modules() -> list[str]:
    """Dotted names of the modules that hold compiled kernels, sorted."""
    files = ROOMS.rglob("*_kernels.py")
    names = (file.relative_to(ROOMS.parent).with_suffix("").parts for file in files)
    return sorted(".".join(parts) for parts in names)


def needed_by(module: str) -> set[str]:
    """Kernel modules whose names stand on the import lines of a kernel module."""
    text = ROOMS.parent.joinpath(*module.split(".")).with_suffix(".py").read_text("utf-8")
    named = set(KERNELS.findall(" ".join(IMPORT.findall(text))))
    return {other for other in kernel_modules() if other.split(".")[-1] in named} - {module}


def warm(threads: int = 1) -> None:
    """Import the modules that hold compiled kernels, on so many processes."""
    order = TopologicalSorter({module: needed_by(module) for module in kernel_modules()})
    order.prepare()
    with Workers(threads) as workers:
        while order.is_active():
            ready = order.get_ready()
            list(workers.map_in_order(compile_module, ready))
            order.done(*ready)


def compile_module(module: str) -> None:
    importlib.import_module(module)


if __name__ == "__main__":
    warm(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
