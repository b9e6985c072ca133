"""SELECTs that may run on some of a file's records at a time.

``Q`` is record-wise in a file ``F`` where ``Q(F₁ ⊎ F₂) = Q(F₁) ⊎ Q(F₂)`` for any two parts of its
records: it takes no account of several records of ``F`` together. By the parse: one SELECT whose
FROM begins with ``F``, named once, joined LEFT or INNER to others, without WITH, DISTINCT, ORDER,
LIMIT, GROUP BY, windows or aggregates. What the parse cannot show is not record-wise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from analysis.ingest.sql.permitted_sql import functions, parsed_nodes, parsed_statement

FANNING = frozenset({"unnest", "nullif"})  # not in the engine's list of scalar functions
JOINS = frozenset({"LEFT", "INNER"})
KINDS_OF_JOIN = frozenset({"REGULAR", "CROSS"})
PLAIN = "STANDARD_HANDLING"  # not GROUP BY ALL
PARTS_OF_SETS = ("modifiers", "group_expressions", "group_sets", "having", "sample", "qualify")


@cache
def record_wise_in(sql: str) -> str:
    """The relation, lower case, in whose records a SELECT is record-wise; empty where in none."""
    tree = parsed_statement(sql)
    node = tree.get("node") or {}
    if node.get("type") != "SELECT_NODE" or node["cte_map"]["map"]:
        return ""
    if any(node[part] for part in PARTS_OF_SETS) or node["aggregate_handling"] != PLAIN:
        return ""
    first = _first_of(node["from_table"])
    named = [found["table_name"].lower() for found in _base_tables(tree)]
    if first is None or named.count(first) != 1 or not _of_single_records(tree):
        return ""
    return first


def _first_of(table: dict) -> str | None:
    """The table that a chain of joins begins with, if all of them keep its records apart."""
    while table["type"] == "JOIN":
        if table["join_type"] not in JOINS or table["ref_type"] not in KINDS_OF_JOIN:
            return None
        table = table["left"]
    plain = table["type"] == "BASE_TABLE" and not table["sample"] and not table["schema_name"]
    return table["table_name"].lower() if plain else None


def _base_tables(tree: Any) -> Iterator[dict]:
    return (node for node in parsed_nodes(tree) if node.get("type") == "BASE_TABLE")


def _of_single_records(tree: Any) -> bool:
    """No window, and no function but those of one record's cells."""
    for node in parsed_nodes(tree):
        if node.get("class") == "WINDOW":
            return False
        if node.get("class") == "FUNCTION" and not _is_scalar(node["function_name"].lower()):
            return False
    return True


def _is_scalar(name: str) -> bool:
    return name in FANNING or name in _scalar_functions()


@cache
def _scalar_functions() -> frozenset[str]:
    return frozenset(name for name, scalar, _ in functions() if scalar)
