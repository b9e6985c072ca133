"""Assay of parathyroid hormone that a centre uses, by its upper limits of normal.

Intact assays differ among themselves, so a level that moves may be an assay that was changed. A
centre's limit of a quarter is its most frequent one; another assay begins where that moves by more
than a bin (an eighth of an octave) from one quarter to the next, smaller steps are not seen. No
value is changed for it: results are flagged and counted, the centre named in the review, and
``pth_uln``, multiples of each result's own limit, is the exposure that does not depend on it.
Assays of the whole molecule are an analyte of their own and are in no list of these.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.ingest.units.forensics import BINS_PER_OCTAVE
from data_schema.declarations import checks
from data_schema.results import Estimate

HORMONE = ("pth", "pth_whole")
SERIES = ["centre_id", "analyte"]
COLUMNS = [*SERIES, "first", "last", "limit", "n", "changed"]


def assay_runs(ranges: pd.DataFrame) -> pd.DataFrame:
    """Runs of quarters with one assay: ``centre_id, analyte, first, last, limit, n, changed``.

    ``ranges``: ``centre_id, analyte, quarter, bin, n`` of the upper limits reported; ``bin`` is
    ``floor(8 log2(limit))`` in the canonical unit, missing where there is none. ``limit`` is that
    of the run's first quarter, ``changed`` whether another assay came before.
    """
    known = ranges["analyte"].isin(HORMONE) & ranges["bin"].notna() & (ranges["centre_id"] != "")
    if not known.any():
        return pd.DataFrame({name: [] for name in COLUMNS})
    keys = [*SERIES, "quarter"]
    sizes = ranges[known].groupby([*keys, "bin"], sort=True)["n"].sum().reset_index()
    most = sizes.sort_values([*keys, "n", "bin"], ascending=[True, True, True, False, True])
    most = most.drop_duplicates(keys).drop(columns="n")
    quarters = most.merge(sizes.groupby(keys, sort=True)["n"].sum().reset_index(), on=keys)
    same = (quarters[SERIES] == quarters[SERIES].shift()).all(axis=1)
    step = quarters["bin"].astype("int64").diff().abs().fillna(0) > 1
    runs = quarters.assign(changed=same & step).groupby((~same | step).cumsum(), sort=True)
    found = runs.agg(
        centre_id=("centre_id", "first"),
        analyte=("analyte", "first"),
        first=("quarter", "min"),
        last=("quarter", "max"),
        bin=("bin", "first"),
        n=("n", "sum"),
        changed=("changed", "first"),
    )
    limit = 2.0 ** ((found["bin"].to_numpy(np.float64) + 0.5) / BINS_PER_OCTAVE)
    return found.assign(limit=limit)[COLUMNS].reset_index(drop=True)


def assay_rows(values: pd.DataFrame, ranges: pd.DataFrame, runs: pd.DataFrame) -> list[Estimate]:
    """Results without a limit, and results after a centre's first change of assay, by analyte.

    ``values``: the histogram of the results themselves; ``runs``: what ``assay_runs`` finds in
    ``ranges``.
    """
    rows = []
    later = runs.groupby(SERIES)["changed"].cummax() if len(runs) else runs["changed"]
    limits = ranges[ranges["bin"].notna()]
    for analyte in HORMONE:
        results, with_limit = (
            int(frame.loc[frame["analyte"] == analyte, "n"].sum()) for frame in (values, limits)
        )
        after = runs[(runs["analyte"] == analyte) & later.astype(bool)]
        rows += [
            _flagged(analyte, "assay_unknown", results - with_limit),
            _flagged(analyte, "assay_changed", int(after["n"].sum())),
        ]
    return [row for row in rows if row.numerator]


def _flagged(analyte: str, rule: str, n: int) -> Estimate:
    return Estimate(
        "quality",
        "flagged_rows",
        strata="table=labs",
        term="assay_upper_limit",
        level=rule,
        reference=analyte,
        estimate=float(n),
        numerator=float(n),
        unit="records",
        reason=checks()[rule].says,
    )
