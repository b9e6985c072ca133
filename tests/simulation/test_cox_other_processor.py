"""A processor without fused multiply-adds: slower, and the same numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
FIT = """
import json, numpy as np
from analysis.survival.cox_regression.model import cox
rng = np.random.default_rng(5)
X = rng.normal(size=(500, 9))
start = rng.integers(0, 90, 500).astype(float)
stop, event = start + rng.integers(1, 60, 500), rng.integers(0, 2, 500)
fit = cox(X, stop, event, start=start, strata=np.arange(500) % 3)
print(json.dumps([fit.coefficients.tolist(), fit.covariance.tolist()]))
"""


def fitted(**environment: str) -> list[np.ndarray]:
    command = [sys.executable, "-c", FIT]
    out = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return [np.array(part) for part in json.loads(out.stdout)]


@pytest.mark.nightly  # every kernel is compiled again
def test_without_fused_multiply_adds(tmp_path):
    plain = {
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path),
    }
    here, there = fitted(), fitted(**plain)
    np.testing.assert_allclose(there[0], here[0], rtol=1e-12)
    np.testing.assert_allclose(there[1], here[1], rtol=1e-12)
