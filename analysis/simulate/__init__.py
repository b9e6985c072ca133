"""A registry of known truth: a native extract of CSV files, and the truth beside it.

People are simulated in blocks, each with its own seed sequence ``[seed, block]``, and streamed to
disk: the same protocol, N and seed give the same bytes, and memory does not grow with N.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from analysis import store
from analysis.simulate.output import dirt, tables
from analysis.simulate.output import truth as truths
from analysis.simulate.output.write import Table, TableFile
from analysis.simulate.parameters import values
from analysis.simulate.people import Window, draw_centres, ordinal
from analysis.simulate.pilot import Block, cumulative_incidence, simulate_block, solved_hazard
from analysis.simulate.setting import Setting
from analysis.study import Study
from data_schema.declarations import TABLE_NAMES

BLOCK_PEOPLE = 10_000

Progress = Callable[[int, int], None]


def run(
    study: Study,
    n: int,
    seed: int,
    extract: Path,
    truth: Path,
    progress: Progress | None = None,
) -> None:
    """Write a registry of ``n`` people to ``extract`` and what is true of it to ``truth``.

    ``progress(people_done, n)`` is called after every block. ``ValueError`` where the study is
    not a simulated one, ``n`` or ``seed`` is out of range, or the truth would lie in the extract.
    """
    if study.simulation is None:
        raise ValueError("study: not a simulated one")
    if n < 1:
        raise ValueError("n: must be at least 1")
    if seed < 0:
        raise ValueError("seed: must not be negative")
    if truth.resolve().is_relative_to(extract.resolve()):
        raise ValueError("truth: must lie outside the extract")
    store.empty_folder(extract)
    store.empty_folder(truth)
    _write(study, n, seed, extract, truth, progress or (lambda _done, _total: None))
    store.write_manifest(truth)
    store.write_manifest(extract)


def without_dirt(study: Study) -> Study:
    """The same registry, clean. ``ValueError`` where the study is not a simulated one."""
    if study.simulation is None:
        raise ValueError("study: not a simulated one")
    clean = study.simulation.model_copy(update={"dirt": False})
    return study.model_copy(update={"simulation": clean})


def study_window(study: Study) -> Window:
    population = study.population
    return Window(
        ordinal(population.data_start), ordinal(population.data_end), population.entry_after_days
    )


def _write(
    study: Study, n: int, seed: int, extract: Path, truth_folder: Path, progress: Progress
) -> None:
    simulation, window = study.simulation, study_window(study)
    assert simulation is not None
    ratios = tuple(sorted(simulation.log_hazard_ratios.items()))
    preset, scenario = simulation.preset, simulation.scenario
    hazard = solved_hazard(ratios, preset, scenario, simulation.prevalence_target, window)
    p = values(preset)
    centres = draw_centres(seed, p)
    setting = Setting(scenario, hazard, window, centres, p)
    sums: Counter = Counter()
    injected: Counter = Counter()
    people: list[pa.Table] = []
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(TableFile(extract / f"{name}.csv")) for name in TABLE_NAMES
        }
        files["centres"].add(tables.centres_table(centres))
        for number, first in enumerate(range(0, n, BLOCK_PEOPLE)):
            span = (first, min(first + BLOCK_PEOPLE, n))
            rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
            block = simulate_block(rng, span, setting)
            ids = tables.patient_ids(block.course.people.number)
            written = block_tables(block, setting)
            if simulation.dirt:
                written, kinds = dirt.soil(rng, written, block.course, centres.conventional, p)
                injected.update(kinds)
            for name, table in written.items():
                files[name].add(table)
            people.append(truths.people_frame(block, ids, window))
            sums.update(truths.counts(block, window))
            progress(span[1], n)
    incidence = cumulative_incidence(hazard, preset, scenario, window, study.horizons.years)
    document = truths.truth_document(study, n, seed, sums, incidence, hazard.scale, injected)
    store.write_json(truth_folder / "truth.json", document)
    store.write_frame(truth_folder / "people.parquet", pa.concat_tables(people).to_pandas())


def block_tables(block: Block, setting: Setting) -> dict[str, Table]:
    """The eight tables of people; centres are written once."""
    course, found, centres = block.course, block.detection, setting.centres
    ids = tables.patient_ids(course.people.number)
    return {
        "patients": tables.patients(course, ids, centres),
        "modality_spells": tables.spells(course, ids, centres),
        "labs": tables.lab_results(course, ids, centres, delayed=setting.scenario == "D"),
        "diagnoses": tables.diagnoses(found, ids),
        "procedures": tables.procedures(course, ids),
        "drugs": tables.drugs(course, ids),
        "assessments": tables.assessments(found, ids),
        "coverage": tables.coverage(course, ids),
    }
