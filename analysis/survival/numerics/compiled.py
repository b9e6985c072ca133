"""Compilation of a kernel: the compiled function keeps the Python function's type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numba import njit
from numba.extending import register_jitable

# Neighbouring columns in one instruction; each sum keeps its order.
numba.config.SLP_VECTORIZE = 1  # type: ignore[attr-defined]

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

F1, F2, F3 = "float64[::1]", "float64[:,::1]", "float64[:,:,::1]"
I1, I2 = "int64[::1]", "int64[:,::1]"
B1 = "boolean[::1]"
READ2 = "Array(float64, 2, 'C', readonly=True)"  # or writable


def compiled(signature: Any) -> Callable[[Kernel], Kernel]:
    """Decorator that compiles a function now, into the cache on disk.

    ``signature`` is the only one it has: text, or an object of numba's. Sums keep their order (no
    ``fastmath``); the interpreter's lock is released, so that threads may share the work; a
    division by zero is IEEE's, not an exception.
    """
    compiler = njit(signature, cache=True, nogil=True, fastmath=False, error_model="numpy")
    return cast(Callable[[Kernel], Kernel], compiler)


def inlined(function: Kernel) -> Kernel:
    """Decorator of a function that kernels take in where they call it, in their own types."""
    out: Kernel = register_jitable(inline="always")(function)
    return out
