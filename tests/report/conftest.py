"""Pages of the made-up studies, each rendered once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import made_up_studies
import pytest

import reports


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The staging folder of a made-up study, by name."""
    done: dict[str, Path] = {}

    def render(name: str) -> Path:
        if name not in done:
            root = tmp_path_factory.mktemp(name)
            disclosed = made_up_studies.write(name, root / "disclose")
            reports.run(disclosed, root / "staging")
            done[name] = root / "staging"
        return done[name]

    return render
