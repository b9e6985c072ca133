"""Registries of known truth for the tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from analysis import simulate
from analysis.study import PROTOCOLS, Study, read_study

DATA_END = "2019-12-31"


@dataclass(frozen=True)
class Registry:
    study: Study
    extract: Path
    truth: Path

    def facts(self) -> dict:
        return json.loads((self.truth / "truth.json").read_text("utf-8"))


def study_of(protocol: str, **changes: object) -> Study:
    study = read_study(PROTOCOLS / f"{protocol}.toml")
    return study.model_copy(update={"simulation": study.simulation.model_copy(update=changes)})


def simulated(folder: Path, study: Study, n: int, seed: int) -> Registry:
    registry = Registry(study, folder / "extract", folder / "truth")
    simulate.run(study, n, seed, registry.extract, registry.truth)
    return registry
