"""What became of every record: rows = used + out of scope + rejected, and the rejects by rule."""

from __future__ import annotations

import duckdb

from analysis.ingest.records import quoted
from analysis.ingest.typed import RULE_SENTENCES
from data_schema.declarations import Source, analytes, table
from data_schema.refusal import Refusal
from data_schema.results import Estimate, Reject


def account_rows(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    name: str,
    checked: str,
    broken: list[tuple[str, int, str]],
) -> list[Estimate]:
    """Rows by file and fate, rejects and flags by rule; asserts that they add up.

    ``broken`` holds the (file, record, rule) of records that could not be cut into cells.
    """
    counts = connection.execute(
        "SELECT _file, CASE WHEN _rule IS NOT NULL THEN 'rejected' "
        "WHEN _out_of_scope IS NOT NULL THEN 'out_of_scope' ELSE 'used' END AS fate, "
        "CASE WHEN _rule IS NULL THEN _out_of_scope END AS scope, count(*) "
        f"FROM {checked} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    totals = dict(
        connection.execute(f"SELECT _file, count(*) FROM {checked} GROUP BY 1").fetchall()
    )
    for file, _, _ in broken:
        counts.append((file, "rejected", None, 1))
        totals[file] = totals.get(file, 0) + 1
    fates: dict[tuple[str, str, str], int] = {}
    for file, fate, scope, n in counts:
        fates[file, fate, scope or ""] = fates.get((file, fate, scope or ""), 0) + n
    rows = []
    for file in sorted(totals):
        rows += _fate_rows(source, name, file, totals[file], fates)
    rows += _rule_rows(connection, name, checked, broken, "rejected_rows")
    rows += _rule_rows(connection, name, checked, [], "flagged_rows")
    return rows


def _fate_rows(
    source: Source, name: str, file: str, total: int, fates: dict[tuple[str, str, str], int]
) -> list[Estimate]:
    strata = f"file={file};table={name}"
    whole = _count("rows", total, strata=strata, level="total")
    parts = [
        _count(
            "rows",
            n,
            strata=strata,
            level=fate,
            term=scope,
            reason=scope_sentence(source, scope) if scope else "",
            sums_to=whole.id,
        )
        for fate, scope, n in _fates_of(file, fates)
    ]
    if sum(int(part.numerator or 0) for part in parts) != total:
        raise Refusal(f"{file}: records used, out of scope and rejected do not add up")
    return [whole, *parts]


def _fates_of(file: str, fates: dict[tuple[str, str, str], int]) -> list[tuple[str, str, int]]:
    always = {("used", ""), ("rejected", "")}
    seen = {(fate, scope) for f, fate, scope in fates if f == file}
    order = {"used": 0, "out_of_scope": 1, "rejected": 2}
    keys = sorted(always | seen, key=lambda k: (order[k[0]], k[1]))
    return [(fate, scope, fates.get((file, fate, scope), 0)) for fate, scope in keys]


def scope_sentence(source: Source, rule: str) -> str:
    return source.scope_rules.get(rule, RULE_SENTENCES.get(rule, rule))


def rule_sentence(name: str, rule: str) -> str:
    own = {row.id: row.says for row in table(name).rules}
    return own.get(rule, RULE_SENTENCES.get(rule, rule))


def _rule_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    checked: str,
    broken: list[tuple[str, int, str]],
    measure: str,
) -> list[Estimate]:
    column = "_rule" if measure == "rejected_rows" else "_flag"
    kept = "" if column == "_rule" else "AND _rule IS NULL AND _out_of_scope IS NULL"
    counts: dict[tuple[str, str], int] = {
        (file, rule): n
        for file, rule, n in connection.execute(
            f"SELECT _file, {column}, count(*) FROM {checked} WHERE {column} IS NOT NULL {kept} "
            "GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    }
    for file, _, rule in broken:
        counts[file, f":{rule}"] = counts.get((file, f":{rule}"), 0) + 1
    return [
        _count(
            measure,
            n,
            strata=f"file={file};table={name}",
            term=place.split(":")[0],
            level=place.split(":")[1],
            reason=rule_sentence(name, place.split(":")[1]),
        )
        for (file, place), n in sorted(counts.items())
    ]


def _count(measure: str, n: int, **keys) -> Estimate:
    return Estimate(
        "quality", measure, estimate=float(n), numerator=float(n), unit="records", **keys
    )


def rejects(
    connection: duckdb.DuckDBPyConnection, checked: str, broken: list[tuple[str, int, str]]
) -> list[Reject]:
    """Every rejected record: file, record number, column, rule."""
    found = connection.execute(
        f"SELECT _file, _row, split_part(_rule, ':', 1), split_part(_rule, ':', 2) FROM {checked} "
        "WHERE _rule IS NOT NULL ORDER BY _file, _row"
    ).fetchall()
    return [Reject(*row) for row in found] + [Reject(f, row, "", rule) for f, row, rule in broken]


def unit_conversions(connection: duckdb.DuckDBPyConnection, checked: str) -> list[Estimate]:
    """How many values were converted, with the factor and where it comes from."""
    counts = connection.execute(
        f"SELECT analyte, unit, any_value(_factor), count(*) FROM {checked} "
        "WHERE _rule IS NULL AND _out_of_scope IS NULL GROUP BY analyte, unit ORDER BY ALL"
    ).fetchall()
    declared = analytes()
    return [
        Estimate(
            "quality",
            "unit_conversion",
            term=analyte,
            level=unit,
            reference=declared[analyte].unit,
            x=factor,
            estimate=float(n),
            numerator=float(n),
            unit="records",
            reason=next(u.source for u in declared[analyte].units if u.unit == unit),
        )
        for analyte, unit, factor, n in counts
    ]


def used_columns(connection: duckdb.DuckDBPyConnection, checked: str) -> str:
    """The columns that the next stage reads, as an SQL list."""
    inner = {"_rule", "_flag", "_out_of_scope", "_factor"}
    names = [row[0] for row in connection.execute(f"DESCRIBE {checked}").fetchall()]
    return ", ".join(quoted(n) for n in names if n not in inner)
