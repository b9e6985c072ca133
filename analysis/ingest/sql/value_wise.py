"""Which SELECTs make every column of one cell of the record: it can be told word by word.

In most records of a registry a cell holds a word that others hold too: a day, a unit, a value.
Where the parse shows that a column of a SELECT depends on one cell alone, what becomes of that cell
need be found out once a word (``word_rows``). One SELECT of one file, without WHERE, whose items
name one column each, says so; what the parse cannot show is not word-wise.
"""

from __future__ import annotations

from functools import cache

from analysis.ingest.sql.permitted_sql import parsed_nodes, parsed_statement
from analysis.ingest.sql.record_wise import record_wise_in

RECORD = ("_file", "_row")  # which record it is: no cell of it
NOT_OF_A_CELL = frozenset({"SUBQUERY", "STAR", "LAMBDA", "POSITIONAL_REFERENCE", "PARAMETER"})


@cache
def cells_of_columns(sql: str) -> dict[str, str]:
    """For each column of a word-wise SELECT the cell that it is made of, '' for none; else empty.

    A cell is told by the name that the SELECT calls it by, which may be one that it gave itself.
    """
    node = parsed_statement(sql).get("node") or {}
    if not record_wise_in(sql) or node["where_clause"]:
        return {}
    if node["from_table"]["type"] != "BASE_TABLE" or node["from_table"]["column_name_alias"]:
        return {}
    items = {_name(item): item for item in node["select_list"]}
    if len(items) < len(node["select_list"]) or not set(RECORD) <= set(items):
        return {}
    if any((items[name].get("column_names") or [""])[-1] != name for name in RECORD):
        return {}
    found = {name: _cells(item) for name, item in items.items() if name not in RECORD}
    if any(len(cells) > 1 or cells & set(RECORD) for cells in found.values()):
        return {}
    if any(name != name.lower() or _is_beyond_a_cell(items[name]) for name in found):
        return {}
    return {name: next(iter(cells), "") for name, cells in found.items()}


def _name(item: dict) -> str:
    """Of a column of the result; what has no name of its own is not asked for."""
    return item["alias"] or (item.get("column_names") or ["?"])[-1]


def _cells(item: dict) -> set[str]:
    return {
        node["column_names"][-1].lower()
        for node in parsed_nodes(item)
        if node.get("class") == "COLUMN_REF"
    }


def _is_beyond_a_cell(item: dict) -> bool:
    """A query within it, a star, or a function that makes several rows of one."""
    for node in parsed_nodes(item):
        if node.get("class") in NOT_OF_A_CELL or node.get("type") in NOT_OF_A_CELL:
            return True
        if node.get("function_name", "").lower() == "unnest":
            return True
    return False
