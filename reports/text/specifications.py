"""Other choices than the primary one, as a reader meets them; and which belong to the grid."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.rows import ANY, Rows, has_number
from reports.wording import numbers
from reports.wording.labels import named

GRID = ("entry_after", "late_entry", "transplant", "tiers", "dating")
MEASURES = ("incidence_rate", "cumulative_incidence")
SAID = {
    "primary": "Primary choices",
    "multiple_imputation": "Missing covariates imputed",
    "late_entry=ignored": "Late entry ignored",
    "transplant=competing": "Transplantation competes",
    "transplant=censoring": "Transplants censored until return",
    "transplant=state": "Followed on after transplantation",
    "dating=first_code": "Onset dated by the first code",
    "dating=first_assessment": "Onset dated by the first positive image",
}


def in_words(specification: str) -> str:
    """The choice, short enough for the side of a figure."""
    if specification in SAID:
        return SAID[specification]
    choice, _, value = specification.partition("=")
    if choice == "entry_after":
        return f"Followed from day {value}" if value != "0" else "Followed from first dialysis"
    if choice == "tiers":
        tiers = value.split("+")
        if len(tiers) == 1:
            return f"{named(tiers[0])} cases only"
        return f"{named(', '.join(tiers[:-1]))} and {tiers[-1]} cases"
    return named(specification)


def in_grid(row: Estimate) -> bool:
    """A row of the sensitivity grid of incidence."""
    choice, sign, _ = row.specification.partition("=")
    return bool(sign) and choice in GRID and row.measure in MEASURES


def rates(rows: Rows) -> list[Estimate]:
    """Onset per 1,000 person-years: the primary one, then every choice of the grid."""
    wanted = {"measure": "incidence_rate", "outcome": "onset", "strata": ""}
    others = [row for row in rows.where(**wanted, specification=ANY) if in_grid(row)]
    primary = rows.first(**wanted)
    return [primary, *others] if primary is not None and others else []


def sentences(rows: Rows) -> list[str]:
    """How far the choices move the rate, and which moves it furthest."""
    shown = [row for row in rates(rows) if has_number(row)]
    if len(shown) < 2 or shown[0].specification != "primary":
        return []
    primary, others = shown[0], shown[1:]
    if not primary.estimate or any(row.estimate is None for row in others):
        return []
    ordered = sorted(others, key=lambda row: row.estimate or 0.0)
    low, high = ordered[0], ordered[-1]
    furthest = max(others, key=lambda row: abs((row.estimate or 0.0) - (primary.estimate or 0.0)))
    return [
        "Over the other choices, changed one at a time, the rate of onset runs from "
        f"{numbers.estimate(low)} to {numbers.estimate(high)} per 1,000 person-years "
        f"(primary: {numbers.estimate(primary)}, 95% interval {numbers.bounds(primary)}).",
        f"Furthest from it is “{in_words(furthest.specification)}”: {numbers.estimate(furthest)} "
        f"({numbers.bounds(furthest)}). The choices share people, so overlapping intervals do "
        "not test the differences.",
    ]
