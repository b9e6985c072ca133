"""First pass over an extract: its files are opened, its tables typed and cut into buckets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from analysis import store
from analysis.ingest import buckets
from analysis.ingest.assays import assay_rows, assay_runs
from analysis.ingest.files import Found
from analysis.ingest.foreign_files import as_text
from analysis.ingest.headers import columns_of_some_parts, read_headers
from analysis.ingest.identifiers import refuse_by_policy, refuse_identifiers
from analysis.ingest.laboratory import Histograms
from analysis.ingest.people_rules import refuse_conflicting_people, store_people
from analysis.ingest.prepare import create_empty_view, people_counts, prepare
from analysis.ingest.records import Broken, create_record_view, literal
from analysis.ingest.row_stops import RowStops
from analysis.ingest.select import (
    files_read,
    records_selected,
    refuse_silent_loss,
    selected_relation,
    unknown_scope_rules,
)
from analysis.ingest.source_checks import run_source_checks
from analysis.ingest.staging import Seen, stage_rows, staged_select
from analysis.ingest.typed import RULE_SENTENCES, typed_select
from analysis.ingest.unit_forensics import unit_verdicts
from analysis.study import Study
from data_schema.declarations import Source, Table, analytes, select_statements, table
from data_schema.refusal import refusal
from data_schema.results import Estimate


@dataclass(frozen=True)
class Job:
    """One extract to read: the study's source, the files found, where to write, whom to tell."""

    study: Study
    form: Source
    found: dict[str, Found]
    extract: Path
    out: Path
    threads: int
    memory: float
    say: Callable[[str], None]
    count: Callable[[int, int], None]
    master: str = ""

    @property
    def buckets(self) -> int:
        return buckets.number_of_buckets([p for f in self.found.values() for p in f.parts])

    @property
    def parts(self) -> list[str]:
        """Names of the files there are; a row may come from any of them, by way of a step."""
        return sorted({part.name for found in self.found.values() for part in found.parts})

    def size(self, names: Iterable[str]) -> int:
        """Bytes of the files of these names."""
        return sum(p.stat().st_size for name in sorted(names) for p in self.found[name].parts)


def work_key(job: Job) -> str:
    """What a run that was cut short must have had in common with this one to go on from it."""
    inputs = job.out / "inputs.json"
    parts = [
        [part.relative_to(job.extract).as_posix(), part.stat().st_size, part.stat().st_mtime_ns]
        for found in job.found.values()
        for part in found.parts
    ]
    known = {
        "inputs": inputs.read_text("utf-8") if inputs.exists() else "",
        "study": job.study.slice("source", "population"),
        "parts": parts,
        "buckets": job.buckets,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()


def stage_extract(job: Job) -> dict:
    """Stage every table and judge the units.

    Returns the tables in their ``order``, for each its ``records`` by file and those ``broken``,
    and what the ``source`` itself counts and checks.
    """
    text = store.private_folder(job.out / store.WORK / "text")
    connection = connect(job)
    histograms = (Histograms(), Histograms("assay_upper_limit"))
    try:
        broken, noted = _open_files(connection, as_text(job.found, text), text)
        prepare(connection, job.form)
        staged: dict = {"order": [], "records": {}, "broken": {}}
        noted += people_counts(connection, job.form) + run_source_checks(connection, job.form)
        staged["source"] = [asdict(row) for row in noted]
        read: set[str] = set()
        for name, sql in select_statements(job.form.name).items():
            files = files_read(sql, job.form)
            if not files <= set(job.found):
                continue
            seen = _stage_table(connection, job, name, sql, histograms)
            staged["order"].append(name)
            staged["records"][name] = dict(seen.records)
            staged["broken"][name] = [record for file in sorted(files) for record in broken[file]]
            read |= files
            job.count(job.size(read) // 2, job.size(job.found))
    finally:
        connection.close()
    store.remove_folder(text)
    staged["source"] += [asdict(row) for row in _judge(job.out, histograms)]
    return staged


def _judge(out: Path, histograms: tuple[Histograms, Histograms]) -> list[Estimate]:
    """Write the verdicts on units and the runs of assays; what is counted of the latter."""
    values, ranges = (one.frame() for one in histograms)
    store.write_frame(out / "unit_verdicts.parquet", unit_verdicts(values, analytes(), ranges))
    store.write_frame(out / "assays.parquet", assay_runs(ranges))
    return assay_rows(values, ranges)


def connect(job: Job) -> duckdb.DuckDBPyConnection:
    """An engine that can read the extract, write its own folder, and reach nothing else."""
    connection = duckdb.connect()
    folders = ", ".join(literal(str(p.resolve()) + "/") for p in (job.extract, job.out))
    spill = job.out.resolve() / store.WORK / "spill"
    for setting in (
        f"threads={int(job.threads)}",
        f"memory_limit='{int(job.memory * 1000 / 2)}MB'",
        "preserve_insertion_order=true",
        "python_enable_replacements=false",
        f"temp_directory={literal(str(spill))}",
        "autoinstall_known_extensions=false",
        "autoload_known_extensions=false",
        f"allowed_directories=[{folders}]",
        "enable_external_access=false",
        "lock_configuration=true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _open_files(
    connection: duckdb.DuckDBPyConnection, found: dict[str, Found], text: Path
) -> tuple[dict[str, list[Broken]], list[Estimate]]:
    """The broken records of each file, and what its parts lack."""
    broken: dict[str, list[Broken]] = {}
    lacking: list[Estimate] = []
    for name, file in found.items():
        if not file.parts:
            create_empty_view(connection, file)
            broken[name] = []
            continue
        headers = read_headers(file)
        lacking += columns_of_some_parts(file, headers)
        try:
            broken[name] = create_record_view(connection, file, headers, text)
            refuse_identifiers(connection, file, headers, text)
        except (duckdb.IOException, duckdb.InvalidInputException):
            raise refusal("cannot be read as declared", file=file.parts[0].name) from None
    return broken, lacking


def _stage_table(
    connection: duckdb.DuckDBPyConnection,
    job: Job,
    name: str,
    sql: str,
    histograms: tuple[Histograms, ...],
) -> Seen:
    declared = table(name)
    files = files_read(sql, job.form)
    selected = selected_relation(connection, declared, sql)
    end = job.study.population.data_end.isoformat()
    typed = f"({typed_select(declared, selected, end)})"
    if name == "patients":
        policy = job.study.population.deidentification
        refuse_by_policy(connection, selected, policy, job.form.calendar)
        typed = _people(connection, job, typed, files)
    seen = Seen()
    stops = RowStops(declared)
    watch = [
        stops.watch,
        seen.watch,
        *([one.watch for one in histograms] if name == "labs" else []),
    ]
    rows = staged_select(declared, typed, job.parts, job.buckets)
    try:
        stage_rows(connection, rows, name, job.out / store.WORK / "rows" / name, watch)
    except (duckdb.IOException, duckdb.InvalidInputException):
        raise refusal("cannot be read as declared", file=sorted(files)[0]) from None
    unknown_scope_rules(job.form, seen.scopes - set(RULE_SENTENCES))
    _count_records(connection, declared, selected, sorted(files), seen)
    return seen


def _count_records(
    connection: duckdb.DuckDBPyConnection,
    declared: Table,
    selected: str,
    files: list[str],
    seen: Seen,
) -> None:
    """Count records, not the rows they became; of the one file that is read none may be lost."""
    if seen.is_all_of(connection, files):
        return
    if len(files) == 1:
        refuse_silent_loss(connection, declared, selected, files[0])
    seen.records = records_selected(connection, selected)


def _people(connection: duckdb.DuckDBPyConnection, job: Job, typed: str, files: set[str]) -> str:
    """The typed people, kept in memory: one row each, or the run stops."""
    connection.execute(f"CREATE TEMP TABLE _typed_patients AS {typed}")
    refuse_conflicting_people(connection, "_typed_patients")
    if not store_people(connection, "_typed_patients", job.buckets):
        file = job.found[sorted(files)[0]].parts[0].name
        raise refusal("holds no person who can be used", file=file)
    return "_typed_patients"
