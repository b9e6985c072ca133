"""Set-up compiles every kernel there is."""

from __future__ import annotations

from pathlib import Path

from numba.core.registry import CPUDispatcher

from analysis import survival
from analysis.survival.cox_regression import likelihood_kernels as cox_kernels
from analysis.warm import kernel_modules, warm


def test_compiled_functions_live_where_set_up_looks():
    room = Path(survival.__path__[0])
    holding = [f for f in room.rglob("*.py") if "@njit" in f.read_text()]
    assert holding
    for file in holding:
        parts = file.relative_to(room).with_suffix("").parts
        assert ".".join(["analysis", "survival", *parts]) in kernel_modules()


def test_kernels_are_compiled_on_import_for_one_signature_only():
    warm()
    kernels = [k for k in vars(cox_kernels).values() if isinstance(k, CPUDispatcher)]
    assert kernels
    for kernel in kernels:
        assert len(kernel.signatures) == 1
        assert kernel.targetoptions.get("fastmath") is False
