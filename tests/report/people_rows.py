"""Rows of a made-up calcinosis study: quality, Table 1, prevalence."""

from __future__ import annotations

from row_makers import counted, proportion

from data_schema.results import Released


def quality() -> list[Released]:
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
    rows.append(
        counted(
            "quality",
            "corrected_calcium",
            391204,
            term="calcium_corrected",
            level="computed",
            reason="Computed here: total calcium + 0.02 × (40 − albumin)",
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


def describe() -> list[Released]:
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
                Released(
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
                Released(
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


def common() -> list[Released]:
    rows = [
        Released(
            "how_common",
            "published",
            term="claim",
            lower=0.005,
            upper=0.03,
            reason="The case report, citing another",
        ),
        Released(
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
