"""``--as``: the simulated extract in the form of a holder, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import store
from analysis.__main__ import main
from analysis.simulate.forms import form_names, write_form
from data_schema.declarations import source

SIMULATED = "data_schema/protocols/simulated.toml"


def simulate(folder: Path, form: str) -> int:
    words = ["--protocol", SIMULATED, "--build", str(folder), "--n", "25", "--as", form]
    return main(["simulate", *words])


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """What the command line leaves: the extract in the form, and the native one it came from."""
    folder = tmp_path_factory.mktemp("as")
    assert simulate(folder, "ukrdc") == 0
    return folder / "restricted" / "simulate"


def test_the_extract_is_in_the_form_and_the_truth_beside_it(written) -> None:
    store.verify_manifest(written)
    assert (written / "extract" / "treatment.csv").exists()
    assert not (written / "extract" / "modality_spells.csv").exists()
    assert (written / "truth" / "truth.json").exists()


@pytest.mark.parametrize("form", form_names())
def test_every_file_is_one_that_the_source_declares_and_runs_are_alike(
    form, written, tmp_path
) -> None:
    for run in ("first", "second"):
        write_form(form, written / "native", tmp_path / run)
    manifests = [store.verify_manifest(tmp_path / run) for run in ("first", "second")]
    assert manifests[0] == manifests[1]
    declared = {(file.file or file.name).lower() for file in source(form).files}
    for name in manifests[0]["files"]:
        stem = name.split("/")[0].removesuffix(".csv").lower()
        assert any(stem == file or stem.startswith(f"{file}_") for file in declared), name


def test_an_unknown_form_is_refused_in_one_line(tmp_path, capsys) -> None:
    assert simulate(tmp_path, "nowhere") == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("simulate: AS: not one of native, ")
