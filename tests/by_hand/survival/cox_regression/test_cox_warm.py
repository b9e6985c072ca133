"""Set-up compiles every kernel there is."""

from __future__ import annotations

from numba.core.registry import CPUDispatcher

from analysis.survival.cox_regression import likelihood_kernels as cox_kernels
from analysis.warm import warm


def test_kernels_are_compiled_on_import_for_one_signature_only():
    warm()
    kernels = [k for k in vars(cox_kernels).values() if isinstance(k, CPUDispatcher)]
    assert kernels
    for kernel in kernels:
        assert len(kernel.signatures) == 1
        assert kernel.targetoptions.get("fastmath") is False
