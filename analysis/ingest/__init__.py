"""A holder's files become typed tables; every record is used, out of scope, or rejected by rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from analysis import store
from analysis.ingest.account import (
    account_rows,
    rejects,
    unit_conversions,
    used_columns,
)
from analysis.ingest.buckets import number_of_buckets, write_buckets
from analysis.ingest.files import Found, find_files
from analysis.ingest.headers import read_headers
from analysis.ingest.identifiers import refuse_identifiers
from analysis.ingest.laboratory import convert, store_unit_factors
from analysis.ingest.people_rules import (
    checked_relation,
    refuse_conflicting_people,
    store_people,
)
from analysis.ingest.prepare import create_empty_view, people_counts, prepare
from analysis.ingest.records import create_record_view, literal
from analysis.ingest.select import (
    files_read,
    refuse_silent_loss,
    selected_relation,
    unknown_scope_rules,
)
from analysis.ingest.source_checks import run_source_checks
from analysis.ingest.typed import RULE_SENTENCES, typed_select
from analysis.study import Study
from data_schema.declarations import Source, select_statements, source, table
from data_schema.refusal import refusal
from data_schema.results import Estimate, Reject

Broken = dict[str, list[tuple[str, int, str]]]


@dataclass(frozen=True)
class Job:
    """One extract to read: the study's source, the files found, where to write, whom to tell."""

    study: Study
    form: Source
    found: dict[str, Found]
    out: Path
    say: Callable[[str], None]
    count: Callable[[int, int], None]

    @property
    def buckets(self) -> int:
        return number_of_buckets([p for f in self.found.values() for p in f.parts])

    def size(self, names: Iterable[str]) -> int:
        """Bytes of the files of these names."""
        return sum(p.stat().st_size for name in sorted(names) for p in self.found[name].parts)


def run(
    study: Study,
    extract: Path,
    out: Path,
    threads: int = 2,
    say: Callable[[str], None] = lambda _: None,
    count: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Read ``extract`` as the study's source says, write typed tables and their account to ``out``.

    ``count`` is told the bytes of the files done and of all after each table. Raises ``Refusal``
    for an extract that does not fit; then nothing of it remains in ``out``.
    """
    store.empty_folder(out)
    form = source(study.source)
    job = Job(study, form, find_files(extract, form), out, say, count)
    connection = _connect(extract, out, threads)
    try:
        broken = _open_files(connection, job.found)
        rows, rejected, tables = _ingest_tables(connection, job, broken)
    except Exception:
        store.empty_folder(out)
        raise
    finally:
        connection.close()
    store.write_frame(out / "quality.parquet", store.estimates_frame(rows))
    store.write_frame(out / "rejects.parquet", pd.DataFrame(rejected, columns=Reject._fields))
    store.write_json(
        out / "facts.json",
        {
            "tables": tables,
            "precision": form.precision,
            "calendar": form.calendar,
            "buckets": job.buckets,
        },
    )
    store.write_manifest(out)


def _connect(extract: Path, out: Path, threads: int) -> duckdb.DuckDBPyConnection:
    """An engine that can read the extract, write its own folder, and reach nothing else."""
    connection = duckdb.connect()
    folders = ", ".join(literal(str(p.resolve()) + "/") for p in (extract, out))
    for setting in (
        f"threads={int(threads)}",
        "memory_limit='1200MB'",
        "preserve_insertion_order=true",
        f"temp_directory={literal(str(out.resolve() / 'spill'))}",
        "autoinstall_known_extensions=false",
        "autoload_known_extensions=false",
        f"allowed_directories=[{folders}]",
        "enable_external_access=false",
        "lock_configuration=true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def _open_files(connection: duckdb.DuckDBPyConnection, found: dict[str, Found]) -> Broken:
    broken = {}
    for name, file in found.items():
        if not file.parts:
            create_empty_view(connection, file)
            broken[name] = []
            continue
        header = read_headers(file)
        broken[name] = create_record_view(connection, file, header)
        refuse_identifiers(connection, file, header)
    return broken


def _ingest_tables(
    connection: duckdb.DuckDBPyConnection, job: Job, broken: Broken
) -> tuple[list[Estimate], list[Reject], list[str]]:
    store_unit_factors(connection)
    prepare(connection, job.form)
    rows: list[Estimate] = people_counts(connection, job.form)
    rows += run_source_checks(connection, job.form)
    rejected: list[Reject] = []
    done: dict[str, set[str]] = {}
    for name, sql in select_statements(job.form.name).items():
        files = files_read(sql, job.form)
        if not files <= set(job.found):
            continue
        checked = _checked_table(connection, job, name, sql, files)
        own = [record for file in sorted(files) for record in broken[file]]
        counts = account_rows(connection, job.form, name, checked, own)
        rows += counts
        rejected += rejects(connection, checked, own)
        if name == "patients":
            _refuse_empty(connection, checked, job.found, files)
            store_people(connection, checked)
        if name == "labs":
            rows += unit_conversions(connection, checked)
        columns = used_columns(connection, checked)
        write_buckets(connection, name, checked, columns, job.out, job.buckets)
        connection.execute(f"DROP TABLE {checked}")
        done[name] = files
        job.say(_line(name, counts))
        job.count(job.size(set().union(*done.values())), job.size(job.found))
    return rows, rejected, list(done)


def _checked_table(
    connection: duckdb.DuckDBPyConnection, job: Job, name: str, sql: str, files: set[str]
) -> str:
    declared = table(name)
    selected = selected_relation(connection, declared, sql)
    typed = f"_typed_{name}"
    end = job.study.population.data_end.isoformat()
    connection.execute(f"CREATE TEMP TABLE {typed} AS {typed_select(declared, selected, end)}")
    refuse_silent_loss(connection, declared, typed, files)
    scopes = connection.execute(f"SELECT DISTINCT _out_of_scope FROM {typed}").fetchall()
    unknown_scope_rules(job.form, {row[0] for row in scopes if row[0]} - set(RULE_SENTENCES))
    if name == "patients":
        refuse_conflicting_people(connection, typed)
    if name == "labs":
        typed = convert(connection, typed)
    return checked_relation(connection, declared, typed, end)


def _refuse_empty(
    connection: duckdb.DuckDBPyConnection, checked: str, found: dict[str, Found], files: set[str]
) -> None:
    used = connection.execute(f"SELECT count(*) FROM {checked} WHERE _rule IS NULL").fetchone()
    if not used or not used[0]:
        file = found[sorted(files)[0]].parts[0].name
        raise refusal("holds no person who can be used", file=file)


def _line(name: str, counts: list[Estimate]) -> str:
    fates = {fate: 0 for fate in ("used", "out_of_scope", "rejected")}
    for row in counts:
        if row.measure == "rows" and row.level in fates:
            fates[row.level] += int(row.numerator or 0)
    return (
        f"{name}: {sum(fates.values()):,} records = {fates['used']:,} used "
        f"+ {fates['out_of_scope']:,} out of scope + {fates['rejected']:,} rejected"
    )
