"""Every form gives the cohort and the numbers of the native extract less what it declares."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from comparison import frame_differences
from proof import lines, native_registry, prove, undeclared_in_tables

from analysis.simulate import forms

PEOPLE = 200


@pytest.fixture(scope="module")
def native(tmp_path_factory) -> Path:
    """A registry, and one who died on the day of first dialysis, of whom there is no spell."""
    extract = native_registry(tmp_path_factory.mktemp("forms"), PEOPLE)
    with (extract / "patients.csv").open("a", encoding="utf-8") as file:
        file.write("P00099999,male,1950-01-01,2013-05-05,2013-05-05,2013-05-05,,cystic,C001\n")
    return extract


@pytest.mark.parametrize("name", forms.form_names())
def test_nothing_is_lost_that_is_not_declared_and_what_is_not_is_found(
    name, native, tmp_path
) -> None:
    """Equal with the losses that are declared; with any big one left out, not."""
    proof = prove(name, native, tmp_path)
    assert not proof.undeclared, "\n".join(lines(proof))
    assert proof.estimates > 300
    biting = [k for k, (_, rows) in enumerate(proof.declared) if rows > 20]
    left_out = biting[len(biting) // 2]
    rest = [loss for k, (loss, _) in enumerate(proof.declared) if k != left_out]
    tables, there = forms.read_native(native), tmp_path / "of_form" / "ingest"
    found = undeclared_in_tables(name, tables, rest, there, tmp_path / "less")
    assert any(proof.declared[left_out][0].table in d.frame for d in found)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(11, 15))
@pytest.mark.parametrize("name", forms.form_names())
def test_other_registries_are_equal_too(name, seed, tmp_path) -> None:
    proof = prove(name, native_registry(tmp_path, 2000, seed), tmp_path / name)
    assert not proof.undeclared, "\n".join(lines(proof))


@pytest.mark.parametrize("name", forms.form_names())
def test_ids_are_called_one_to_one_and_in_order(name) -> None:
    form = forms.form(name)
    people = pd.Series([f"P{k:08d}" for k in (1, 2, 9, 10, 999, 1000, 20_000)])
    centres = pd.Series([f"C{k:03d}" for k in (1, 2, 10, 40)])
    for names in (form.person_id(people), form.centre_id(centres)):
        assert list(names) == sorted(set(names))


def test_a_form_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="form: not one of native"):
        forms.form("nowhere")


def test_the_comparison_sees_one_changed_cell_a_missing_row_and_a_repeated_one() -> None:
    ours = pd.DataFrame({"id": ["a", "b", "c"], "x": [1.0, 2.0, None]})
    keys = ("id",)
    assert frame_differences("f", ours, ours.copy(), keys) == []
    assert frame_differences("f", ours, ours.iloc[::-1], keys) == []
    changed = ours.assign(x=[1.0, 2.0 + 2**-51, None])
    (cell,) = frame_differences("f", ours, changed, keys)
    assert (cell.rows, cell.columns) == (1, ("x",))
    (gone,) = frame_differences("f", ours, ours.iloc[:2], keys)
    assert (gone.rows, gone.columns) == (1, ("id",))
    (twice,) = frame_differences("f", ours, pd.concat([ours, ours.iloc[:1]]), keys)
    assert twice.rows == 1
