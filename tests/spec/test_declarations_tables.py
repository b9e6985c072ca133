"""Tables, sources and protocols agree with each other: names, keys, columns, files."""

from __future__ import annotations

import duckdb
import pytest

from analysis.ingest.files.find_files import FoundFile
from analysis.ingest.first_pass.prepare import create_empty_view, prepare
from analysis.ingest.sql.permitted_sql import relations_named
from analysis.study import PROTOCOLS, read_study
from data_schema.declarations import (
    TABLE_NAMES,
    analytes,
    select_statements,
    source,
    source_names,
    table,
)

DROPPED_BY_A_READER = {"_file", "_row", "_out_of_scope"}


@pytest.mark.parametrize("name", TABLE_NAMES)
class TestEveryTable:
    def test_is_named_as_its_file(self, name: str) -> None:
        assert table(name).name == name

    def test_names_each_column_once_and_has_its_key(self, name: str) -> None:
        names = table(name).column_names
        assert len(names) == len(set(names))
        assert set(table(name).key) <= set(names)

    def test_a_category_lists_its_values_and_its_default(self, name: str) -> None:
        for column in table(name).columns:
            assert (column.type == "category") == bool(column.values)
            if column.default is not None and column.type == "category":
                assert column.default in column.values

    def test_a_column_with_a_default_is_never_rejected_for_being_empty(self, name: str) -> None:
        assert not [c.name for c in table(name).columns if c.required and c.default is not None]

    def test_a_rule_speaks_of_a_column_it_has(self, name: str) -> None:
        ids = [rule.id for rule in table(name).rules]
        assert len(ids) == len(set(ids))
        assert all(rule.column in table(name).column_names for rule in table(name).rules)

    def test_a_person_s_id_is_marked_as_a_pseudonym(self, name: str) -> None:
        for column in table(name).columns:
            if column.name == "patient_id":
                assert column.sensitivity == "pseudonym"


@pytest.mark.parametrize("name", source_names())
class TestEverySource:
    def test_is_named_as_its_folder(self, name: str) -> None:
        assert source(name).name == name

    def test_makes_people(self, name: str) -> None:
        assert "patients" in select_statements(name)

    def test_selects_columns_of_the_table_and_the_physical_record(self, name: str) -> None:
        with _empty_extract(name) as connection:
            for table_name, statement in select_statements(name).items():
                described = connection.execute(f"DESCRIBE {statement}").fetchall()
                selected = {row[0] for row in described}
                known = set(table(table_name).column_names)
                assert selected - DROPPED_BY_A_READER <= known, table_name
                assert {"_file", "_row"} <= selected, table_name
                required = {c.name for c in table(table_name).columns if c.required}
                assert required <= selected, table_name

    def test_reads_a_file_that_it_declares(self, name: str) -> None:
        """A SELECT reads files and steps, and the steps read the others; nothing else."""
        with _empty_extract(name) as connection:
            known = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
        for statement in select_statements(name).values():
            read = relations_named(statement)
            assert read and read <= known


def _empty_extract(name: str) -> duckdb.DuckDBPyConnection:
    """An engine with every file of a source, without records, and its steps."""
    connection = duckdb.connect()
    for declared in source(name).files:
        create_empty_view(connection, FoundFile(declared, ()))
    prepare(connection, source(name))
    return connection


PROTOCOL_NAMES = sorted(path.stem for path in PROTOCOLS.glob("*.toml"))


@pytest.mark.parametrize("name", PROTOCOL_NAMES)
class TestEveryProtocol:
    def test_is_read_and_named_as_its_file(self, name: str) -> None:
        assert read_study(PROTOCOLS / f"{name}.toml").name == name

    def test_asks_only_for_laboratory_values_that_are_declared(self, name: str) -> None:
        study = read_study(PROTOCOLS / f"{name}.toml")
        assert set(study.exposures.labs) <= set(analytes())

    def test_names_each_term_of_a_model_once(self, name: str) -> None:
        for model in read_study(PROTOCOLS / f"{name}.toml").models:
            terms = [term.name for term in model.terms]
            assert len(terms) == len(set(terms))
