"""Reads the declarations of this folder: tables, analytes, sources, the published case.

Declarations are TOML; this file gives them their shape and refuses unknown keys.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

HERE = Path(__file__).parent

TABLE_NAMES = (
    "patients",
    "modality_spells",
    "labs",
    "diagnoses",
    "procedures",
    "drugs",
    "assessments",
    "coverage",
    "centres",
)

ColumnType = Literal[
    "id", "code", "text", "category", "integer", "decimal", "date", "partial_date", "bounded_number"
]


class Declaration(BaseModel):
    """Frozen; an unknown key is an error, and an error never repeats the value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Column(Declaration):
    name: str
    type: ColumnType
    says: str
    required: bool = False
    values: tuple[str, ...] = ()
    default: str | None = None
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    sensitivity: Literal["none", "pseudonym", "quasi"] = "none"


class Rule(Declaration):
    """A rule on a typed row: rows for which ``where`` (SQL, one expression) is true break it."""

    id: str
    severity: Literal["reject", "flag", "stop"]
    column: str
    says: str
    where: str


class Table(Declaration):
    name: str
    title: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


class Check(Declaration):
    """A rule across records or tables; an empty column: that of the table's event date."""

    id: str
    severity: Literal["reject", "flag", "stop"]
    tables: tuple[str, ...]
    column: str
    says: str


class UnitFactor(Declaration):
    """``value × factor`` is the value in the analyte's canonical unit."""

    unit: str
    factor: float
    source: str
    verified: bool


class Analyte(Declaration):
    title: str
    unit: str
    conventional_unit: str
    units: tuple[UnitFactor, ...]
    hard: tuple[float, float]
    soft: tuple[float, float]
    plausible_median: tuple[float, float] | None = None
    normal: tuple[float, float] | None = None  # of healthy people
    loinc: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    omop: tuple[int, ...] = ()
    source: str

    def factor(self, unit: str) -> float:
        """The factor from ``unit`` to the canonical unit; KeyError where it is not listed."""
        return {row.unit: row.factor for row in self.units}[unit]


class Loss(Declaration):
    """What a form cannot carry of a canonical table, said so that a machine can take it away.

    It acts on the rows whose cells are among ``where`` and whose event lies in
    ``[from_date, to_date)``. The losses of a source act in the order in which they stand:

    - ``absent``: the column is empty; without a column the rows are not there;
    - ``month``, ``year``: the date is cut there, ``stands_for`` put in place of the rest;
    - ``levels``: each value becomes the one that ``levels`` says (empty: missing);
    - ``unit``: values and assay limits are in ``unit`` with so many ``decimals``;
    - ``last_of_month``: of one person's rows of one ``column`` and month only the last is there;
    - ``first``: of one person's rows with one ``column`` only the first is there;
    - ``backdated``: a person's first spell begins on the day of first dialysis: the form sends
      the history from before registration;
    - ``folded``: dialysis spells shorter than ``days`` are part of a longer dialysis spell that
      touches them;
    - ``changes``: of one person's rows only those whose ``column`` is not that of the row before;
    - ``untreated``: of a person without a dialysis spell there is no row;
    - ``of_person``: the cell is that of the column ``stands_for`` of the person in ``patients``.

    ``stands_for = "end"`` puts the last day of the month.
    """

    table: str
    column: str = ""
    loss: Literal[
        "absent",
        "month",
        "year",
        "levels",
        "unit",
        "last_of_month",
        "first",
        "backdated",
        "folded",
        "changes",
        "untreated",
        "of_person",
    ]
    says: str
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    from_date: date | None = None
    to_date: date | None = None
    stands_for: str = ""
    levels: dict[str, str] = Field(default_factory=dict)
    unit: str = ""
    decimals: int = 0
    days: int = 0


class SourceCheck(Declaration):
    """What must hold of a source's files as a whole: ``checks/<id>.sql`` selects what breaks it.

    ``stop`` refuses the extract, ``flag`` counts the records.
    """

    id: str
    severity: Literal["stop", "flag"]
    says: str


class Hole(Declaration):
    """A laboratory value that the holder did not collect in ``[start, end)``."""

    analyte: str
    start: date
    end: date
    says: str


class SourceFile(Declaration):
    """A holder's file: how its text is to be cut into cells."""

    name: str
    file: str = ""  # its name in the extract, where that is another one
    by_year: bool = False  # also as name_2014, NAME2014C, ...: the parts of one file
    required: bool = True
    absent: Literal["skip", "empty"] = "skip"  # skip the tables that read it, or read no record
    delimiter: str = ","
    quote: str = '"'
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    columns: tuple[str, ...]
    optional_columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)


class PeopleCount(Declaration):
    """People in the rows of a step, by the levels of a column; one may be in several of them.

    They are a share of the records of the file ``among``, one a person.
    """

    step: str
    among: str
    by: str
    levels: dict[str, str]  # level -> what it is
    says: str


class Source(Declaration):
    """How one holder's files become the canonical tables (the SELECTs lie beside it).

    A source may start from another one with ``extends = "name"`` and say only what differs; it
    then has the other's SELECTs where it has none of its own. ``steps`` are SELECTs that run in
    this order before those of the tables, which read them by name. ``concept_sets`` names the
    files of ``concepts/`` that the SELECTs read as the table ``concept_sets``.
    """

    name: str
    title: str
    attribution: str = ""
    precision: Literal["day", "month"] = "day"
    calendar: bool = True  # false: dates are relative, so no question about calendar time
    time_zero: str = "first dialysis"  # what day 0 is called
    cannot_carry: dict[str, str] = Field(default_factory=dict)  # canonical thing -> sentence
    losses: tuple[Loss, ...] = ()  # the same, so that a machine can take it from a native extract
    holes: tuple[Hole, ...] = ()
    checks: tuple[SourceCheck, ...] = ()
    scope_rules: dict[str, str] = Field(default_factory=dict)  # rule id -> sentence
    extends: str = ""
    steps: tuple[str, ...] = ()
    concept_sets: tuple[str, ...] = ()
    people_counts: tuple[PeopleCount, ...] = ()
    files: tuple[SourceFile, ...]


def read_toml(path: Path) -> dict:
    with path.open("rb") as file:
        return tomllib.load(file)


@cache
def table(name: str) -> Table:
    return Table.model_validate(read_toml(HERE / "tables" / f"{name}.toml"))


@cache
def checks() -> dict[str, Check]:
    """Rules across records and tables, by id, in the order of checks.toml."""
    rows = [Check.model_validate(row) for row in read_toml(HERE / "checks.toml")["checks"]]
    return {row.id: row for row in rows}


@cache
def analytes() -> dict[str, Analyte]:
    raw = read_toml(HERE / "analytes.toml")
    return {name: Analyte.model_validate(body) for name, body in raw.items()}


@cache
def source(name: str) -> Source:
    """How a holder's files are read. ``ValueError`` where a loss names what no table has."""
    found = Source.model_validate(_resolved(name))
    for number, loss in enumerate(found.losses):
        if loss.table not in TABLE_NAMES:
            raise ValueError(f"losses: {number}: no such table")
        named = {*loss.where, loss.column} - {""}
        if not named <= set(table(loss.table).column_names):
            raise ValueError(f"losses: {number}: no such column in {loss.table}")
    return found


def _resolved(name: str) -> dict:
    """A source's declarations on top of those of the source it extends."""
    raw = read_toml(HERE / "sources" / name / "source.toml")
    if "extends" not in raw:
        return raw
    base = _resolved(raw["extends"])
    merged = {**base, **raw}
    for part in ("cannot_carry", "scope_rules"):
        merged[part] = {**base.get(part, {}), **raw.get(part, {})}
    own = {file["name"]: file for file in raw.get("files", [])}
    known = {file["name"]: file for file in base["files"]}
    merged["files"] = [{**file, **own.get(key, {})} for key, file in known.items()]
    merged["files"] += [file for key, file in own.items() if key not in known]
    return merged


def source_names() -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in HERE.glob("sources/*/source.toml")))


def select_statements(name: str) -> dict[str, str]:
    """Canonical table -> the SELECT that makes it, for the tables this source can carry."""
    found = {t: _select(name, t) for t in TABLE_NAMES}
    return {t: sql for t, sql in found.items() if sql is not None}


def step_statements(name: str) -> dict[str, str]:
    """Step -> its SELECT, in the order in which they run. ``ValueError`` where one is missing."""
    found = {step: _select(name, step) for step in source(name).steps}
    for step, sql in found.items():
        if sql is None:
            raise ValueError(f"steps: {name} has no {step}.sql")
    return {step: sql for step, sql in found.items() if sql is not None}


def check_statements(name: str) -> dict[str, str]:
    """Check -> its SELECT of ``_file`` and ``_row``. ``ValueError`` where one is missing."""
    found = {check.id: _select(name, f"checks/{check.id}") for check in source(name).checks}
    for check, sql in found.items():
        if sql is None:
            raise ValueError(f"checks: {name} has no checks/{check}.sql")
    return {check: sql for check, sql in found.items() if sql is not None}


def _select(name: str, what: str) -> str | None:
    """The SELECT of this source, else of the one it extends."""
    path = HERE / "sources" / name / f"{what}.sql"
    if path.exists():
        return path.read_text("utf-8")
    base = source(name).extends
    return _select(base, what) if base else None


@cache
def case_report() -> dict:
    return read_toml(HERE / "case_report.toml")
