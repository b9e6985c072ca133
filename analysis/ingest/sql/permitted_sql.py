"""Permitted SQL: one SELECT over the extract's own relations, parsed before it runs.

It reads no file by name, no setting, no environment, and no table of the engine; it writes nothing.
The engine's own parser shows what a statement names; whatever it cannot show is refused.
"""

from __future__ import annotations

import atexit
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

from data_schema.refusal import Refusal, refusal

# not DELETE_QUERY_NODE and its like, which a WITH may hold; nor WITH RECURSIVE, which may never end
QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})
WITH_NAME = re.compile(r"[a-z_]\w*")  # a file's name is none: WITH would hide that it is read
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
OF_THE_MACHINE = frozenset(
    {
        "current_catalog",
        "current_database",
        "current_query",
        "current_setting",
        "current_user",
        "getenv",
        "getvariable",
        "nextval",
        "random",
        "gen_random_uuid",
        "setseed",
        "now",
        "today",
        "current_date",
        "get_current_timestamp",
        "current_localtime",
        "current_localtimestamp",
        "current_role",
        "current_schema",
        "current_time",
        "current_timestamp",
        "localtime",
        "localtimestamp",
        "session_user",
        "user",
        "uuid",
        "version",
    }
)
# macros of the engine around such functions, and those that put a cell into an error's message
WRAPPED = frozenset({"age", "ago", "assert_true", "error", "get_block_size"})
OF_ANOTHER_ENGINE = "pg_"  # they report on a server, or wait
# errors before any cell is read: a name in the statement that the engine does not know
MISSED = re.compile(
    r'^Binder Error: Referenced (?:column|table) "([^"\n]+)" not found'
    r'|^Binder Error: (?:Table|Values list) "[^"\n]+" does not have a column named "([^"\n]+)"'
    r'|^Binder Error: Column "([^"\n]+)" (?:in \w+ list not found|does not exist)'
    r"|^Catalog Error: (?:\w+ Function|Type) with name (\w+) does not exist"
)
PLAIN_NAME = re.compile(r"[A-Za-z_]\w{0,62}")
WITHOUT_PARENTHESES = ("current_", "local", "session_user", "user")


def one_select(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> None:
    """Raises ``Refusal`` where ``sql`` is anything but one SELECT within its bounds.

    ``where`` names the file that holds it. The bounds: relations of ``connection`` and the
    statement's own WITH names; no table function but ``range``, ``generate_series``, ``unnest``;
    nothing that reports on the machine, changes from run to run, or may never end.
    """
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error:
        raise refusal("is not SQL", file=where) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise refusal("is not one SELECT statement", file=where)
    nodes = list(parsed_nodes(_parsed(connection, sql, where)))
    kinds = {str(node.get("type")) for node in nodes}
    if "SHOW_REF" in kinds or {kind for kind in kinds if kind.endswith("_NODE")} - QUERIES:
        raise refusal("is not one SELECT statement and nothing else", file=where)
    beyond = sorted(_relations(nodes) - _known(connection) - _with_names(nodes))
    if beyond:
        raise Refusal(f"{where}: reads {', '.join(beyond)}, which source.toml does not declare")
    called = {node.get("function_name", "").lower() for node in nodes}
    from_table = {
        (node.get("function") or {}).get("function_name", "").lower()
        for node in nodes
        if node.get("type") == "TABLE_FUNCTION"
    }
    called |= {name for name in _bare_names(nodes) if name.startswith(WITHOUT_PARENTHESES)}
    if any(node.get("sample") for node in nodes):
        raise refusal("takes a sample, which is another one in every run", file=where)
    called_barred = called & (OF_THE_MACHINE | WRAPPED | _changing())
    called_barred |= {name for name in called if name.startswith(OF_ANOTHER_ENGINE)}
    barred = sorted(called_barred | (from_table - TABLE_FUNCTIONS))
    if barred:
        raise Refusal(f"{where}: calls {', '.join(barred)}, which a source may not")


def does_not_run(error: duckdb.Error, sql: str, where: str) -> Refusal:
    """The refusal of a statement that the engine does not take, with the name that it misses.

    The rest of what the engine says may hold a cell; a name is shown only where ``sql`` has it.
    """
    problem = "does not run on the files that source.toml declares"
    missed = MISSED.match(str(error))
    name = next(filter(None, missed.groups()), "") if missed else ""
    if PLAIN_NAME.fullmatch(name) and name.lower() in sql.lower():
        problem += f": there is no {name}"
    return refusal(problem, file=where)


@cache
def relations_named(sql: str) -> frozenset[str]:
    """The relations that a SELECT reads and does not make itself, lower case; else none."""
    nodes = list(parsed_nodes(_serialized(parser(), sql)))
    return frozenset(_relations(nodes) - _with_names(nodes))


@cache
def parser() -> duckdb.DuckDBPyConnection:
    """An engine that holds nothing, to parse statements and to be asked for its functions.

    It starts no thread: processes may be forked beside it. It is let go before the interpreter
    ends, or its binding says on the standard error that it was not.
    """
    atexit.register(parser.cache_clear)
    return duckdb.connect(config={"threads": 1, "async_threads": 0})


@cache
def _changing() -> frozenset[str]:
    """Functions that, as the engine says itself, do not give the same for the same."""
    return frozenset(name for name, _, changes in functions() if changes)


@cache
def functions() -> tuple[tuple[str, bool, bool], ...]:
    """The engine's functions, lower case: whether each is scalar alone, and whether it changes."""
    rows = parser().execute(
        "SELECT lower(function_name), bool_and(function_type = 'scalar'), "
        "bool_or(coalesce(stability <> 'CONSISTENT', false)) FROM duckdb_functions() GROUP BY 1"
    )
    return tuple(rows.fetchall())


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str, where: str) -> Any:
    tree = _serialized(connection, sql)
    if tree.get("error"):
        raise refusal("is a SELECT of a kind that cannot be checked", file=where)
    return tree


def _serialized(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    row = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    return json.loads(row[0]) if row else {"error": True}


def parsed_statement(sql: str) -> dict:
    """The parse of the first statement; empty where it cannot be parsed."""
    statements = _serialized(parser(), sql).get("statements") or [{}]
    return statements[0]


def parsed_nodes(tree: Any) -> Iterator[dict]:
    """Every node of a parse."""
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from parsed_nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from parsed_nodes(value)


def _relations(nodes: list[dict]) -> set[str]:
    return {
        ".".join(filter(None, (node.get("schema_name"), node["table_name"]))).lower()
        for node in nodes
        if node.get("type") == "BASE_TABLE"
    }


def _bare_names(nodes: list[dict]) -> set[str]:
    names: Iterator[list[str]] = (node.get("column_names") or [] for node in nodes)
    return {unqualified[0].lower() for unqualified in names if len(unqualified) == 1}


def _with_names(nodes: list[dict]) -> set[str]:
    return {
        entry["key"].lower()
        for node in nodes
        for entry in (node.get("cte_map") or {}).get("map", [])
        if WITH_NAME.fullmatch(entry["key"].lower())
    }


def _known(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal "
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    return {row[0].lower() for row in rows}
