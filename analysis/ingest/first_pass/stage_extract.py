"""First pass over an extract: its files are opened, its tables typed and cut into buckets."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import duckdb

from analysis import store
from analysis.ingest.columns.column_types import RULE_SENTENCES, typed_select
from analysis.ingest.columns.staging import RecordCounts, staged_select
from analysis.ingest.files.file_parts import FilePart, create_record_view
from analysis.ingest.files.records import Broken
from analysis.ingest.first_pass.buckets import bucket_of
from analysis.ingest.first_pass.chunks import (
    RECORDS_A_CHUNK,
    Staged,
    StageTask,
    chunks_of,
    stage,
    stage_table,
)
from analysis.ingest.first_pass.job import Job
from analysis.ingest.first_pass.opening import SMALL, Opened, OpenTask, open_file
from analysis.ingest.first_pass.people_rules import (
    no_people_refusal,
    refuse_conflicting_people,
    store_people,
)
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
class _Plan:
    """The parts of the extract's files, the tasks of its tables, and counts made on the way."""

    parts: dict[str, list[FilePart]] = field(default_factory=dict)
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
        plan = _plan(job, selects, chain([next(opened)], opened))  # processes before engines
    stage_all(job, plan)
    staged: dict = {"order": list(selects), "records": {}, "broken": {}}
    with closing(job.engine.read(job.threads, 1, "count")) as connection:
        for name, (_, files) in selects.items():
            records = plan.staged[name].records
            unknown_scope_rules(job.form, records.scopes - set(RULE_SENTENCES))
            _count_records(connection, table(name), files, records)
            staged["records"][name] = dict(records.records)
            staged["broken"][name] = [record for file in files for record in plan.broken[file]]
    job.engine.remove()
    store.remove_folder(text)
    noted = plan.noted + _judge(job.out, plan.staged.get("labs"))
    return {**staged, "source": [row.record() for row in noted]}


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


def _plan(job: Job, selects: Selects, opened: Iterator[tuple[str, Opened]]) -> _Plan:
    """Plan the tasks of all tables; people are staged while other files are still being opened."""
    plan = _Plan()
    with closing(job.engine.make(job.threads)) as connection:
        if _people_stand_first(job, selects):
            sql, files = selects[PEOPLE]
            _view_files(connection, job, plan, islice(opened, len(files)))
            _plan_table(connection, job, plan, PEOPLE, sql, files)
        _view_files(connection, job, plan, opened)
        prepare(connection, job.form)
        plan.noted += people_counts(connection, job.form)
        plan.noted += run_source_checks(connection, job.form)
        for name, (sql, files) in selects.items():
            if name not in plan.staged:
                _plan_table(connection, job, plan, name, sql, files)
    return plan


def _people_stand_first(job: Job, selects: Selects) -> bool:
    """Whether people are made of the files that are opened first, and of no step."""
    made_of_more = job.form.concept_sets or step_statements(job.form.name)
    _, files = selects.get(PEOPLE, ("", []))
    return not made_of_more and bool(files) and set(files) == set([*job.found][: len(files)])


def _view_files(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    plan: _Plan,
    opened: Iterable[tuple[str, Opened]],
) -> None:
    for name, ((parts, broken), lacking) in opened:
        if parts:
            create_record_view(connection, name, parts)
        else:
            create_empty_view(connection, job.found[name])
        plan.parts[name], plan.broken[name] = parts, broken
        plan.noted += lacking


def _plan_table(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    plan: _Plan,
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
        _store_people(connection, job, typed, [one for f in files for one in plan.broken[f]], files)
        typed = TYPED_PEOPLE
    rows = staged_select(declared, typed, job.parts)
    file = (*files, f"{name}.sql")[0]
    # one thread hands records over in their order, which spares the second pass a sort
    few = sum(p.records for one in files for p in plan.parts[one]) <= RECORDS_A_CHUNK
    threads, workers = (1, job.threads) if few else (job.threads, 1)
    whole = StageTask(job.engine, declared, file, rows, None, 0, threads, workers)
    if name == PEOPLE:
        plan.staged[name] = stage_table(connection, whole)
        connection.execute(f"DROP TABLE {TYPED_PEOPLE}")  # for no other SELECT to read
        return
    chunks = chunks_of(connection, sql, plan.parts)
    plan.staged[name] = Staged(RecordCounts(), (Histograms(), Histograms("assay_upper_limit")))
    plan.tasks += [
        whole._replace(chunk=chunk, number=number, threads=1, workers=job.threads)
        for number, chunk in enumerate(chunks)
    ] or [whole]


def stage_all(job: Job, plan: _Plan) -> None:
    """Run the tasks side by side, whole tables first: they may take longest."""
    tasks = sorted(plan.tasks, key=lambda task: task.chunk is not None)
    half = job.size(job.found) // 2
    found = map_in_order(stage, tasks, job.threads, job.master)
    for done, (task, part) in enumerate(zip(tasks, found, strict=True), start=1):
        whole = plan.staged[task.declared.name]
        whole.records.add(part.records)
        for all_counts, counts in zip(whole.histograms, part.histograms, strict=True):
            all_counts.add(counts)
        job.count(half * done // len(tasks), 2 * half)


def _count_records(
    connection: duckdb.DuckDBPyConnection, declared: Table, files: list[str], counts: RecordCounts
) -> None:
    """Count records, not the rows they became; of the one file that is read none may be lost."""
    if counts.are_complete(connection, files):
        return
    selected = f"_selected_{declared.name}"
    if len(files) == 1:
        refuse_silent_loss(connection, declared, selected, files[0])
    counts.records = records_selected(connection, selected)


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
        raise no_people_refusal(connection, TYPED_PEOPLE, broken, job.found[files[0]].parts[0].name)
