"""Where on the body calcification was seen: large joints, small joints of the hand, elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.cohort.bucket import Bucket
from analysis.cohort.case_definition.cases import assessments

# The published case was of the hands; the literature says hips and shoulders.
SITES = {
    "large_joints": ("shoulder", "hip", "elbow", "knee"),
    "hand": ("hand",),
    "elsewhere": ("foot", "elsewhere"),
}


def sites_seen(bucket: Bucket) -> dict[str, NDArray[np.bool_]]:
    """For each group of sites, whether any assessment of a person ever showed calcification
    there."""
    assessed = assessments(bucket)
    seen = assessed[assessed["calcification"] == "yes"]
    found = {}
    for group, sites in SITES.items():
        there = np.zeros(bucket.n, dtype=bool)
        there[seen.loc[seen["site"].isin(sites), "person"].to_numpy(np.int64)] = True
        found[f"site_{group}"] = there
    return found
