"""One simulated registry in every form: the same cohort and the same numbers?

For each form the registry is written as its holder would send it, and once more in the native form
less what ``source.toml`` declares that the form cannot carry. Both go through ingest, cohort and
estimates. What still differs is not declared, is printed, and makes the exit status 1.

``PYTHONPATH=. python tests/forms/proof.py [people] [form ...]``
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from comparison import Difference, cohort_differences, estimate_differences, table_differences

from analysis import cohort, estimates, ingest, simulate, store
from analysis.simulate import forms
from analysis.simulate.forms.losses import changed_rows, coarsen
from analysis.study import PROTOCOLS, Study, read_study
from data_schema.declarations import Loss, source

PEOPLE, SEED = 1500, 4


@dataclass(frozen=True)
class Proof:
    """What one form loses and says so, and what it loses without saying so."""

    form: str
    declared: tuple[tuple[Loss, int], ...]  # the loss and the rows that it changes
    undeclared: tuple[Difference, ...]
    people: int
    rows: int
    estimates: int


def native_registry(folder: Path, people: int = PEOPLE, seed: int = SEED) -> Path:
    """The simulated registry without dirt; its folder."""
    study = simulate.without_dirt(read_study(PROTOCOLS / "simulated.toml"))
    simulate.run(study, people, seed, folder / "native", folder / "truth")
    return folder / "native"


def prove(name: str, native: Path, folder: Path, threads: int = 1) -> Proof:
    """Compare one form with the native extract less its losses, in ``folder``."""
    study = read_study(PROTOCOLS / f"{name}.toml")
    tables, losses = forms.read_native(native), source(name).losses
    there = _stages(study, as_sent(name, native, folder), folder / "of_form", threads)
    less = coarsened(name, tables, losses, folder)
    here = _stages(study, less, folder / "of_coarse", threads, form="native")
    found = table_differences(here / "ingest", there / "ingest")
    found += cohort_differences(here / "cohort", there / "cohort")
    found += estimate_differences(here / "estimates", there / "estimates")
    return Proof(
        form=name,
        declared=declared_rows(tables, losses),
        undeclared=tuple(found),
        people=len(tables["patients"]),
        rows=sum(map(len, tables.values())),
        estimates=len(store.read_frame(there / "estimates" / "estimates.parquet")),
    )


def as_sent(name: str, native: Path, folder: Path) -> Path:
    """The registry as the holder would send it."""
    forms.write_form(name, native, folder / "form")
    return folder / "form"


def coarsened(name: str, tables: forms.Tables, losses: Sequence[Loss], folder: Path) -> Path:
    """A native extract less ``losses``, with the ids of the form."""
    less = forms.as_the_form_has_it(name, tables, tuple(losses))
    forms.write_native(less, folder / "coarse")
    return folder / "coarse"


def undeclared_in_tables(
    name: str, tables: forms.Tables, losses: Sequence[Loss], there: Path, folder: Path
) -> list[Difference]:
    """What differs between a form's ingest stage and a native extract less other losses."""
    study = _as_native(read_study(PROTOCOLS / f"{name}.toml"))
    less = coarsened(name, tables, losses, folder)
    ingest.run(study, less, folder / "ingest", threads=1)
    return table_differences(folder / "ingest", there)


def declared_rows(tables: forms.Tables, losses: Sequence[Loss]) -> tuple[tuple[Loss, int], ...]:
    """Each loss with the rows that it changes, those before it taken."""
    changed, left = [], tables
    for loss in losses:
        changed.append((loss, changed_rows(left, loss) if loss.table in left else 0))
        left = coarsen(left, [loss])
    return tuple(changed)


def _as_native(study: Study) -> Study:
    return study.model_copy(update={"source": "native"})


def _stages(study: Study, extract: Path, out: Path, threads: int, form: str = "") -> Path:
    """The stages; only ingest reads the ``form``, what the study may ask is the holder's."""
    read = study.model_copy(update={"source": form}) if form else study
    ingest.run(read, extract, out / "ingest", threads)
    cohort.run(study, out / "ingest", out / "cohort", threads)
    provenance = {"extract": {}, "n": None, "seed": None}
    estimates.run(study, out / "cohort", out / "estimates", None, provenance)
    return out


def lines(proof: Proof) -> list[str]:
    """The proof in words."""
    text = [
        f"{proof.form}: {proof.people:,} people, {proof.rows:,} native rows, "
        f"{proof.estimates:,} estimates"
    ]
    for loss, rows in proof.declared:
        place = ".".join(part for part in (loss.table, loss.column) if part)
        text.append(f"  declared    {place} ({loss.loss}), {rows:,} rows: {loss.says}")
    text += [
        f"  declared    {hole.analyte}, {hole.start} to {hole.end}: {hole.says}"
        for hole in source(proof.form).holes
    ]
    text += [f"  UNDECLARED  {difference}" for difference in proof.undeclared]
    end = (
        f"{len(proof.undeclared)} differences are not declared"
        if proof.undeclared
        else ("equal to the native extract less these, in tables, people, intervals and estimates")
    )
    return [*text, f"  {end}"]


def main(words: list[str]) -> int:
    """Every form that can be written; 1 where one differs without saying so."""
    people = int(words[0]) if words else PEOPLE
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        native = native_registry(Path(scratch), people)
        for name in words[1:] or forms.form_names():
            proof = prove(name, native, Path(scratch) / name, threads=2)
            print("\n".join(lines(proof)), flush=True)
            failed |= bool(proof.undeclared)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
