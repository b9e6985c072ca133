"""``restricted/review.html``: data quality for the data manager, before anything is estimated.

It names centres and is never released. Read from what the ingest stage wrote, and from the
centres' estimates where a study has been run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import store
from analysis.ingest.files.find_files import passed_over
from analysis.ingest.review import blocks as html
from analysis.ingest.review.centre_completeness import completeness_by_centre
from analysis.study import Study
from data_schema.declarations import analytes, source
from data_schema.results import Estimate

LEAD = (
    "This page names centres. It stays in the restricted folder and is not part of a release. "
    "It holds no person's record."
)
OUTCOMES = ("total", "used", "out_of_scope", "rejected")
MOST_CENTRES = 400
UNIT_LINES = {
    "swapped": "centres that declare a unit their values are not in, converted by the true one",
    "ambiguous": "centres whose values fit no unit, or not surely one, refused",
}


def run(
    study: Study,
    ingested: Path,
    restricted: Path,
    threads: int = 1,
    say: Callable[[str], None] = lambda _: None,
    extract: Path | None = None,
) -> Path:
    """Write ``review.html`` into ``restricted`` (mode 0700) and say its summary; its path."""
    store.verify_manifest(ingested)
    metadata = store.read_json(ingested / "facts.json")
    rows = store.frame_estimates(store.read_frame(ingested / "quality.parquet"))
    runs = unit_runs(_frame(ingested / "unit_verdicts.parquet"))
    start, end = study.population.data_start, study.population.data_end
    complete = completeness_by_centre(ingested, metadata, start, end, threads)
    centres = _frame(restricted / "estimates" / "centres.parquet")
    sections = [
        ("Records", html.table(records(rows), ["File", "Table", *_heads()])),
        ("Files passed over", _passed_over(study, extract)),
        ("Units that centres declare wrongly", _units(runs)),
        ("Assays of parathyroid hormone", _assays(_frame(ingested / "assays.parquet"))),
        ("Unit conversions", html.table(conversions(rows), CONVERSION_HEADS)),
        ("Records rejected, by rule", _by_rule(rows, "rejected_rows")),
        ("Records kept and flagged, by rule", _by_rule(rows, "flagged_rows")),
        ("Centres beside each other", _funnel(centres)),
        ("Completeness by centre and year", _completeness(complete)),
    ]
    page = html.page(f"Review of the extract: {study.title}", LEAD, sections)
    path = store.private_folder(restricted) / "review.html"
    store.write_text(path, page)
    for line in summary(rows, runs):
        say(line)
    return path


def _frame(path: Path) -> pd.DataFrame:
    return store.read_frame(path) if path.exists() else pd.DataFrame()


def _passed_over(study: Study, extract: Path | None) -> str:
    lines = passed_over(extract, source(study.source)) if extract else []
    return "".join(html.paragraph(f"{line[0].upper()}{line[1:]}.") for line in lines)


def _heads() -> list[str]:
    return ["Records", "Used", "Out of scope", "Rejected"]


def _parts(row: Estimate) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in row.strata.split(";") if "=" in pair)


def records(rows: list[Estimate]) -> pd.DataFrame:
    """One line a file and table: records by what became of them."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if row.measure != "rows":
            continue
        parts = _parts(row)
        line = found.setdefault((parts["file"], parts["table"]), dict.fromkeys(OUTCOMES, 0))
        line[row.level] = line.get(row.level, 0) + int(row.numerator or 0)
    lines = [{"file": f, "table": t, **{k: n[k] for k in OUTCOMES}} for (f, t), n in found.items()]
    return pd.DataFrame(lines, columns=["file", "table", *OUTCOMES])


CONVERSION_HEADS = ["Analyte", "As sent", "Used in", "Factor", "Records", "Source of the factor"]


def conversions(rows: list[Estimate]) -> pd.DataFrame:
    found = [
        (r.term, r.level, r.reference, r.x, int(r.numerator or 0), r.reason)
        for r in rows
        if r.measure == "unit_conversion"
    ]
    frame = pd.DataFrame(found, columns=["analyte", "sent", "used", "factor", "n", "source"])
    return frame.assign(factor=[f"{x:.10g}" for x in frame["factor"]])


def rules(rows: list[Estimate], measure: str) -> pd.DataFrame:
    """Rejects or flags by file, table, column and rule, most frequent first."""
    found = [
        (p.get("file", ""), p.get("table", ""), r.term, r.level, r.reason, int(r.numerator or 0))
        for r in rows
        if r.measure == measure
        for p in (_parts(r),)
    ]
    frame = pd.DataFrame(found, columns=["file", "table", "column", "rule", "says", "n"])
    return frame.sort_values(["n", "file", "rule"], ascending=[False, True, True])


def _by_rule(rows: list[Estimate], measure: str) -> str:
    heads = ["File", "Table", "Column", "Rule", "What it says", "Records"]
    return html.table(rules(rows, measure), heads) or html.paragraph("None.")


def unit_runs(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Runs of quarters whose declared unit is wrong or in doubt: one line each, with evidence.

    ``level``: the centre's level if the unit declared were right; ``registry``: that of the other
    centres, both in the canonical unit; ``evidence``: log odds that the unit declared is wrong.
    """
    columns = ["centre_id", "analyte", "unit", "verdict", "resolved", "from", "to", "n"]
    columns += ["level", "registry", "evidence"]
    if "evidence" not in verdicts or not (verdicts["verdict"] != "declared").any():
        return pd.DataFrame(columns=columns)
    order = verdicts.sort_values(["centre_id", "analyte", "unit", "quarter"])
    keys = order[["centre_id", "analyte", "unit", "verdict", "resolved"]]
    run = (keys != keys.shift()).any(axis=1).cumsum().to_numpy()
    found = order.groupby(run, sort=True).agg(
        centre_id=("centre_id", "first"),
        analyte=("analyte", "first"),
        unit=("unit", "first"),
        verdict=("verdict", "first"),
        resolved=("resolved", "first"),
        first=("quarter", "min"),
        last=("quarter", "max"),
        n=("n", "max"),
        level=("level", "first"),
        registry=("expected", "first"),
        evidence=("evidence", "first"),
    )
    found = found[found["verdict"] != "declared"]
    size = {c: 2.0 ** found[c].to_numpy(np.float64) for c in ("level", "registry")}
    quarters = {
        to: [quarter_name(q) for q in found[c]] for c, to in (("first", "from"), ("last", "to"))
    }
    return found.assign(**size, **quarters)[columns].reset_index(drop=True)


def quarter_name(quarter: int) -> str:
    """4 × year + 0..3 as 2012 Q1."""
    return f"{quarter // 4} Q{quarter % 4 + 1}"


def _units(runs: pd.DataFrame) -> str:
    if len(runs) == 0:
        return html.paragraph("No centre's values disagree with the unit that it declares.")
    said = runs.assign(
        verdict=np.where(
            runs["verdict"] == "swapped", "converted as " + runs["resolved"], "refused"
        ),
        analyte=[analytes()[a].title for a in runs["analyte"]],
        used=[analytes()[a].unit for a in runs["analyte"]],
    )
    heads = ["Centre", "Analyte", "Declared", "What is done", "From", "To", "Values"]
    heads += ["Level as declared", "Other centres", "In", "Log odds that it is wrong"]
    columns = ["centre_id", "analyte", "unit", "verdict", "from", "to", "n", "level", "registry"]
    return html.paragraph(
        "Judged per centre, analyte and quarter by the level of its values beside the other "
        "centres' and by the upper limits that it reports; never by a single value. Refused: no "
        "unit of the analyte fits, or not surely one."
    ) + html.table(said[[*columns, "used", "evidence"]], heads)


def _assays(runs: pd.DataFrame) -> str:
    """The centres that changed their assay, run by run."""
    if len(runs) == 0:
        return html.paragraph("No result comes with the upper limit of its assay.")
    changed = runs[runs.groupby(["centre_id", "analyte"])["changed"].transform("max").astype(bool)]
    if len(changed) == 0:
        return html.paragraph("No centre's upper limit of normal moves.")
    said = changed.assign(
        analyte=[analytes()[a].title for a in changed["analyte"]],
        used=[analytes()[a].unit for a in changed["analyte"]],
        **{name: [quarter_name(int(q)) for q in changed[name]] for name in ("first", "last")},
    )
    heads = ["Centre", "Analyte", "From", "To", "Upper limit, about", "In", "Results"]
    columns = ["centre_id", "analyte", "first", "last", "limit", "used", "n"]
    return html.paragraph(
        "Centres whose most frequent upper limit of normal moves from one quarter to the next."
    ) + html.table(said[columns], heads)


def _funnel(centres: pd.DataFrame) -> str:
    if len(centres) == 0:
        return ""
    lead = html.paragraph(
        "Share with the outcome at the latest date by the size of the centre, with 95 % (dashed) "
        "and 99.8 % limits round the registry's share. Red: outside the wider limits."
    )
    return lead + html.funnel(centres)


def _completeness(complete: pd.DataFrame) -> str:
    if len(complete) == 0:
        return ""
    parts = [html.paragraph("Per cent of the people observed in a year who have a value in it.")]
    shown = sorted(complete["centre_id"].unique())[:MOST_CENTRES]
    if complete["centre_id"].nunique() > len(shown):
        parts.append(html.paragraph(f"The first {len(shown)} centres are shown."))
    for name, own in complete[complete["centre_id"].isin(shown)].groupby("analyte", sort=True):
        grid = html.shares(own, "centre_id", "year")
        title = analytes()[str(name)].title
        parts.append(f"<details><summary>{title}</summary>{grid}</details>")
    return "".join(parts)


def summary(rows: list[Estimate], runs: pd.DataFrame) -> list[str]:
    """A few lines for the terminal; no centre is named in them."""
    lines = []
    for r in records(rows).itertuples():
        lines.append(
            f"{r.file} ({r.table}): {r.total:,} records = {r.used:,} used + "
            f"{r.out_of_scope:,} out of scope + {r.rejected:,} rejected"
        )
    for measure, what in (("rejected_rows", "rejected"), ("flagged_rows", "flagged")):
        for r in rules(rows, measure).head(8).itertuples():
            lines.append(
                f"  {what}: {r.n:,} in {r.file}, {r.column or 'record'}: {r.says or r.rule}"
            )
    for verdict, what in UNIT_LINES.items():
        own = runs[runs["verdict"] == verdict]
        if len(own):
            lines.append(f"  units: {what}: {own['centre_id'].nunique():,}")
    return lines
