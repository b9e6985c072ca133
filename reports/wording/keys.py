"""The keys of any row as a reader meets them, of which a caption or a line is made."""

from __future__ import annotations

from collections.abc import Sequence

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.text.specifications import in_words
from reports.wording.labels import event_name, named, stratum, upper_first

HEADS = ("Model", "Population", "Outcome", "Term", "Level", "Stratum", "Choice", "Years", "At")


def keys_of(row: Estimate, metadata: Metadata) -> tuple[str, ...]:
    """One text for each of ``HEADS``; empty where the row has no such key."""
    return (
        model_label(row.model, metadata),
        upper_first(row.population),
        upper_first(event_name(row.outcome, metadata).replace("+", " or ")) if row.outcome else "",
        _label(row, row.term, metadata) if row.term else "",
        _label(row, row.level, metadata) if row.level else "",
        stratum(row.strata) if row.strata else "",
        "" if row.specification == "primary" else in_words(row.specification),
        "" if row.time is None else f"{row.time / DAYS_A_YEAR:.3g}",
        "" if row.x is None else f"{row.x:g}",
    )


def model_label(model: str, metadata: Metadata) -> str:
    """The label of a model, of the protocol or of its file; else its name as a reader calls it."""
    known = {one["name"]: one["label"] for one in metadata.models}
    own = _labels(model, metadata).get(model, named(model) if model else "")
    return known.get(model, own)


def _label(row: Estimate, key: str, metadata: Metadata) -> str:
    """A term or level by the label of the protocol or of the model's file."""
    in_protocol = metadata.term_label(row.model, key)
    if in_protocol != key:
        return in_protocol
    return _labels(row.model, metadata).get(key, named(key))


def _labels(model: str, metadata: Metadata) -> dict[str, str]:
    """What the file of a model calls itself, its terms and its levels."""
    files = metadata.study.get("analyses") or ()
    return next((one["labels"] for one in files if one["name"] == model), {})


def telling(lines: Sequence[tuple[str, ...]]) -> list[int]:
    """Which of the keys say something: any but those that are empty in every line."""
    return [place for place in range(len(HEADS)) if any(line[place] for line in lines)]


def said(keys: Sequence[str]) -> str:
    """Keys in one line."""
    return ", ".join(key for key in keys if key)
