"""A small staging folder as the stages before would leave it."""

from __future__ import annotations

from pathlib import Path

from analysis import store
from analysis.disclose import disclosed, policy_of
from analysis.disclose.table import csv_of
from analysis.study import PROTOCOLS, Study, read_study
from data_schema.measures import declared
from data_schema.results import Released

STUDY = read_study(PROTOCOLS / "simulated.toml")
REAL = read_study(PROTOCOLS / "rio_dialysis.toml")
PAGE = "<!doctype html>\n<title>A study</title>\n<p>{}</p>\n"


def usrds() -> Study:
    """A study of real people whose holder hides counts below eleven and rounds nothing."""
    release = REAL.release.model_copy(update={"holder": "usrds", "min_count": 11, "rounding": 1})
    return REAL.model_copy(update={"release": release})


def rows(cases: int = 300, whole: int = 20_000) -> list[Released]:
    people = Released("describe", "people", estimate=whole, numerator=whole)
    levels = {"status=case": cases, "status=not_case": whole - cases}
    parts = [
        Released("describe", "people", strata=strata, estimate=n, numerator=n)
        for strata, n in levels.items()
    ]
    return [people, *parts]


def stage(folder: Path, study: Study = STUDY, made: list[Released] | None = None) -> Path:
    """``folder`` with a report, its numbers, a figure, a table and a manifest."""
    released = disclosed(rows() if made is None else made, policy_of(study))
    table = csv_of(released, study.release.significant_digits)
    return stage_text(folder, table, PAGE.format(len(released)))


def stage_text(folder: Path, estimates: str, page: str) -> Path:
    store.empty_folder(folder)
    store.write_text(folder / "estimates.csv", estimates)
    store.write_measures(folder, declared())
    store.write_text(folder / "report.html", page)
    store.write_text(folder / "figures" / "onset.svg", "<svg><path d='M 0 0'/></svg>\n")
    store.write_text(folder / "tables" / "people.csv", "people\n20000\n")
    store.write_manifest(folder)
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
