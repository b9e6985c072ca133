"""Released rows of made-up studies, written as the stage before would write them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from outcome_rows import soon, then, truth, who
from people_rows import common, describe, quality
from row_makers import attrition, curve, follow_up, ratio, statement

from analysis import store
from analysis.study import PROTOCOLS, read_study
from data_schema.declarations import source
from data_schema.measures import declared
from data_schema.results import Released


def calcinosis() -> list[Released]:
    steps = [
        ("duplicate", "Duplicated patients", 40),
        ("entry", "Left before day 90 after first dialysis", 1520),
        ("coverage", "Never observable for diagnoses", 0),
        ("prevalent", "Onset on or before the day of entry", 240),
    ]
    exits = {
        "onset": 300,
        "death": 7900,
        "transplant": 3100,
        "recovery": 410,
        "lost": 890,
        "end_of_data": 5600,
    }
    return [
        *attrition(steps, 20000),
        *quality(),
        *describe(),
        *follow_up(18200, 61200.4, exits),
        *common(),
        *soon(),
        *who(),
        *then(),
        *truth(),
        Released(
            "disclosure",
            "suppressed_cells",
            term="describe",
            level="primary",
            estimate=4.0,
            numerator=4.0,
        ),
        Released(
            "disclosure",
            "suppressed_cells",
            term="describe",
            level="shown",
            estimate=90.0,
            numerator=90.0,
        ),
    ]


def death_only() -> list[Released]:
    rows = attrition([("unborn", "Ended before it began", 0)], 6805)
    rows += follow_up(6805, 9810.2, {"onset": 1603, "lost": 0, "end_of_data": 5202})
    keys = {"model": "kaplan_meier", "end": 3.6, "years": (1, 2, 3)}
    rows += curve("survival", "death", lambda t: math.exp(-0.2 * t), 6805, **keys)
    keys |= {"strata": "time_scale=calendar"}
    rows += curve("survival", "death", lambda t: math.exp(-0.22 * t), 6805, **keys)
    for term, value in (
        ("age", 1.38),
        ("diabetes", 1.52),
        ("renal", 0.81),
        ("congenital", 0.44),
        ("other", 1.2),
    ):
        rows.append(
            ratio(
                term,
                "onset",
                value,
                0.08,
                model="death",
                numerator=1603.0,
                denominator=6805.0,
                person_years=9810.2,
            )
        )
    return [
        *rows,
        statement(
            "how_common",
            (
                "The extract has neither diagnoses nor assessments of calcinosis, "
                "so its prevalence cannot be estimated."
            ),
        ),
    ]


def competing() -> list[Released]:
    rows = attrition([], 636)
    rows += follow_up(636, 1500.6, {"onset": 243, "death": 129, "end_of_data": 264})
    keys = {"model": "aalen_johansen", "end": 5.6, "years": (1, 3, 5)}
    rows += curve(
        "cumulative_incidence", "onset", lambda t: 0.46 * (1 - math.exp(-0.4 * t)), 636, **keys
    )
    rows += curve(
        "cumulative_incidence", "death", lambda t: 0.28 * (1 - math.exp(-0.35 * t)), 636, **keys
    )
    for outcome, event in (("onset", 243.0), ("death", 129.0)):
        for term, value in (("age", 1.21), ("male", 1.1)):
            rows.append(
                ratio(
                    term,
                    outcome,
                    value,
                    0.1,
                    model="age_sex",
                    numerator=event,
                    denominator=636.0,
                    person_years=1500.6,
                )
            )
    return rows


def zero_cases() -> list[Released]:
    """Nobody was ever a case: rates are zero, ratios do not exist."""
    none = {"estimate": 0.0, "lower": 0.0, "upper": 0.0004, "numerator": 0.0}
    rows = []
    for row in calcinosis():
        if row.measure in ("prevalence_point", "prevalence_period"):
            rows.append(replace(row, **none))
        elif row.measure == "hazard_ratio" and row.outcome == "onset":
            rows.append(
                replace(
                    row,
                    estimate=None,
                    lower=None,
                    upper=None,
                    std_error=None,
                    p_value=None,
                    numerator=0.0,
                    status="not_estimable",
                    reason="There is no event, so no ratio can be estimated.",
                )
            )
        elif row.measure in ("onset_quantile", "share_by_case_time"):
            rows.append(
                replace(
                    row,
                    estimate=None,
                    lower=None,
                    upper=None,
                    status="not_estimable",
                    reason="There is no onset.",
                )
            )
        elif row.outcome == "onset" and row.question == "how_soon":
            rows.append(replace(row, **none))
        elif row.question == "what_then" and row.measure != "published":
            continue
        else:
            rows.append(row)
    return [*rows, statement("what_then", "Nobody with active disease had a parathyroidectomy.")]


def nobody() -> list[Released]:
    """All people were excluded."""
    rows = attrition([("entry", "Left before day 90 after first dialysis", 12)], 12)
    return [*rows, statement("how_soon", "Nobody was followed, so nothing can be estimated.")]


def hidden() -> list[Released]:
    """Everything that describes people is suppressed."""
    numbers = (
        "estimate",
        "lower",
        "upper",
        "std_error",
        "p_value",
        "numerator",
        "denominator",
        "person_years",
    )
    blank = dict.fromkeys(numbers)
    return [
        row
        if row.measure in ("published", "parameter", "realised", "suppressed_cells")
        else replace(row, **blank, status="suppressed", reason="small number")
        for row in calcinosis()
    ]


STUDIES: dict[str, tuple[str, Callable[[], list[Released]]]] = {
    "calcinosis": ("simulated", calcinosis),
    "death_only": ("rio_dialysis", death_only),
    "competing": ("four_d", competing),
    "zero_cases": ("simulated", zero_cases),
    "nobody": ("simulated", nobody),
    "hidden": ("simulated", hidden),
}


def study_of(protocol_name: str) -> dict[str, Any]:
    """``study.json`` as the stage before would write it."""
    protocol = read_study(PROTOCOLS / f"{protocol_name}.toml")
    of = source(protocol.source)
    kept = ("title", "attribution", "precision", "calendar", "time_zero", "cannot_carry")
    code = {"system": "icd10cm", "code": "L942", "label": "calcinosis cutis (all subtypes)"}
    return {
        "protocol": protocol.model_dump(mode="json"),
        "protocol_hash": protocol.hash,
        "versions": {"python": "3.11", "numpy": "2.4"},
        "source": {key: getattr(of, key) for key in kept},
        "extract": {"patients.csv": "ab" * 32},
        "seed": 1,
        "n": 20000,
        "command": f"make report PROTOCOL=data_schema/protocols/{protocol_name}.toml",
        "codelists": [{**code, "group": "case_core", "verified": "use"}],
    }


def write(name: str, folder: Path, rows: list[Released] | None = None, **study: Any) -> Path:
    """The folder that the disclosure step would have written for one of ``STUDIES``."""
    protocol_name, build = STUDIES[name]
    store.empty_folder(folder)
    frame = store.released_frame(build() if rows is None else rows)
    store.write_frame(folder / "released.parquet", frame)
    store.write_text(folder / "estimates.csv", frame.to_csv(index=False))
    store.write_measures(folder, declared())
    store.write_json(folder / "study.json", {**study_of(protocol_name), **study})
    store.write_manifest(folder)
    return folder
