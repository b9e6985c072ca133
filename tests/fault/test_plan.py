"""The plan: an input that changed is rewritten for the stages that depend on it, no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analysis.plan import STAGES, extract_hashes, write_plan
from analysis.study import PROTOCOLS, Study, read_study
from data_schema.refusal import Refusal

LONG_AGO = 1_000_000_000


@pytest.fixture
def study() -> Study:
    return read_study(PROTOCOLS / "simulated.toml")


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    folder = tmp_path / "extract"
    folder.mkdir()
    (folder / "patients.csv").write_text("patient_id,first_dialysis_date\n1,2010-01-04\n")
    return folder


def planned(study: Study, tmp_path: Path, extract: Path | None = None, **variables) -> list[str]:
    return write_plan(study, tmp_path / "restricted", extract, **{"n": 500, "seed": 1, **variables})


def aged(tmp_path: Path) -> dict[str, Path]:
    """Every stage's inputs, made to look old."""
    inputs = {stage: tmp_path / "restricted" / stage / "inputs.json" for stage in STAGES}
    for path in inputs.values():
        os.utime(path, (LONG_AGO, LONG_AGO))
    return inputs


def edited(study: Study, part: str, **changes) -> Study:
    part_now = getattr(study, part).model_copy(update=changes)
    return Study.model_validate(study.model_copy(update={part: part_now}).model_dump())


def test_the_first_plan_writes_every_stage(study: Study, tmp_path: Path) -> None:
    assert planned(study, tmp_path) == list(STAGES)


def test_nothing_changed_and_nothing_is_touched(study: Study, tmp_path: Path) -> None:
    planned(study, tmp_path)
    inputs = aged(tmp_path)
    assert planned(study, tmp_path) == []
    assert {path.stat().st_mtime for path in inputs.values()} == {LONG_AGO}


@pytest.mark.parametrize(
    ("part", "changes", "stages"),
    [
        ("release", {"rounding": 20}, {"estimates", "disclose", "publish"}),
        ("horizons", {"curve_step_days": 31}, {"estimates"}),
        ("prevalence", {"by": ("sex",)}, {"estimates"}),
        ("parathyroidectomy", {"lab_window_days": (10, 60)}, {"cohort", "estimates"}),
        ("exposures", {"valid_days": 91}, {"simulate", "cohort", "estimates"}),
        ("outcome", {"tiers": ("definite",)}, {"simulate", "cohort", "estimates"}),
        ("population", {"entry_after_days": 0}, {"simulate", "ingest", "cohort", "estimates"}),
        ("simulation", {"dirt": False}, {"simulate", "estimates"}),
    ],
)
def test_an_edited_protocol_rewrites_the_stages_that_depend_on_it(
    study: Study, tmp_path: Path, part: str, changes: dict, stages: set[str]
) -> None:
    planned(study, tmp_path)
    inputs = aged(tmp_path)
    assert set(planned(edited(study, part, **changes), tmp_path)) == stages
    assert {name for name, path in inputs.items() if path.stat().st_mtime != LONG_AGO} == stages


def test_another_n_or_seed_is_another_simulation_only(study: Study, tmp_path: Path) -> None:
    planned(study, tmp_path)
    assert planned(study, tmp_path, n=501) == ["simulate"]
    assert planned(study, tmp_path, n=501, seed=2) == ["simulate"]


def test_an_edited_extract_is_ingested_again(study: Study, tmp_path: Path, extract: Path) -> None:
    planned(study, tmp_path, extract)
    assert planned(study, tmp_path, extract) == []
    file = extract / "patients.csv"
    file.write_text(file.read_text() + "2,2011-03-01\n")
    assert planned(study, tmp_path, extract) == ["ingest"]


def test_a_file_that_is_only_touched_changes_nothing(
    study: Study, tmp_path: Path, extract: Path
) -> None:
    planned(study, tmp_path, extract)
    os.utime(extract / "patients.csv", (LONG_AGO, LONG_AGO))
    assert planned(study, tmp_path, extract) == []


def test_a_file_of_the_same_size_and_another_time_is_read_again(
    tmp_path: Path, extract: Path
) -> None:
    cache, file = tmp_path / "hashes.json", extract / "patients.csv"
    before = extract_hashes(extract, cache)
    file.write_text(file.read_text().replace("2010", "2011"))
    os.utime(file, (LONG_AGO, LONG_AGO))
    assert extract_hashes(extract, cache) != before


def test_an_extract_that_is_not_there_is_refused_by_its_name(study: Study, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="^nowhere: no such folder$"):
        planned(study, tmp_path, tmp_path / "nowhere")


def test_an_interrupted_plan_leaves_the_old_one_whole(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(study, tmp_path)
    path = tmp_path / "restricted" / "simulate" / "inputs.json"
    before = path.read_bytes()

    def fails(*_) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="no space"):
        planned(study, tmp_path, n=501)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["inputs.json"]
