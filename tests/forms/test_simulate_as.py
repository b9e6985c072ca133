"""``--as``: the simulated extract in the form of a holder, from the command line."""

from __future__ import annotations

import pytest

from analysis import store
from analysis.__main__ import main
from analysis.simulate.forms import form_names
from data_schema.declarations import source

SIMULATED = "data_schema/protocols/simulated.toml"


def simulate(folder, form: str) -> int:
    words = ["--protocol", SIMULATED, "--build", str(folder), "--n", "25", "--as", form]
    return main(["simulate", *words])


@pytest.mark.parametrize("form", form_names())
def test_every_file_is_one_that_the_source_declares_and_runs_are_alike(form, tmp_path) -> None:
    for run in ("first", "second"):
        assert simulate(tmp_path / run, form) == 0
    extracts = [tmp_path / run / "restricted/simulate/extract" for run in ("first", "second")]
    manifests = [store.verify_manifest(extract) for extract in extracts]
    assert manifests[0] == manifests[1]
    declared = {(file.file or file.name).lower() for file in source(form).files}
    for name in manifests[0]["files"]:
        stem = name.split("/")[0].removesuffix(".csv").lower()
        assert any(stem == file or stem.startswith(f"{file}_") for file in declared), name


def test_an_unknown_form_is_refused_in_one_line(tmp_path, capsys) -> None:
    assert simulate(tmp_path, "nowhere") == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("simulate: AS: not one of native, ")
