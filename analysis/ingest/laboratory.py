"""Laboratory values in one unit each: conversion, limits, and centres that declare a wrong unit."""

from __future__ import annotations

import duckdb

from data_schema.declarations import analytes

SMALLEST_CENTRE = 30


def store_unit_factors(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables ``_factor`` (analyte, unit, factor) and ``_limit`` (analyte, hard, soft)."""
    connection.execute("CREATE TEMP TABLE _factor (analyte VARCHAR, unit VARCHAR, factor DOUBLE)")
    connection.execute(
        "CREATE TEMP TABLE _limit (analyte VARCHAR, hard_low DOUBLE, hard_high DOUBLE, "
        "soft_low DOUBLE, soft_high DOUBLE, median_low DOUBLE, median_high DOUBLE)"
    )
    for name, analyte in analytes().items():
        factors = [(name, row.unit, row.factor) for row in analyte.units]
        connection.executemany("INSERT INTO _factor VALUES (?, ?, ?)", factors)
        band = analyte.plausible_median or (None, None)
        limits = [name, *analyte.hard, *analyte.soft, *band]
        connection.execute("INSERT INTO _limit VALUES (?, ?, ?, ?, ?, ?, ?)", limits)


def convert(connection: duckdb.DuckDBPyConnection, typed: str) -> str:
    """From typed lab rows to rows with ``value_si`` and the laboratory's own rules.

    A centre whose median of an analyte (30 values or more) is implausible in the unit it
    declares is not guessed at: its values of that analyte are rejected, by name of the rule.
    """
    connection.execute(
        f'CREATE TEMP TABLE _converted AS SELECT t.*, t."value" * f.factor AS value_si, '
        f"f.factor AS _factor, l.* EXCLUDE (analyte) FROM {typed} t "
        "LEFT JOIN _factor f USING (analyte, unit) LEFT JOIN _limit l USING (analyte)"
    )
    connection.execute(
        "CREATE TEMP TABLE _implausible AS SELECT centre_id, analyte FROM _converted "
        "WHERE _rule IS NULL AND _out_of_scope IS NULL AND value_si BETWEEN hard_low AND hard_high "
        "AND centre_id IS NOT NULL GROUP BY centre_id, analyte "
        f"HAVING count(*) >= {SMALLEST_CENTRE} "
        "AND NOT median(value_si) BETWEEN any_value(median_low) AND any_value(median_high)"
    )
    connection.execute(
        "CREATE TEMP TABLE _laboratory AS "
        "SELECT c.* EXCLUDE (_rule, _flag, hard_low, hard_high, soft_low, soft_high, "
        "median_low, median_high), coalesce(c._rule, CASE "
        "WHEN c._out_of_scope IS NOT NULL THEN NULL "
        "WHEN c._factor IS NULL THEN 'unit:unknown_unit' "
        "WHEN i.analyte IS NOT NULL THEN 'unit:centre_unit_implausible' "
        "WHEN NOT value_si BETWEEN hard_low AND hard_high THEN 'value:outside_hard_limits' "
        "END) AS _rule, coalesce(c._flag, CASE "
        "WHEN NOT value_si BETWEEN soft_low AND soft_high THEN 'value:outside_soft_limits' "
        "END) AS _flag "
        "FROM _converted c LEFT JOIN _implausible i "
        "ON c.centre_id = i.centre_id AND c.analyte = i.analyte"
    )
    connection.execute(f"DROP TABLE _converted; DROP TABLE {typed}")
    return "_laboratory"
