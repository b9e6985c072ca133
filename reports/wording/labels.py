"""Names of things as a reader meets them."""

from __future__ import annotations

import math
import re

from reports.metadata import Metadata
from reports.wording.code_names import GROUPS, SYSTEMS

NAMES = {
    "pth": "PTH",
    "pth_uln": "PTH, multiples of the upper limit",
    "pth_whole": "PTH, whole-molecule assays",
    "calcium": "Calcium",
    "calcium_corrected": "Corrected calcium",
    "phosphate": "Phosphate",
    "alkaline_phosphatase": "Alkaline phosphatase",
    "albumin": "Albumin",
    "vitamin_d_25oh": "25-hydroxyvitamin D",
    "age": "Age at first dialysis",
    "age_at_entry": "Age at first dialysis",
    "sex": "Sex",
    "age_band": "Age band",
    "age_group": "Age group",
    "vintage_band": "Years on dialysis",
    "modality": "Modality",
    "primary_renal_disease": "Primary renal disease",
    "centre": "Centre",
    "HD": "Haemodialysis",
    "HHD": "Home haemodialysis",
    "PD": "Peritoneal dialysis",
    "TX": "Transplant",
    "missing": "Missing",
    "end_of_data": "End of data",
    "lost": "Lost to follow-up",
    "clopper_pearson": "exact (Clopper–Pearson)",
    "wilson": "Wilson",
    "aalen_johansen": "Aalen–Johansen",
    "kaplan_meier": "Kaplan–Meier",
    "detected": "Detection date",
    "midpoint": "Midpoint imputation",
    "turnbull": "Turnbull",
    "weibull": "Weibull",
    "royston_parmar": "Royston–Parmar",
    "illness_death": "Illness–death (Weibull)",
    "era": "Calendar era",
    "out_of_scope": "Out of scope",
    "not_case": "Not a case",
    **SYSTEMS,
    **GROUPS,
}


def named(key: str) -> str:
    """A reader's name for a key of the rows."""
    if key in NAMES:
        return NAMES[key]
    stem, _, when = key.rpartition("_")
    if when in ("before", "after") and stem in NAMES:
        return f"{NAMES[stem]} {when}"
    words = key.replace("_", " ")
    return words[:1].upper() + words[1:]


PRIORS = {"jeffreys": "Jeffreys"}  # named after a person


def prior_name(key: str) -> str:
    """A reader's name for a prior of the protocol, for the middle of a sentence."""
    return PRIORS.get(key, key.replace("_", " "))


def lower_first(text: str) -> str:
    """For the middle of a sentence; abbreviations keep their capitals."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def level_order(level: str) -> tuple[float, str]:
    """Bands by their first number, "<1 y" before "1-2 y"; other levels after them, by name."""
    number = re.search(r"\d+", level)
    if number is None:
        return math.inf, level
    return int(number[0]) - (0.5 if level.startswith("<") else 0.0), level


def parts_of_strata(strata: str) -> list[tuple[str, str]]:
    """``"sex=female;modality=HD"`` as pairs."""
    pairs = (part.partition("=") for part in strata.split(";") if part)
    return [(dimension, level) for dimension, _, level in pairs]


def stratum(strata: str) -> str:
    """A stratum as a reader meets it; "All" where there is none."""
    said = [
        f"on the {level} time scale"
        if dimension == "time_scale"
        else f"{named(dimension)}: {named(level)}"
        for dimension, level in parts_of_strata(strata)
    ]
    return ", ".join(said) or "All"


def event_name(outcome: str, metadata: Metadata) -> str:
    """An outcome of the rows by the protocol's own label."""
    if outcome == "onset":
        return metadata.outcome["label"]
    if outcome == "death" and not metadata.is_death and not metadata.is_calcinosis:
        return "death before it"
    return {"transplant": "transplantation"}.get(outcome, outcome.replace("_", " "))


def short_event(outcome: str, metadata: Metadata) -> str:
    """A word or two for the end of a line in a figure."""
    if outcome != "onset":
        return upper_first(outcome)
    return "Onset" if metadata.is_calcinosis else upper_first(metadata.outcome["label"])
