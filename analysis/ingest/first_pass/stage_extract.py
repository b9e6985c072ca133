"""First pass over an extract: its files are opened, its tables typed and cut into buckets."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path

import duckdb

from analysis import store
from analysis.ingest.columns.column_types import RULE_SENTENCES, typed_select
from analysis.ingest.columns.rows_by_value import has_words, word_select
from analysis.ingest.columns.staging import Seen, staged_select
from analysis.ingest.files.file_parts import Piece, create_record_view
from analysis.ingest.files.records import Broken
from analysis.ingest.first_pass.buckets import bucket_of
from analysis.ingest.first_pass.chunks import (
    RECORDS_A_SLICE,
    Staged,
    StageTask,
    narrowed_views,
    stage,
    stage_table,
)
from analysis.ingest.first_pass.job import Job
from analysis.ingest.first_pass.opening import SMALL, Opened, OpenTask, open_file
from analysis.ingest.first_pass.people_rules import nobody, refuse_conflicting_people, store_people
from analysis.ingest.first_pass.prepare import create_empty_view, people_counts, prepare
from analysis.ingest.first_pass.source_checks import run_source_checks
from analysis.ingest.identifiers.policy import refuse_by_policy
from analysis.ingest.sql.run_selects import (
    files_read,
    records_selected,
    refuse_silent_loss,
    selected_relation,
    unknown_scope_rules,
)
from analysis.ingest.units.assays import assay_rows, assay_runs
from analysis.ingest.units.centre_units import Histograms
from analysis.ingest.units.forensics import unit_verdicts
from analysis.runner import map_in_order
from data_schema.declarations import (
    Table,
    analytes,
    select_statements,
    step_statements,
    table,
)
from data_schema.results import Estimate

PEOPLE, TYPED_PEOPLE = "patients", "_typed_patients"

Selects = dict[str, tuple[str, list[str]]]  # table -> its SELECT and the files that this reads


@dataclass
class _Made:
    """What the first engine has made of the extract, and what was counted on the way."""

    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    broken: dict[str, list[Broken]] = field(default_factory=dict)
    noted: list[Estimate] = field(default_factory=list)
    staged: dict[str, Staged] = field(default_factory=dict)
    tasks: list[StageTask] = field(default_factory=list)


def stage_extract(job: Job) -> dict:
    """Stage every table and judge the units.

    Returns the tables in their ``order``, for each its ``records`` by file and those ``broken``,
    and what the ``source`` itself counts and checks.
    """
    text = store.private_folder(job.out / store.WORK / "text")
    selects = {
        name: (sql, sorted(files_read(sql, job.form)))
        for name, sql in select_statements(job.form.name).items()
        if files_read(sql, job.form) <= set(job.found)
    }
    with closing(_open_files(job, text)) as opened:
        made = _plan(job, selects, chain([next(opened)], opened))  # processes before engines
    stage_all(job, made)
    staged: dict = {"order": list(selects), "records": {}, "broken": {}}
    with closing(job.engine.read(job.threads, 1, "count")) as connection:
        for name, (_, files) in selects.items():
            seen = made.staged[name].seen
            unknown_scope_rules(job.form, seen.scopes - set(RULE_SENTENCES))
            _count_records(connection, table(name), files, seen)
            staged["records"][name] = dict(seen.records)
            staged["broken"][name] = [record for file in files for record in made.broken[file]]
    job.engine.remove()
    store.remove_folder(text)
    noted = made.noted + _judge(job.out, made.staged.get("labs"))
    return {**staged, "source": [asdict(row) for row in noted]}


def _judge(out: Path, labs: Staged | None) -> list[Estimate]:
    """Write the verdicts on units and the runs of assays; what is counted of the latter."""
    histograms = labs.histograms if labs else (Histograms(), Histograms("assay_upper_limit"))
    values, ranges = (one.frame() for one in histograms)
    store.write_frame(out / "unit_verdicts.parquet", unit_verdicts(values, analytes(), ranges))
    runs = assay_runs(ranges)
    store.write_frame(out / "assays.parquet", runs)
    return assay_rows(values, ranges, runs)


def _open_files(job: Job, text: Path) -> Generator[tuple[str, Opened], None, None]:
    """Each file's records as text, and what of it could not be cut into cells."""
    policy = job.study.population.deidentification
    tasks = [
        OpenTask(job.engine, file, text, policy, job.threads_for(name), job.threads)
        for name, file in job.found.items()
    ]
    here = not job.master and job.size(job.found) < SMALL
    opened = map_in_order(open_file, tasks, 1 if here else job.threads, job.master)
    yield from zip(job.found, opened, strict=True)


def _plan(job: Job, selects: Selects, opened: Iterator[tuple[str, Opened]]) -> _Made:
    """The tasks of all tables; people are known while other files are still being opened."""
    made = _Made()
    with closing(job.engine.make(job.threads)) as connection:
        if _people_stand_first(job, selects):
            sql, files = selects[PEOPLE]
            _view_files(connection, job, made, islice(opened, len(files)))
            _plan_table(connection, job, made, PEOPLE, sql, files)
        _view_files(connection, job, made, opened)
        prepare(connection, job.form)
        made.noted += people_counts(connection, job.form)
        made.noted += run_source_checks(connection, job.form)
        for name, (sql, files) in selects.items():
            if name not in made.staged:
                _plan_table(connection, job, made, name, sql, files)
    return made


def _people_stand_first(job: Job, selects: Selects) -> bool:
    """Whether people are made of the files that are opened first, and of no step."""
    made_of_more = job.form.concept_sets or step_statements(job.form.name)
    _, files = selects.get(PEOPLE, ("", []))
    return not made_of_more and bool(files) and set(files) == set([*job.found][: len(files)])


def _view_files(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    made: _Made,
    opened: Iterable[tuple[str, Opened]],
) -> None:
    for name, ((pieces, broken), lacking) in opened:
        if pieces:
            create_record_view(connection, name, pieces)
        else:
            create_empty_view(connection, job.found[name])
        made.pieces[name], made.broken[name] = pieces, broken
        made.noted += lacking


def _plan_table(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    made: _Made,
    name: str,
    sql: str,
    files: list[str],
) -> None:
    """The tasks of a table, or, of people, their rows at once: the others are staged by them."""
    declared = table(name)
    selected = selected_relation(connection, declared, sql)
    end = job.study.population.data_end.isoformat()
    typed = f"({typed_select(declared, selected, end)})"
    if name == PEOPLE:
        policy = job.study.population.deidentification
        refuse_by_policy(connection, selected, policy, job.form.calendar)
        _store_people(connection, job, typed, [one for f in files for one in made.broken[f]], files)
        typed = TYPED_PEOPLE
    rows = staged_select(declared, typed, job.parts)
    file = (*files, f"{name}.sql")[0]
    # one thread hands records over in their order, which spares the second pass a sort
    few = sum(p.records for one in files for p in made.pieces[one]) <= RECORDS_A_SLICE
    threads, workers = (1, job.threads) if few else (job.threads, 1)
    whole = StageTask(job.engine, declared, file, rows, None, 0, threads, workers)
    if name == PEOPLE:
        made.staged[name] = stage_table(connection, whole)
        connection.execute(f"DROP TABLE {TYPED_PEOPLE}")  # for no other SELECT to read
        return
    views = narrowed_views(connection, sql, made.pieces)
    by_words = word_select(declared, sql, job.parts) if views else None
    if by_words and not has_words(views, by_words):
        by_words = None
    made.staged[name] = Staged(Seen(), (Histograms(), Histograms("assay_upper_limit")))
    made.tasks += [
        whole._replace(
            narrowed=view,
            number=number,
            threads=1,
            workers=job.threads,
            by_words=by_words,
        )
        for number, view in enumerate(views)
    ] or [whole]


def stage_all(job: Job, made: _Made) -> None:
    """Run the tasks side by side, whole tables first: they may take longest."""
    tasks = sorted(made.tasks, key=lambda task: task.narrowed is not None)
    half = job.size(job.found) // 2
    found = map_in_order(stage, tasks, job.threads, job.master)
    for done, (task, part) in enumerate(zip(tasks, found, strict=True), start=1):
        whole = made.staged[task.declared.name]
        whole.seen.add(part.seen)
        for all_counts, counts in zip(whole.histograms, part.histograms, strict=True):
            all_counts.add(counts)
        job.count(half * done // len(tasks), 2 * half)


def _count_records(
    connection: duckdb.DuckDBPyConnection, declared: Table, files: list[str], seen: Seen
) -> None:
    """Count records, not the rows they became; of the one file that is read none may be lost."""
    if seen.is_all_of(connection, files):
        return
    selected = f"_selected_{declared.name}"
    if len(files) == 1:
        refuse_silent_loss(connection, declared, selected, files[0])
    seen.records = records_selected(connection, selected)


def _store_people(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    typed: str,
    broken: list[Broken],
    files: list[str],
) -> None:
    """The typed people, kept by this engine alone: one row each, or the run stops."""
    bucket = bucket_of("patient_id", job.buckets)
    connection.execute(
        f"CREATE TEMP TABLE {TYPED_PEOPLE} AS SELECT *, {bucket} AS _bucket FROM {typed}"
    )
    refuse_conflicting_people(connection, TYPED_PEOPLE)
    if not store_people(connection, TYPED_PEOPLE):
        raise nobody(connection, TYPED_PEOPLE, broken, job.found[files[0]].parts[0].name)
