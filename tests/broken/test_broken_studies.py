"""Whole studies on little or odd data, stage by stage as the Makefile runs them."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tiny_extract import PROTOCOL, Tables, onset, person, tables, write_extract, write_protocol

from analysis.__main__ import STAGES, main

AFTER_SIMULATE = [name for name in STAGES if name not in ("plan", "simulate")]
Studied = Callable[..., pd.DataFrame]


def run_stages(protocol: Path, extract: Path, build: Path) -> int:
    """The status of the first stage that does not end well, or 0."""
    words = ["--protocol", str(protocol), "--build", str(build), "--extract", str(extract)]
    for name in ("plan", *AFTER_SIMULATE):
        status = main([name, *words, "--threads", "1"])
        if status:
            return status
    return 0


@pytest.fixture
def studied(tmp_path: Path) -> Studied:
    """Run everything on these tables; the released rows."""

    def run(content: Tables, protocol: str = PROTOCOL) -> pd.DataFrame:
        path = write_protocol(tmp_path / "protocols", protocol)
        extract = write_extract(tmp_path / "extract", content)
        assert run_stages(path, extract, tmp_path / "build") == 0
        return pd.read_csv(tmp_path / "build/release/estimates.csv", keep_default_na=False)

    return run


def page(tmp_path: Path) -> str:
    return (tmp_path / "build/release/report.html").read_text("utf-8")


def hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def of(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    return rows[rows["measure"] == measure]


def test_a_legal_study_is_released(studied: Studied, tmp_path: Path) -> None:
    rows = studied(tables())
    assert len(of(rows, "cumulative_incidence")) > 0
    assert {"report.html", "estimates.csv", "manifest.json"} <= set(
        hashes(tmp_path / "build/release")
    )


def test_a_second_run_gives_the_same_bytes(studied: Studied, tmp_path: Path) -> None:
    studied(tables())
    first = hashes(tmp_path / "build/release")
    studied(tables())
    assert hashes(tmp_path / "build/release") == first


def test_no_case(studied: Studied, tmp_path: Path) -> None:
    content = tables()
    content["diagnoses"] = [row | {"code": "Z99.2"} for row in content["diagnoses"]]
    rows = studied(content)
    prevalence = of(rows, "prevalence_period")
    assert set(prevalence.loc[prevalence["strata"] == "", "numerator"].astype(float)) == {0.0}
    ratios = of(rows, "hazard_ratio")
    onset_ratios = ratios[ratios["outcome"] == "onset"]
    assert set(onset_ratios["status"]) == {"not_estimable"}
    assert (onset_ratios["estimate"] == "").all()
    assert not re.search(r"\b(nan|inf)\b", page(tmp_path), re.I)


def test_one_case(studied: Studied, tmp_path: Path) -> None:
    rows = studied(tables() | {"diagnoses": [onset(9)]})
    ratios = of(rows, "hazard_ratio")
    assert (ratios["status"] != "").all()
    assert not re.search(r"\b(nan|inf)\b", page(tmp_path), re.I)


def test_every_laboratory_value_is_unusable(studied: Studied, tmp_path: Path) -> None:
    content = tables()
    content["labs"] = [row | {"value": "haemolysed"} for row in content["labs"]]
    rows = studied(content)
    assert set(of(rows, "hazard_ratio")["status"]) == {"not_estimable"}
    assert "haemolysed" not in page(tmp_path)


@pytest.mark.parametrize("absent", ["labs", "procedures", "assessments", "coverage"])
def test_a_table_is_absent(studied: Studied, tmp_path: Path, absent: str) -> None:
    content = tables()
    del content[absent]
    studied(content)
    assert not re.search(r"\b(nan|inf)\b", page(tmp_path), re.I)


def test_no_diagnoses(studied: Studied, tmp_path: Path) -> None:
    content = tables()
    del content["diagnoses"]
    studied(content)
    assert not re.search(r"\b(nan|inf)\b", page(tmp_path), re.I)


def test_where_no_case_could_be_recorded_none_are_counted(studied: Studied) -> None:
    """People alone: a prevalence of zero would be made up."""
    rows = studied({"patients": tables()["patients"]})
    assert len(of(rows, "prevalence_point")) == 0
    assert len(of(rows, "prevalence_period")) == 0
    said = rows[(rows["question"] == "how_common") & (rows["measure"] == "statement")]
    assert set(said["status"]) == {"not_available"}


def test_nobody_is_followed(studied: Studied) -> None:
    people = [row | {"death_date": row["first_dialysis_date"]} for row in tables()["patients"]]
    rows = studied({"patients": people, "coverage": tables()["coverage"]})
    flow = of(rows, "attrition")
    assert float(flow[flow["level"] == "remaining"]["numerator"].iloc[-1]) == 0.0


LABEL = '<script>alert(1)</script><b>bold</b> & \\"quoted\\"'


def test_labels_with_html_are_shown_as_text(studied: Studied, tmp_path: Path) -> None:
    protocol = PROTOCOL
    for plain in ("A small registry", "PTH, per doubling", "People on chronic dialysis"):
        protocol = protocol.replace(plain, plain + LABEL)
    protocol = protocol.replace("detected metastatic calcinosis cutis", "calcinosis " + LABEL)
    studied(tables(), protocol)
    for path in [
        p for p in (tmp_path / "build/release").rglob("*") if p.suffix in (".html", ".svg")
    ]:
        text = path.read_text("utf-8")
        assert "<script>alert" not in text
        assert "<b>bold</b>" not in text


def test_a_centre_named_in_html_does_not_reach_the_page(studied: Studied, tmp_path: Path) -> None:
    content = tables()
    content["centres"] = [row | {"pth_assay": "<img src=x>"} for row in content["centres"]]
    studied(content)
    assert "<img src=x>" not in page(tmp_path)


def test_a_refused_run_leaves_the_release_as_it_was(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    studied(tables())
    before = hashes(tmp_path / "build/release")
    (tmp_path / "extract/patients.csv").write_bytes(b"")
    capsys.readouterr()
    protocol, extract = tmp_path / "protocols/tiny.toml", tmp_path / "extract"
    assert run_stages(protocol, extract, tmp_path / "build") == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines == ["ingest: patients.csv: has no header: it is empty, or its first line is"]
    assert hashes(tmp_path / "build/release") == before


REFUSED = {
    "no such protocol": ("absent.toml", "extract", "plan: absent.toml: no such protocol"),
    "no such extract": ("tiny.toml", "nowhere", "plan: nowhere: no such folder"),
}


@pytest.mark.parametrize(("protocol", "extract", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_there(tmp_path: Path, protocol: str, extract: str, says: str) -> None:
    """As a user meets it: one line on standard error, exit status 2."""
    write_protocol(tmp_path)
    write_extract(tmp_path / "extract", tables())
    command = [sys.executable, "-m", "analysis", "plan", "--build", str(tmp_path / "build")]
    command += ["--protocol", str(tmp_path / protocol), "--extract", str(tmp_path / extract)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False
    )
    assert (done.returncode, done.stderr) == (2, says + "\n")


def test_an_unknown_key_stops_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    protocol = write_protocol(tmp_path, PROTOCOL + "min_cout = 5\n")
    assert run_stages(protocol, tmp_path / "nowhere", tmp_path / "build") == 2
    assert capsys.readouterr().err.startswith("plan: tiny.toml: release.min_cout: ")


def test_a_simulation_takes_no_extract(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    shipped = Path(__file__).parents[2] / "data_schema/protocols/simulated.toml"
    extract = write_extract(tmp_path / "extract", tables())
    assert run_stages(shipped, extract, tmp_path / "build") == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_an_extract_without_what_the_source_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """A native extract with the protocol of another source is refused with what is missing."""
    shipped = Path(__file__).parents[2] / "data_schema/protocols/rio_dialysis.toml"
    extract = write_extract(tmp_path / "extract", tables())
    assert run_stages(shipped, extract, tmp_path / "build") == 2
    line = capsys.readouterr().err.strip()
    assert line.startswith("ingest: rio_dialysis: not in the extract")
    assert person(1) not in line


def test_a_stage_before_its_input_is_there(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    protocol = write_protocol(tmp_path)
    extract = write_extract(tmp_path / "extract", tables())
    words = ["--protocol", str(protocol), "--build", str(tmp_path / "b"), "--extract", str(extract)]
    assert main(["cohort", *words]) == 2
    assert capsys.readouterr().err == "cohort: ingest: not finished: it has no manifest\n"


def test_a_stage_whose_input_was_changed_by_hand(
    studied: Studied, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    studied(tables())
    people = next((tmp_path / "build/restricted/ingest/patients").glob("*.parquet"))
    people.write_bytes(people.read_bytes() + b" ")
    words = ["--protocol", str(tmp_path / "protocols/tiny.toml")]
    words += ["--build", str(tmp_path / "build"), "--extract", str(tmp_path / "extract")]
    capsys.readouterr()
    assert main(["cohort", *words]) == 2
    assert "is not what its stage wrote" in capsys.readouterr().err
