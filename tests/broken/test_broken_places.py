"""Files under other names, in folders of folders, behind links: none is passed over in silence."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tiny_extract import tables, write_extract

from analysis import ingest
from analysis.ingest.files.find_files import find_files, passed_over
from analysis.study import Study
from data_schema.declarations import Source, source
from data_schema.refusal import Refusal

Refused = Callable[..., str]
PATTERN = "* ? or [ is in its path, which may stand for other files: rename it"
OUTSIDE = "is a link that leaves the extract"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return write_extract(tmp_path / "extract", tables())


def labs_as(extract: Path, place: str) -> Path:
    """The laboratory file at another place, in the format that its name says."""
    frame = pd.read_csv(extract / "labs.csv", dtype=str)
    (extract / "labs.csv").unlink(missing_ok=True)
    path = extract / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.suffix == ".dta":
        frame.to_stata(path, write_index=False)
    else:
        frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["labs.csv", "labs.parquet", "labs.xlsx", "labs.dta"])
def test_no_link_that_leaves_the_extract_is_followed(
    refused: Refused, extract: Path, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / name
    labs_as(extract, name).rename(outside)
    (extract / name).symlink_to(outside)
    assert refused(extract) == f"{name}: {OUTSIDE}"


def test_a_folder_behind_a_link(refused: Refused, extract: Path, tmp_path: Path) -> None:
    labs_as(extract, "labs/a.csv")
    (extract / "labs").rename(tmp_path / "elsewhere")
    (extract / "labs").symlink_to(tmp_path / "elsewhere")
    assert refused(extract) == f"a.csv: {OUTSIDE}"


def test_a_link_within_the_extract(ingested, extract: Path) -> None:
    (extract / "labs.csv").rename(extract / "the_real_one.csv")
    (extract / "labs.csv").symlink_to("the_real_one.csv")
    assert len(pd.read_parquet(ingested(extract) / "labs")) == 1440


def test_what_is_no_file(refused: Refused, extract: Path) -> None:
    (extract / "labs.csv").unlink()
    os.mkfifo(extract / "labs.csv")
    assert refused(extract) == "labs.csv: is neither a file nor a folder"


@pytest.mark.parametrize("name", ["[a].parquet", "?.parquet", "*.parquet"])
def test_a_name_that_stands_for_another_file(refused: Refused, extract: Path, name: str) -> None:
    """To an engine ``[a].parquet`` is ``a.parquet``: one would be read twice, the other never."""
    whole = pd.read_csv(extract / "labs.csv", dtype=str)
    labs_as(extract, "labs/a.parquet")
    whole.iloc[:700].to_parquet(extract / "labs/a.parquet")
    whole.iloc[700:].to_parquet(extract / "labs" / name)
    assert refused(extract) == f"{name}: {PATTERN}"


def test_an_extract_in_a_folder_of_such_a_name(refused: Refused, tmp_path: Path) -> None:
    line = refused(write_extract(tmp_path / "copy[1]", tables()))
    assert line.endswith(PATTERN)


@pytest.mark.parametrize("folder", ["labs", "labs.parquet", "LABS.parquet"])
def test_parts_as_a_cluster_writes_them(ingested, extract: Path, folder: str) -> None:
    labs_as(extract, f"{folder}/part-00000.parquet")
    (extract / folder / "_SUCCESS").write_bytes(b"")
    (extract / folder / ".part-00000.parquet.crc").write_bytes(b"crc")
    assert len(pd.read_parquet(ingested(extract) / "labs")) == 1440


def test_a_folder_within_the_folder_of_a_table(refused: Refused, extract: Path) -> None:
    labs_as(extract, "labs/a.csv")
    (extract / "labs/2012").mkdir()
    assert refused(extract) == "labs: holds a folder, 2012: put its files side by side"


def test_another_file_within_the_folder_of_a_table(refused: Refused, extract: Path) -> None:
    labs_as(extract, "labs/a.csv")
    (extract / "labs/b.csv.zip").write_bytes(b"PK")
    assert refused(extract) == "b.csv.zip: stands among the files of labs and is none of them"


def test_the_end_of_a_compressed_file_in_capitals(refused: Refused, extract: Path) -> None:
    content = (extract / "labs.csv").read_bytes()
    (extract / "labs.csv").unlink()
    (extract / "LABS.CSV.GZ").write_bytes(gzip.compress(content))
    line = refused(extract)
    assert line == "LABS.CSV.GZ: the end of its name must be .gz in small letters"


def yearly() -> Source:
    file = {"name": "claims", "columns": ["x"], "by_year": True}
    return Source.model_validate({"name": "made_up", "title": "t", "files": [file]})


@pytest.mark.parametrize("names", [["claims_2012/a.csv"], ["claims/a.csv", "claims_2013.csv"]])
def test_a_folder_where_files_of_years_stand(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n", "utf-8")
    with pytest.raises(Refusal, match=r"^claims(_2012)?: is a folder: put the files"):
        find_files(tmp_path, yearly())


def test_what_is_passed_over_is_said(study: Study, extract: Path, tmp_path: Path) -> None:
    (extract / "labs.csv").rename(extract / "labs.csv.bz2")
    (extract / "drug.csv").write_text("patient_id\n", "utf-8")
    (extract / ".cache").write_text("x", "utf-8")
    ingest.run(study, extract, tmp_path / "ingest")
    assert passed_over(extract, source(study.source)) == [
        "not read: drug.csv, labs.csv.bz2",
        "not in the extract: labs, drugs",
    ]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_folder_named_as_a_column_and_a_value_changes_no_cell(
    ingested, tmp_path: Path, suffix: str
) -> None:
    """Every centre became ZZ: the engine takes ``centre_id=ZZ/`` for a part of the data."""
    extract = write_extract(tmp_path / "centre_id=ZZ", tables())
    if suffix == "parquet":
        labs = pd.read_csv(extract / "labs.csv", dtype=str)
        labs.to_parquet(extract / "labs.parquet")
        (extract / "labs.csv").unlink()
    labs = pd.read_parquet(ingested(extract) / "labs")
    assert set(labs["centre_id"]) == {"C0", "C1", "C2"}
