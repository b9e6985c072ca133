"""Released rows of made-up studies, written as the stage before would write them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from analysis import store
from analysis.study import PROTOCOLS, read_study
from data_schema.declarations import source
from data_schema.results import Estimate

YEAR = 365.25


def grid(end_years: float, years: tuple[float, ...]) -> list[float]:
    steps = [30.0 * k for k in range(int(end_years * YEAR // 30) + 1)]
    return sorted({*steps, *(year * YEAR for year in years if year <= end_years)})


def curve(
    measure: str, outcome: str, share: Callable[[float], float], n: int, **keys: object
) -> list[Estimate]:
    """A curve of ``share`` (of years) with a plausible interval and shrinking numbers at risk."""
    end, years = float(keys.pop("end")), keys.pop("years")
    rows = []
    for day in grid(end, years):
        value = share(day / YEAR)
        error = math.sqrt(max(value * (1 - value), 1e-9) / n) * (1 + day / YEAR / 5)
        events = 1 - value if measure == "survival" else value
        rows.append(
            Estimate(
                "how_soon",
                measure,
                outcome=outcome,
                time=day,
                estimate=value,
                lower=max(value - 1.96 * error, 0.0),
                upper=min(value + 1.96 * error, 1.0),
                std_error=error,
                numerator=float(round(events * n)),
                denominator=float(round(n * math.exp(-0.3 * day / YEAR))),
                **keys,
            )
        )
    return rows


def proportion(measure: str, k: float, n: float, **keys: object) -> Estimate:
    share = k / n
    half = 1.96 * math.sqrt(max(share * (1 - share), 1 / n) / n)
    bounds = (max(share - half, 0.0), min(share + half, 1.0))
    keys = {"question": "how_common", **keys}
    return Estimate(
        measure=measure,
        estimate=share,
        lower=bounds[0],
        upper=bounds[1],
        numerator=k,
        denominator=n,
        **keys,
    )


def counted(question: str, measure: str, n: float, **keys: object) -> Estimate:
    return Estimate(question, measure, estimate=n, numerator=n, **keys)


def attrition(steps: list[tuple[str, str, float]], start: float) -> list[Estimate]:
    rows = [
        counted(
            "flow",
            "attrition",
            start,
            term="extract",
            level="remaining",
            x=0.0,
            reason="In the extract",
        )
    ]
    left = start
    for place, (term, reason, out) in enumerate(steps, start=1):
        left -= out
        margin = rows[-1].id if rows[-1].level == "remaining" else rows[-2].id
        keys = {"term": term, "x": float(place), "reason": reason, "sums_to": margin}
        rows.append(counted("flow", "attrition", out, level="excluded", **keys))
        rows.append(counted("flow", "attrition", left, level="remaining", **keys))
    return rows


def ratio(term: str, outcome: str, value: float, error: float, **keys: object) -> Estimate:
    defaults = {
        "model": "mineral",
        "numerator": 300.0,
        "denominator": 18200.0,
        "person_years": 61200.0,
    }
    return Estimate(
        "who",
        "hazard_ratio",
        outcome=outcome,
        term=term,
        estimate=value,
        lower=value * math.exp(-1.96 * error),
        upper=value * math.exp(1.96 * error),
        std_error=error,
        p_value=0.01,
        **{**defaults, **keys},
    )


def quality() -> list[Estimate]:
    rows = []
    for file, n, scope, bad in (("patients", 20040, 0, 40), ("labs", 1234567, 34000, 812)):
        strata = f"file={file};table={file}"
        total = counted("quality", "rows", n, strata=strata, level="total", unit="records")
        rows.append(total)
        parts = (
            ("used", "", n - scope - bad),
            ("out_of_scope", "other_analyte", scope),
            ("rejected", "", bad),
        )
        rows += [
            counted(
                "quality",
                "rows",
                k,
                strata=strata,
                level=level,
                term=term,
                sums_to=total.id,
                unit="records",
            )
            for level, term, k in parts
        ]
    strata = "file=labs;table=labs"
    rows.append(
        counted(
            "quality",
            "rejected_rows",
            812,
            strata=strata,
            term="value",
            level="not_a_number",
            reason="The value is not a number",
        )
    )
    rows.append(
        counted(
            "quality",
            "flagged_rows",
            5120,
            strata=strata,
            term="value",
            level="comparator",
            reason="A bound such as >2500 enters as the bound",
        )
    )
    rows.append(
        counted(
            "quality",
            "unit_conversion",
            410233,
            term="pth",
            level="pg/mL",
            reference="pmol/L",
            x=0.106,
            reason="Molar mass of PTH(1-84), 9425 g/mol",
        )
    )
    rows.append(
        counted(
            "quality",
            "unit_conversion",
            410233,
            term="phosphate",
            level="mg/dL",
            reference="mmol/L",
            x=0.3229,
            reason="Molar mass of phosphorus, 30.97 g/mol",
        )
    )
    for term, base in (("pth", 0.78), ("calcium", 0.93), ("phosphate", 0.91)):
        rows += [
            proportion(
                "completeness",
                round(base * 8000 + 90 * (year - 2008)),
                9000.0,
                question="quality",
                term=term,
                x=float(year),
            )
            for year in range(2008, 2020)
        ]
    return rows


def describe() -> list[Estimate]:
    rows = []
    sizes = {
        "": 18200,
        "entry=incident": 15100,
        "entry=late": 3100,
        "status=case": 300,
        "status=not_case": 17900,
    }
    for strata, n in sizes.items():
        margin = counted("describe", "people", n, strata=strata)
        rows.append(margin)
        for term, specification, unit, value, spread in (
            ("age", "primary", "years", 61.3, 24.0),
            ("pth", "primary", "pmol/L", 31.24, 40.0),
            ("pth", "conventional", "pg/mL", 294.4, 377.0),
            ("phosphate", "primary", "mmol/L", 1.71, 0.6),
        ):
            rows.append(
                Estimate(
                    "describe",
                    "median",
                    term=term,
                    strata=strata,
                    specification=specification,
                    unit=unit,
                    estimate=value,
                    lower=value - spread / 2,
                    upper=value + spread / 2,
                    denominator=float(n),
                )
            )
        for term, level, share in (
            ("sex", "female", 0.42),
            ("sex", "male", 0.57),
            ("sex", "missing", 0.01),
            ("modality", "HD", 0.86),
            ("modality", "PD", 0.14),
        ):
            rows.append(
                proportion(
                    "distribution",
                    round(share * n),
                    float(n),
                    question="describe",
                    term=term,
                    level=level,
                    strata=strata,
                    sums_to=margin.id,
                )
            )
    for strata, reference in (("entry=late", "entry=incident"), ("status=case", "status=not_case")):
        for term, value in (("age", -0.21), ("pth", 0.61), ("sex", 0.03)):
            rows.append(
                Estimate(
                    "describe",
                    "standardised_difference",
                    term=term,
                    strata=strata,
                    reference=reference,
                    estimate=value,
                    denominator=18200.0,
                    unit="SD",
                )
            )
    return rows


def common() -> list[Estimate]:
    rows = [
        Estimate(
            "how_common",
            "published",
            term="claim",
            lower=0.005,
            upper=0.03,
            reason="The case report, citing another",
        ),
        Estimate(
            "how_common",
            "published",
            term="Tumoral calcinosis on dialysis, one centre",
            estimate=0.012,
            lower=0.005,
            upper=0.021,
            reason="A series",
        ),
    ]
    for model in ("clopper_pearson", "wilson"):
        nudge = 1 if model == "clopper_pearson" else 1.0002
        for date, k in (("2012-12-31", 110), ("2015-12-31", 135), ("2018-12-31", 140)):
            rows.append(
                proportion(
                    "prevalence_point",
                    k * nudge,
                    9200.0,
                    term=date,
                    model=model,
                    outcome="definite+probable",
                )
            )
        rows.append(
            proportion(
                "prevalence_period",
                255 * nudge,
                14100.0,
                term="2014-01-01 to 2018-12-31",
                model=model,
                outcome="definite+probable",
            )
        )
        for strata, k in (
            ("sex=female", 60),
            ("sex=male", 80),
            ("age_band=18-44", 40),
            ("age_band=45-64", 55),
            ("modality=HD", 120),
            ("vintage_band=0-2", 20),
        ):
            rows.append(
                proportion(
                    "prevalence_point",
                    k * nudge,
                    3500.0,
                    term="2018-12-31",
                    model=model,
                    outcome="definite+probable",
                    strata=strata,
                )
            )
    rows.append(
        proportion(
            "prevalence_point",
            30,
            9200.0,
            term="2018-12-31",
            model="clopper_pearson",
            outcome="possible",
        )
    )
    return rows


def soon() -> list[Estimate]:
    years, end = (1, 3, 5, 10), 10.0
    shares = {
        "onset": lambda t: 0.021 * (1 - math.exp(-0.25 * t)),
        "death": lambda t: 0.62 * (1 - math.exp(-0.17 * t)),
        "transplant": lambda t: 0.24 * (1 - math.exp(-0.22 * t)),
        "recovery": lambda t: 0.03 * (1 - math.exp(-0.8 * t)),
    }
    rows = []
    for outcome, share in shares.items():
        rows += curve(
            "cumulative_incidence",
            outcome,
            share,
            18200,
            model="aalen_johansen",
            end=end,
            years=years,
        )
    rows += curve(
        "naive_one_minus_km",
        "onset",
        lambda t: 1.0 - math.exp(-0.0048 * t),
        18200,
        model="kaplan_meier",
        end=end,
        years=years,
    )
    for outcome, k in (("onset", 300), ("death", 7900), ("transplant", 3100)):
        rate = k / 61200 * 1000
        rows.append(
            Estimate(
                "how_soon",
                "incidence_rate",
                outcome=outcome,
                model="poisson_exact",
                estimate=rate,
                lower=rate * 0.89,
                upper=rate * 1.12,
                numerator=float(k),
                person_years=61200.4,
            )
        )
    for x, years_ in ((0.25, 1.21), (0.5, 2.72), (0.75, 5.06)):
        rows.append(
            Estimate(
                "how_soon",
                "onset_quantile",
                outcome="onset",
                x=x,
                estimate=years_,
                lower=years_ - 0.3,
                upper=years_ + 0.3,
                denominator=290.0,
                unit="years",
            )
        )
    rows.append(
        proportion(
            "share_by_case_time",
            78,
            290.0,
            question="how_soon",
            outcome="onset",
            time=15 / 12 * YEAR,
        )
    )
    rows.append(Estimate("how_soon", "published", term="claim", lower=3, upper=5, unit="years"))
    rows.append(Estimate("how_soon", "published", term="case", estimate=1.25, unit="years"))
    return rows


def who() -> list[Estimate]:
    found = {
        "onset": ((1.24, 0.05), (1.41, 0.06), (1.28, 0.05), (0.9, 0.04), (1.05, 0.12)),
        "death": ((1.02, 0.01), (1.03, 0.012), (1.08, 0.01), (1.45, 0.009), (1.1, 0.02)),
        "transplant": ((0.97, 0.02), (1.0, 0.02), (0.95, 0.02), (0.55, 0.015), (1.12, 0.04)),
    }
    terms = ("log2_pth", "calcium_corrected", "phosphate", "age", "male")
    return [
        ratio(term, outcome, value, error)
        for outcome, pairs in found.items()
        for term, (value, error) in zip(terms, pairs, strict=True)
    ]


def then() -> list[Estimate]:
    rows = [
        counted("what_then", "people", 640, level="parathyroidectomy"),
        counted("what_then", "people", 85, level="parathyroidectomy_with_active_disease"),
    ]
    for term, unit, before, after, case in (
        ("pth", "pmol/L", 96.2, 4.1, (104.1, 1.0)),
        ("calcium_corrected", "mmol/L", 2.52, 2.18, (2.60, 2.22)),
        ("phosphate", "mmol/L", 2.04, 1.21, (2.46, 1.06)),
    ):
        for measure, value in (("lab_before", before), ("lab_after", after)):
            rows.append(
                Estimate(
                    "what_then",
                    measure,
                    term=term,
                    unit=unit,
                    estimate=value,
                    lower=value * 0.8,
                    upper=value * 1.25,
                    denominator=600.0,
                )
            )
        for when, value in zip(("before", "after"), case, strict=True):
            rows.append(
                Estimate("what_then", "published", term=f"{term}_{when}", estimate=value, unit=unit)
            )
    for day, k in ((30, 9), (90, 24), (180, 41), (365, 55)):
        rows.append(
            replace(
                proportion(
                    "resolution",
                    k,
                    85.0,
                    question="what_then",
                    outcome="resolved",
                    model="aalen_johansen",
                ),
                time=float(day),
            )
        )
    return rows


def truth() -> list[Estimate]:
    values = (
        ("log2_pth", 1.3),
        ("calcium_corrected", 1.5),
        ("phosphate", 1.35),
        ("age", 0.9),
        ("male", 1.0),
    )
    rows = [
        Estimate(
            "truth",
            "parameter",
            outcome="onset",
            model="mineral",
            term=term,
            estimate=value,
            unit="ratio",
            reason="assumed",
        )
        for term, value in values
    ]
    rows.append(
        Estimate(
            "truth",
            "parameter",
            term="annual_mortality",
            estimate=0.16,
            unit="per year",
            reason="assumed",
        )
    )
    for level, value in (
        ("expected", 0.0151),
        ("realised", 0.01523),
        ("detectable", 0.0142),
        ("recorded", 0.0139),
    ):
        rows.append(Estimate("truth", "realised", term="prevalence", level=level, estimate=value))
    return rows


def follow_up(people: float, years: float, exits: dict[str, float]) -> list[Estimate]:
    margin = counted("describe", "people", people).id
    rows = [
        Estimate(
            "follow_up",
            "person_years",
            estimate=years,
            person_years=years,
            numerator=people,
            unit="years",
        ),
        Estimate("follow_up", "follow_up_time", estimate=3.412, unit="years", denominator=people),
    ]
    return rows + [
        counted("follow_up", "exits", n, level=level, sums_to=margin) for level, n in exits.items()
    ]


def calcinosis() -> list[Estimate]:
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
        Estimate(
            "disclosure",
            "suppressed_cells",
            term="describe",
            level="primary",
            estimate=4.0,
            numerator=4.0,
        ),
        Estimate(
            "disclosure",
            "suppressed_cells",
            term="describe",
            level="shown",
            estimate=90.0,
            numerator=90.0,
        ),
    ]


def statement(question: str, reason: str) -> Estimate:
    return Estimate(question, "statement", status="not_available", reason=reason)


def death_only() -> list[Estimate]:
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


def competing() -> list[Estimate]:
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


def zero_cases() -> list[Estimate]:
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


def nobody() -> list[Estimate]:
    """Everyone was left out."""
    rows = attrition([("entry", "Left before day 90 after first dialysis", 12)], 12)
    return [*rows, statement("how_soon", "Nobody was followed, so nothing can be estimated.")]


def hidden() -> list[Estimate]:
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


STUDIES: dict[str, tuple[str, Callable[[], list[Estimate]]]] = {
    "calcinosis": ("simulated", calcinosis),
    "death_only": ("rio_dialysis", death_only),
    "competing": ("four_d", competing),
    "zero_cases": ("simulated", zero_cases),
    "nobody": ("simulated", nobody),
    "hidden": ("simulated", hidden),
}


def write(name: str, folder: Path, rows: list[Estimate] | None = None, **study: object) -> Path:
    """The folder that the disclosure step would have written for one of ``STUDIES``."""
    protocol_name, build = STUDIES[name]
    protocol = read_study(PROTOCOLS / f"{protocol_name}.toml")
    of = source(protocol.source)
    facts = {
        "protocol": protocol.model_dump(mode="json"),
        "protocol_hash": protocol.hash,
        "versions": {"python": "3.11", "numpy": "2.4"},
        "source": {
            "title": of.title,
            "attribution": of.attribution,
            "precision": of.precision,
            "calendar": of.calendar,
            "cannot_carry": of.cannot_carry,
        },
        "extract": {"patients.csv": "ab" * 32},
        "seed": 1,
        "n": 20000,
        "command": f"make report PROTOCOL=data_schema/protocols/{protocol_name}.toml",
        "codelists": [
            {
                "system": "icd10cm",
                "code": "L942",
                "label": "calcinosis cutis (all subtypes)",
                "group": "case_core",
                "verified": "use",
            }
        ],
        **study,
    }
    store.empty_folder(folder)
    frame = store.estimates_frame(build() if rows is None else rows)
    store.write_frame(folder / "released.parquet", frame)
    store.write_text(folder / "estimates.csv", frame.to_csv(index=False))
    store.write_json(folder / "study.json", facts)
    store.write_manifest(folder)
    return folder
