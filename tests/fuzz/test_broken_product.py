"""The fuzz finds a broken product: one fault at a time is put into the ingest on purpose.

Each fault is one function as it could be miswritten; one of the first dirty files must show it as a
silent change.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from damages import dirty_file
from through_ingest import differences, engine

from analysis.ingest.columns import column_types as typed
from analysis.ingest.files import line_survey, records

FILES = 400
Fault = Callable[[pytest.MonkeyPatch], None]


def _rewritten(module: object, name: str, old: str, new: str) -> Fault:
    """``name`` of the module returns its SQL with ``old`` written as ``new``."""

    def fault(patch: pytest.MonkeyPatch) -> None:
        whole = getattr(module, name)

        def broken(*given: object) -> str:
            sql = whole(*given)
            return sql.replace(old, new)

        patch.setattr(module, name, broken)

    return fault


def _no_rejects(patch: pytest.MonkeyPatch) -> None:
    """Records that cannot be cut vanish without a word."""
    whole = records._broken_records

    def broken(*given: object) -> list:
        whole(*given)
        return []

    patch.setattr(records, "_broken_records", broken)


def _moved_numbers(patch: pytest.MonkeyPatch) -> None:
    """Numbers do not jump over the records that cannot be cut."""
    whole = records._numbered
    patch.setattr(records, "_numbered", lambda connection, about, _: whole(connection, about, []))


def _lost_row(patch: pytest.MonkeyPatch) -> None:
    """The eighth whole record of a file is not read."""
    whole = records._numbered
    patch.setattr(
        records, "_numbered", lambda *given: f"{whole(*given)} WHERE file_row_number <> 7"
    )


def _any_date(patch: pytest.MonkeyPatch) -> None:
    """30 February is the last day of February."""
    whole = typed._date

    def broken(column, text):
        good = whole(column, text)
        day = f"(TRY_CAST(left({text}, 8) || '01' AS DATE) + INTERVAL 1 MONTH - INTERVAL 1 DAY)"
        cast = f'coalesce(TRY_CAST({text} AS DATE), CAST({day} AS DATE)) AS "{column.name}"'
        rules = tuple(rule for rule in good.rules if rule[0] != "impossible_date")
        return typed.TypedColumn((cast,), rules, good.flags)

    patch.setitem(typed._TYPES, "date", broken)


def _any_number(patch: pytest.MonkeyPatch) -> None:
    """What an engine takes for a number is one: 1_000, nan."""
    whole = typed._number

    def broken(column, text):
        good = whole(column, text)
        nothing = f"{text} IS NOT NULL AND TRY_CAST({text} AS DOUBLE) IS NULL"
        return typed.TypedColumn(good.select, (("not_a_number", nothing), *good.rules[1:]))

    patch.setitem(typed._TYPES, "decimal", broken)


def _unnumbered_ids(patch: pytest.MonkeyPatch) -> None:
    """Ids lose their leading zeros."""
    patch.setitem(
        typed._TYPES,
        "id",
        lambda column, text: typed.TypedColumn((f"ltrim({text}, '0') AS \"{column.name}\"",), ()),
    )


def _survey_off(patch: pytest.MonkeyPatch) -> None:
    """Bytes are not looked at: NUL, blank lines and mixed line ends pass."""
    patch.setattr(records, "survey_lines", lambda *_: line_survey.Lines(False, None))


def _required_empty(patch: pytest.MonkeyPatch) -> None:
    """A null key is a key: the rule that a required cell may not be empty is gone."""
    whole = typed.typed_column

    def broken(column):
        good = whole(column)
        rules = tuple(rule for rule in good.rules if rule[0] != "missing")
        return typed.TypedColumn(good.select, rules, good.flags)

    patch.setattr(typed, "typed_column", broken)


FAULTS: dict[str, Fault] = {
    "rejects dropped": _no_rejects,
    "row numbers moved": _moved_numbers,
    "row numbers one too high": _rewritten(
        records, "_part", "file_row_number + ", "1 + file_row_number + "
    ),
    "30 February is a day": _any_date,
    "1_000 is a number": _any_number,
    "ids lose their zeros": _unnumbered_ids,
    "a row lost": _lost_row,
    "bytes of latin-1 read": _rewritten(records, "_reader", "'utf-8'", "'latin-1'"),
    "cells lose their case": _rewritten(records, "_cell", "trim(CAST(", "lower(CAST("),
    "bytes not looked at": _survey_off,
    "null keys are keys": _required_empty,
}


def _is_found(folder: Path) -> bool:
    """Whether one of the first files is changed silently."""
    with engine() as connection:
        for seed in range(FILES):
            clean, file, content, _ = dirty_file(seed)
            _, found = differences(connection, folder, clean.table, file, content)
            if found:
                return True
    return False


@pytest.mark.nightly
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    FAULTS[name](monkeypatch)
    assert _is_found(tmp_path / "one")
