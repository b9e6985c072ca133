"""Stages run on a small extract in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tiny_extract import PROTOCOL, Tables, write_extract, write_protocol

from analysis import ingest
from analysis.study import Study, read_study
from data_schema.refusal import Refusal


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return read_study(write_protocol(tmp_path / "protocols", PROTOCOL))


@pytest.fixture
def ingested(tmp_path: Path, study: Study) -> Callable[..., Path]:
    """Write these tables (or take this folder) and ingest them; the stage's folder."""

    def run(content: Tables | Path, **headers: list[str]) -> Path:
        extract = tmp_path / "extract"
        if isinstance(content, Path):
            extract = content
        else:
            write_extract(extract, content, **headers)
        ingest.run(study, extract, tmp_path / "ingest")
        return tmp_path / "ingest"

    return run


@pytest.fixture
def refused(ingested: Callable[..., Path], tmp_path: Path) -> Callable[..., str]:
    """Ingest what must be refused; the one line, and nothing left in the stage's folder."""

    def run(content: Tables | Path, **headers: list[str]) -> str:
        with pytest.raises(Refusal) as caught:
            ingested(content, **headers)
        line = str(caught.value)
        assert "\n" not in line
        left = [p for p in (tmp_path / "ingest").rglob("*") if p.is_file()]
        assert left == []
        return line

    return run


@pytest.fixture
def rejects(ingested: Callable[..., Path]) -> Callable[..., list[tuple[str, int, str, str]]]:
    """Ingest, and the rejects as (file, row, column, rule)."""

    def run(content: Tables | Path) -> list[tuple[str, int, str, str]]:
        frame = pd.read_parquet(ingested(content) / "rejects.parquet")
        return list(frame.itertuples(index=False, name=None))

    return run
