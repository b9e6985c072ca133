"""Registries of a few hundred people, the rows a study would make of them, and the truth.

Every row comes with what it says of the full cross table of the people: a list of its cells. That
is all the referee uses; it knows nothing of ids, margins or names.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from hypothesis import strategies as st

from data_schema.results import Released

SEX = ("female", "male")
BAND = ("young", "middle", "old")
TIER = ("none", "definite", "probable")
CELLS = tuple(product(SEX, BAND, TIER))
STEPS = (("step", "1", ""), ("step", "2", ""), ("step", "3", ""))  # people left out, by reason
KINDS = (*CELLS, *STEPS)


class Made(NamedTuple):
    """Rows, and for each count of each row the cells of the cross table that it adds up."""

    counts: dict[tuple[str, str, str], int]
    rows: list[Released]
    cells: list[dict[str, frozenset]]


def registries() -> st.SearchStrategy[Made]:
    """Cross tables with many small and zero cells."""
    sizes = st.one_of(st.integers(0, 6), st.integers(0, 40), st.integers(20, 300))
    tables = st.lists(sizes, min_size=len(KINDS), max_size=len(KINDS))
    return tables.filter(lambda t: sum(t) > 30).map(
        lambda t: made(dict(zip(KINDS, t, strict=True)))
    )


def where(**levels) -> frozenset:
    """Cells of the cross table with these levels (each a set of labels)."""
    names = ("sex", "band", "tier")
    return frozenset(
        cell
        for cell in CELLS
        if all(cell[names.index(name)] in wanted for name, wanted in levels.items())
    )


def made(counts: dict[tuple[str, str, str], int]) -> Made:
    """Table 1, its strata, prevalence by sex under two definitions, and a flow of exclusions."""
    out = Made(counts, [], [])
    everybody = {"": where()}
    status = {
        "status=case": where(tier={"definite", "probable"}),
        "status=not_case": where(tier={"none"}),
    }
    for strata, cells in {**everybody, **status}.items():
        _table_one(out, strata, cells)
    for outcome, tiers in (("definite", {"definite"}), ("definite+probable", set(TIER[1:]))):
        for strata, cells in {"": where(), **{f"sex={s}": where(sex={s}) for s in SEX}}.items():
            for model in ("clopper_pearson", "wilson"):
                _share(
                    out, "how_common", "prevalence_point", cells & where(tier=tiers), cells,
                    outcome=outcome, strata=strata, model=model, term="2015-12-31",
                )  # fmt: skip
    _flow(out)
    return out


def _table_one(out: Made, strata: str, cells: frozenset) -> None:
    margin = _count(out, "describe", "people", cells, strata=strata)
    for name, levels in (("sex", SEX), ("band", BAND)):
        for level in levels:
            _share(
                out, "describe", "distribution", cells & where(**{name: {level}}), cells,
                strata=strata, term=name, level=level, sums_to=margin,
            )  # fmt: skip


def _flow(out: Made) -> None:
    """From everybody of the extract, step by step, to the people of the study."""
    left = frozenset((*CELLS, *STEPS))
    margin = _count(out, "flow", "attrition", left, term="0", x=0.0, level="remaining")
    for step, gone in enumerate((frozenset({s}) for s in STEPS), start=1):
        left = left - gone
        place = {"term": str(step), "x": float(step), "sums_to": margin}
        _count(out, "flow", "attrition", gone, level="excluded", **place)
        margin = _count(out, "flow", "attrition", left, level="remaining", **place)


def _size(out: Made, cells: frozenset) -> int:
    return sum(out.counts[cell] for cell in cells)


def _count(out: Made, question: str, measure: str, cells: frozenset, **more) -> str:
    n = _size(out, cells)
    row = Released(question, measure, estimate=n, numerator=n, **more)
    out.rows.append(row)
    out.cells.append({"numerator": cells})
    return row.id


def _share(
    out: Made, question: str, measure: str, part: frozenset, whole: frozenset, **more
) -> None:
    n, d = _size(out, part), _size(out, whole)
    if d == 0:
        return
    out.rows.append(Released(question, measure, estimate=n / d, numerator=n, denominator=d, **more))
    out.cells.append({"numerator": part, "denominator": whole, "complement": whole - part})
