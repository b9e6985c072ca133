"""Labs to risk intervals as one would write it by hand in Polars, with the same checks."""

from __future__ import annotations

from pathlib import Path

import polars as pl

DATE = r"^\d{4}-\d{2}-\d{2}$"
BOUND = r"^\s*(<=|>=|<|>)?\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*$"
PLACEHOLDERS = ["1900-01-01", "1901-01-01", "9999-12-31"]
TIMINGS = ["pre", "post", "not_applicable", "unknown"]


def checked(folder: Path, given: dict) -> pl.DataFrame:
    """Rows with their first broken rule, an empty text for none."""
    text = pl.scan_parquet(folder / "labs.parquet", row_index_name="row")
    text = text.with_columns(pl.exclude("row").cast(pl.String).str.strip_chars().replace("", None))
    value = pl.col("value")
    day = pl.col("sample_date")
    typed = text.with_columns(
        date=day.str.to_date("%Y-%m-%d", strict=False),
        result=pl.col("result_date").str.to_date("%Y-%m-%d", strict=False),
        number=value.str.extract(BOUND, 2).cast(pl.Float64, strict=False),
        comparator=value.str.extract(BOUND, 1).fill_null(""),
        limit=pl.col("assay_upper_limit").cast(pl.Float64, strict=False),
    )
    factors = pl.LazyFrame(given["factors"], schema=["analyte", "unit", "factor"], orient="row")
    names = ["analyte", "low", "high", "soft_low", "soft_high"]
    limits = pl.LazyFrame(given["limits"], schema=names, orient="row")
    people = pl.scan_csv(folder / "patients.csv", infer_schema=False).select(
        "patient_id",
        known=pl.lit(True),
        birth=pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
        death=pl.col("death_date").str.to_date("%Y-%m-%d", strict=False),
    )
    # which unit a centre's values are in comes with the data: peers pass no verdict of their own
    verdicts = pl.scan_parquet(folder / "unit_verdicts.parquet").select(
        "centre_id", "analyte", pl.col("quarter").cast(pl.Int64), "unit", "verdict", true="factor"
    )
    typed = typed.with_columns(
        quarter=pl.col("date").dt.year().cast(pl.Int64) * 4
        + (pl.col("date").dt.month().cast(pl.Int64) - 1) // 3,
        centre_id=pl.col("centre_id").fill_null(""),
    )
    rows = (
        typed.join(factors, on=["analyte", "unit"], how="left")
        .join(limits, on="analyte", how="left")
        .join(people, on="patient_id", how="left")
        .join(verdicts, on=["centre_id", "analyte", "quarter", "unit"], how="left")
        .with_columns(
            value_si=pl.col("number")
            * pl.when(pl.col("verdict") == "swapped").then(pl.col("true")).otherwise("factor")
        )
    )
    rows = rows.with_columns(rule=_cells())
    inside = pl.col("value_si").is_between(pl.col("low"), pl.col("high"))
    late = pl.col("date") > pl.lit(given["data_end"]).str.to_date()
    rows = rows.with_columns(
        rule=pl.when(pl.col("rule").is_not_null())
        .then(pl.col("rule"))
        .when(pl.col("verdict") == "ambiguous")
        .then(pl.lit("unit:centre_unit_implausible"))
        .when(~inside)
        .then(pl.lit("value:outside_hard_limits"))
        .when(pl.col("known").is_null())
        .then(pl.lit("patient_id:unknown_person"))
        .when(pl.col("date") > pl.col("death"))
        .then(pl.lit("sample_date:after_death"))
        .when(pl.col("date") < pl.col("birth"))
        .then(pl.lit("sample_date:before_birth")),
        out_of_scope=late,
        flag=pl.when(pl.col("comparator") != "")
        .then(pl.lit("bound"))
        .when(~pl.col("value_si").is_between("soft_low", "soft_high"))
        .then(pl.lit("soft")),
    )
    key = ["patient_id", "date", "analyte", "number", "unit"]
    good = pl.col("rule").is_null()
    again = good & (pl.int_range(pl.len()).over(good, *key) > 0)
    rows = rows.sort("row").with_columns(
        rule=pl.when(again).then(pl.lit("patient_id:duplicate_row")).otherwise(pl.col("rule"))
    )
    return rows.collect()


def _cells() -> pl.Expr:
    day, value, limit = pl.col("sample_date"), pl.col("value"), pl.col("assay_upper_limit")
    chain = pl.when(pl.col("patient_id").is_null()).then(pl.lit("patient_id:missing"))
    for condition, rule in (
        (day.is_null(), "sample_date:missing"),
        (~day.str.contains(DATE), "sample_date:not_a_date"),
        (pl.col("date").is_null(), "sample_date:impossible_date"),
        (day.is_in(PLACEHOLDERS), "sample_date:placeholder_date"),
        (~pl.col("result_date").str.contains(DATE), "result_date:not_a_date"),
        (
            pl.col("result_date").is_not_null() & pl.col("result").is_null(),
            "result_date:impossible_date",
        ),
        (pl.col("result_date").is_in(PLACEHOLDERS), "result_date:placeholder_date"),
        (pl.col("analyte").is_null(), "analyte:missing"),
        (pl.col("low").is_null(), "analyte:unknown_value"),
        (value.is_null(), "value:missing"),
        (pl.col("number").is_null(), "value:not_a_number_or_bound"),
        (pl.col("unit").is_null(), "unit:missing"),
        (
            limit.is_not_null() & (pl.col("limit").is_null() | ~pl.col("limit").is_finite()),
            "assay_upper_limit:not_a_number",
        ),
        (pl.col("limit") < 0, "assay_upper_limit:below_minimum"),
        (pl.col("factor").is_null(), "unit:unknown_unit"),
    ):
        chain = chain.when(condition).then(pl.lit(rule))
    return chain.otherwise(None)


def work(folder: Path, given: dict) -> dict:
    """Check, write the used rows, build the intervals; what came out, to be compared."""
    rows = checked(folder, given)
    used = rows.filter(pl.col("rule").is_null() & ~pl.col("out_of_scope"))
    used = used.sort("patient_id", "date", "analyte", "row")
    columns = ["patient_id", "date", "result", "analyte", "number", "comparator", "unit", "timing"]
    columns += ["limit", "centre_id", "row", "value_si"]
    used.select(columns).write_parquet(folder / "polars.parquet", compression="zstd")
    intervals = _intervals(used, folder, given)
    intervals.write_parquet(folder / "polars_intervals.parquet", compression="zstd")
    rules = rows.filter(pl.col("rule").is_not_null())["rule"].value_counts()
    return {
        "used": used.height,
        "rejected": dict(sorted(rules.iter_rows())),
        "intervals": intervals.height,
        "days": int((intervals["stop"] - intervals["start"]).sum()),
        "known": {name: int(intervals[name].is_not_null().sum()) for name in given["labs"]},
    }


def _intervals(used: pl.DataFrame, folder: Path, given: dict) -> pl.DataFrame:
    """People (patient_id, first, entry, exit, operated) come with the data: only labs are cut."""
    people = pl.read_parquet(folder / "people.parquet")
    daily = (
        used.lazy()
        .filter(pl.col("timing").fill_null("unknown") != "post")
        .join(people.lazy(), on="patient_id")
        .with_columns(
            sampled=(pl.col("date") - pl.col("first")).dt.total_days(),
            known=(pl.max_horizontal("date", "result") - pl.col("first")).dt.total_days(),
        )
        .group_by("analyte", "patient_id", "sampled")
        .agg(day=pl.col("known").max(), value=pl.col("value_si").mean())
        .sort("analyte", "patient_id", "sampled")
        .collect()
    )
    series = {name: _known(daily, name, given) for name in given["labs"]}
    valid = given["valid_days"]
    cuts = [people.select("patient_id", start="entry")]
    cuts += [people.select("patient_id", start="operated")]
    for frame in series.values():
        cuts += [frame.select("patient_id", start="day")]
        cuts += [frame.select("patient_id", start=pl.col("day") + valid)]
    rows = (
        pl.concat([c.cast({"start": pl.Int64}) for c in cuts])
        .join(people, on="patient_id")
        .filter((pl.col("start") >= pl.col("entry")) & (pl.col("start") < pl.col("exit")))
        .unique(["patient_id", "start"])
        .sort("patient_id", "start")
        .with_columns(stop=pl.col("start").shift(-1).over("patient_id").fill_null(pl.col("exit")))
    )
    for name, frame in series.items():
        right = frame.select("patient_id", "day", "value", "sampled", at="day").sort("day")
        rows = rows.sort("start").join_asof(
            right, left_on="start", right_on="day", by="patient_id", check_sortedness=False
        )
        operated = (pl.col("operated") <= pl.col("start")) & (
            pl.col("sampled") <= pl.col("operated")
        )
        good = (pl.col("start") - pl.col("at") < valid) & ~operated.fill_null(False)
        rows = rows.with_columns(pl.when(good).then(pl.col("value")).alias(name))
        rows = rows.drop("value", "sampled", "at", "day", strict=False)
    return rows.sort("patient_id", "start").select("patient_id", "start", "stop", *given["labs"])


def _known(daily: pl.DataFrame, name: str, given: dict) -> pl.DataFrame:
    if name == "calcium_corrected":
        own = daily.filter(pl.col("analyte") == "calcium").sort("sampled")
        albumin = daily.filter(pl.col("analyte") == "albumin").sort("sampled")
        albumin = albumin.select(
            "patient_id", "sampled", albumin="value", other="day", taken="sampled"
        )
        own = own.join_asof(albumin, on="sampled", by="patient_id", check_sortedness=False)
        own = own.filter(pl.col("sampled") - pl.col("taken") <= given["albumin_within_days"])
        own = own.with_columns(
            value=pl.col("value") + 0.02 * (40 - pl.col("albumin")),
            day=pl.max_horizontal("day", "other"),
        )
    else:
        own = daily.filter(pl.col("analyte") == name)
    own = own.sort("patient_id", "day", "sampled")
    newest = pl.col("sampled").cum_max().over("patient_id")
    return own.filter(pl.col("sampled") == newest).unique(
        ["patient_id", "day"], keep="last", maintain_order=True
    )
