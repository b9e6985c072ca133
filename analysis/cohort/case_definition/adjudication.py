"""An expert's verdict on a person, where the extract has a sample of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Bucket, Days

ADJUDICATION = "adjudication"  # a method of the table of assessments


def verdicts(bucket: Bucket) -> dict[str, Days | NDArray[np.bool_]]:
    """Day of each person's last adjudication (never: none), and whether it found disease.

    A verdict other than yes or no does not count as one; of two on one day, yes stands.
    """
    day, case = np.full(bucket.n, NEVER), np.zeros(bucket.n, dtype=bool)
    frame = bucket.tables.get("assessments")
    if frame is not None:
        decided = frame["calcification"].isin(["yes", "no"]) & (frame["method"] == ADJUDICATION)
        rows = frame[decided]
        person = rows["person"].to_numpy(np.int64)
        when = bucket.days(rows["date"], person)
        yes = (rows["calcification"] == "yes").to_numpy()
        order = np.lexsort((yes, when, person))
        day[person[order]] = when[order]
        case[person[order]] = yes[order]
    return {"adjudicated": day, "adjudicated_case": case}
