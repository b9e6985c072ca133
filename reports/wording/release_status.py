"""Released or draft, and under which policy the numbers left."""

from __future__ import annotations

from reports.metadata import Metadata

POLICY = {
    "simulated": "the policy for simulated data",
    "public": "the policy for public data",
}
WHERE = "In a folder named release this page is released; anywhere else it is a draft."


def sentence(metadata: Metadata) -> str:
    """Where the page is a release, and what its numbers went through."""
    holder = metadata.release["holder"]
    policy = POLICY.get(holder, f"the policy of the holder “{holder}”")
    return f"{WHERE} Its numbers follow {policy}: {_how(metadata)}."


def _how(metadata: Metadata) -> str:
    release, said = metadata.release, []
    if release["min_count"] > 1:
        said.append(f"counts from 1 to {release['min_count'] - 1} hidden ([c])")
    if release["rounding"] > 1:
        said.append(f"counts rounded to {release['rounding']}")
    return ", ".join(said) or "nothing hidden, nothing rounded"
