"""Outcomes of every record: rows = used + out of scope + rejected, and the rejects by rule."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from analysis.ingest.columns.column_types import RULE_SENTENCES
from analysis.ingest.files.records import Broken
from data_schema.declarations import Source, analytes, table
from data_schema.refusal import Refusal
from data_schema.results import Estimate

Outcomes = Counter  # (file, rule, flag, scope) -> records; '' where there is none


def account_rows(
    source: Source,
    name: str,
    outcomes: Outcomes,
    broken: list[Broken],
    records: Counter,
    by_record: Outcomes | None = None,
) -> list[Estimate]:
    """Records by file and outcome, rejects and flags by rule; asserts that they add up.

    ``outcomes`` are of the rows that a SELECT made, ``by_record`` of the records they came from,
    where a record became several. ``broken`` holds the (file, record, rule) of records that could
    not be cut into cells, ``records`` the others by file, as they were counted when they were read.
    """
    lost = Counter((file, f":{rule}", "", "") for file, _, rule in broken)
    whole = outcomes + lost
    once = whole if by_record is None else by_record + lost
    expected = records + Counter(file for file, _, _ in broken)
    rows = []
    for file in sorted({key[0] for key in once} | set(expected)):
        own = {key[1:]: n for key, n in once.items() if key[0] == file}
        rows += _outcome_rows(source, name, file, expected[file], own)
    rows += _rule_rows(name, whole, "rejected_rows")
    rows += _rule_rows(name, whole, "flagged_rows")
    return rows


def _outcome_rows(
    source: Source, name: str, file: str, total: int, own: dict[tuple[str, str, str], int]
) -> list[Estimate]:
    strata = f"file={file};table={name}"
    whole = _count("rows", total, strata=strata, level="total")
    parts = [
        _count(
            "rows",
            n,
            strata=strata,
            level=outcome,
            term=scope,
            reason=scope_sentence(source, scope) if scope else "",
            sums_to=whole.id,
        )
        for outcome, scope, n in _outcomes_of(own)
    ]
    if sum(int(part.numerator or 0) for part in parts) != total:
        raise Refusal(f"{file}: records used, out of scope and rejected do not add up")
    return [whole, *parts]


def _outcomes_of(own: dict[tuple[str, str, str], int]) -> list[tuple[str, str, int]]:
    counts = {("used", ""): 0, ("rejected", ""): 0}
    for (rule, _, scope), n in own.items():
        outcome = ("rejected", "") if rule else ("out_of_scope", scope) if scope else ("used", "")
        counts[outcome] = counts.get(outcome, 0) + n
    order = {"used": 0, "out_of_scope": 1, "rejected": 2}
    keys = sorted(counts, key=lambda k: (order[k[0]], k[1]))
    return [(outcome, scope, counts[outcome, scope]) for outcome, scope in keys]


def scope_sentence(source: Source, rule: str) -> str:
    return source.scope_rules.get(rule, RULE_SENTENCES.get(rule, rule))


def rule_sentence(name: str, rule: str) -> str:
    own = {row.id: row.says for row in table(name).rules}
    return own.get(rule, RULE_SENTENCES.get(rule, rule))


def _rule_rows(name: str, outcomes: Outcomes, measure: str) -> list[Estimate]:
    counts: Counter = Counter()
    for (file, rule, flag, scope), n in outcomes.items():
        if measure == "rejected_rows" and rule:
            counts[file, rule] += n
        elif measure == "flagged_rows" and flag and not rule and not scope:
            counts[file, flag] += n
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


def broken_rejects(place: int, broken: list[Broken]) -> pd.DataFrame:
    """The records of a table that could not be cut into cells, as ``finish_bucket`` has rejects."""
    return pd.DataFrame(
        {
            "place": pd.Series([place] * len(broken), dtype="int64"),
            "broken": pd.Series([True] * len(broken), dtype="bool"),
            "file": pd.Series([file for file, _, _ in broken], dtype="string"),
            "row": pd.Series([row for _, row, _ in broken], dtype="int64"),
            "column": pd.Series([""] * len(broken), dtype="string"),
            "rule": pd.Series([rule for _, _, rule in broken], dtype="string"),
        }
    )


def unit_conversions(counts: Counter, verdicts: pd.DataFrame) -> list[Estimate]:
    """How many values were converted, with the factor and where it comes from.

    ``counts``: values by (analyte, unit as sent, unit that they are in where that is another).
    """
    declared = analytes()
    rows = []
    for (name, unit, resolved), n in sorted(counts.items()):
        listed = {row.unit: row for row in declared[name].units}
        factor, source = listed[unit].factor, listed[unit].source
        level = unit
        if resolved:
            same = (verdicts["analyte"] == name) & (verdicts["unit"] == unit)
            same &= (verdicts["resolved"] == resolved) & (verdicts["verdict"] == "swapped")
            factor = float(verdicts.loc[same, "factor"].iloc[0])
            source = listed[resolved].source if resolved in listed else source
            level = f"{unit}, in truth {resolved}"
        rows.append(
            Estimate(
                "quality",
                "unit_conversion",
                term=name,
                level=level,
                reference=declared[name].unit,
                x=factor,
                estimate=float(n),
                numerator=float(n),
                unit="records",
                reason=source,
            )
        )
    return rows
