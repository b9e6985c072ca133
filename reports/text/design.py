"""Methods, written from the protocol."""

from __future__ import annotations

from reports.metadata import Metadata
from reports.wording.labels import event_name, lower_first, named, upper_first

ASSAYS = {
    "pth": "PTH is that of intact assays, as measured. They differ among themselves; results whose "
    "assay is unknown or was changed are counted under Data quality. Assays of the whole molecule "
    "are kept apart.",
    "pth_uln": "PTH in multiples is each result over the upper limit of its own assay; a result "
    "without a limit has none.",
    "pth_whole": "PTH by assays of the whole molecule is never pooled with that of intact assays.",
}
TRANSFORMS = {"log2": "per doubling", "identity": "per unit"}


def population(metadata: Metadata) -> list[str]:
    one = metadata.population
    said = [f"{one['sentence'].rstrip('.')}."]
    if metadata.source.get("calendar", True) is not False:
        said.append(f"Data run from {one['data_start']} to {one['data_end']}.")
    if one.get("minimum_age"):
        said.append(
            f"People under {one['minimum_age']:g} years at {metadata.time_zero} are excluded."
        )
    if one["entry_after_days"]:
        late = ", or at registry entry where that is later" if one["late_entry"] else ""
        said.append(
            f"Time zero is {metadata.time_zero}; follow-up starts "
            f"{one['entry_after_days']} days after it{late}."
        )
    if one["coverage"]:
        domains = " and ".join(one["coverage"])
        said.append(
            f"People count only while their {domains} are observable; "
            "no record elsewhere is not absence."
        )
    if metadata.source.get("precision") == "month":
        said.append("The source gives times in whole months.")
    return said


def follow_up_ends(metadata: Metadata) -> str:
    label = event_name("onset", metadata)
    competing = [event_name(one, metadata) for one in metadata.outcome["competing"]]
    ends = f"Follow-up ends at {label}"
    ends += f", {', '.join(competing)}" if competing else ""
    ends += " or the end of data, whichever comes first."
    if _returns(metadata):
        ends += (
            f" Follow-up pauses at {_or(_returns(metadata))}. People who return to dialysis count "
            "again from then on, days still counted from time zero."
        )
    if "transplant" in metadata.outcome["competing"]:
        ends += " A change of dialysis modality does not end it."
    return ends


def _returns(metadata: Metadata) -> list[str]:
    """What ends an at-risk period and not follow-up: exits that are no event here, and loss."""
    if metadata.is_death or "how_soon" in metadata.cannot_answer:
        return []
    named = [one for one in ("transplant", "recovery") if one not in metadata.outcome["competing"]]
    return [*(event_name(one, metadata) for one in named), "loss"] if named else []


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def exposures(metadata: Metadata) -> list[str]:
    one = metadata.protocol["exposures"]
    if not one["labs"]:
        return []
    names = ", ".join(lower_first(named(lab)) for lab in one["labs"])
    text = (
        f"Laboratory values ({names}) enter as they were known at "
        "the time: a value acts from the day "
        f"after it was sampled, for at most {one['valid_days']} days or until a parathyroidectomy"
    )
    text += f", lagged by {one['lag_days']} days." if one["lag_days"] else "."
    said = [text]
    return said + [ASSAYS[lab] for lab in one["labs"] if lab in ASSAYS] + _calcium(one)


def _calcium(one: dict) -> list[str]:
    if "calcium_corrected" not in one["labs"]:
        return []
    if one["calcium"] == "as_sent":
        return ["Corrected calcium is the source's own, by a formula that it does not state."]
    return [
        "Calcium is corrected here: total calcium + 0.02 × (40 − albumin), in mmol/L with albumin "
        f"in g/L (Payne, 1973), albumin sampled at most {one['albumin_within_days']} days before."
        " A corrected value that a source sends is never mixed with it."
    ]


def models(metadata: Metadata) -> list[str]:
    said = []
    for one in metadata.models:
        causes = " and, separately, ".join(event_name(cause, metadata) for cause in one["causes"])
        terms = "; ".join(term["label"] for term in one["terms"])
        text = (
            f"Model “{one['label']}”: cause-specific Cox regression "
            f"for {causes}, with terms {terms}"
        )
        text += ", Firth's penalty" if one.get("penalty") == "firth" else ""
        text += f", stratified by {', '.join(one['strata'])}" if one.get("strata") else ""
        said.append(f"{text}.")
    return said


ATTRIBUTES = (
    "Population",
    "Outcome",
    "Time zero",
    "Other events",
    "What is estimated",
    "Scale",
)


def estimands(metadata: Metadata) -> list[tuple[str, tuple[str, ...]]]:
    """(question, its estimand), attribute by attribute as in ``ATTRIBUTES``, of those asked."""
    asked = [("How common?", _common(metadata))] if _asks_prevalence(metadata) else []
    asked.append(("How soon?", _soon(metadata)))
    if metadata.models:
        asked.append(("Who?", _who(metadata)))
    if metadata.outcome.get("resolution") and "what_then" not in metadata.cannot_answer:
        asked.append(("What then?", _then()))
    return asked


def _asks_prevalence(metadata: Metadata) -> bool:
    dates = metadata.protocol["prevalence"]["point_dates"]
    return bool(dates) and "how_common" not in metadata.cannot_answer


def _outcome(metadata: Metadata) -> str:
    label = upper_first(event_name("onset", metadata))
    tiers = metadata.outcome.get("tiers") or ()
    return f"{label} ({' or '.join(tiers)})" if tiers else label


def _common(metadata: Metadata) -> tuple[str, ...]:
    """Estimand of the primary definition of prevalence: the first of the protocol."""
    asked = metadata.protocol["prevalence"].get("definitions") or ["ever_living/dialysis"]
    kind, _, treated = asked[0].partition("/")
    active = kind in ("point", "period_active")
    people = "any kidney replacement" if treated == "krt" else "dialysis"
    washout = metadata.protocol["prevalence"].get("washout_days") or 0
    seen = f", observable for {washout} days before" if washout else ""
    return (
        f"People alive and on {people} on the date{seen}",
        f"{_outcome(metadata)}, {'not seen to resolve' if active else 'ever by the date'}",
        f"The date; people count from {metadata.population['entry_after_days']} days after "
        f"{metadata.time_zero}",
        "People who left before the date are not counted",
        "Proportion of these people",
        "Percentage, exact interval and one that allows for centres",
    )


def _soon(metadata: Metadata) -> tuple[str, ...]:
    competing = [event_name(one, metadata) for one in metadata.outcome["competing"]]
    verb = "competes" if len(competing) == 1 else "compete"
    others = upper_first(f"{', '.join(competing)} {verb}") if competing else "No event competes"
    if competing and not metadata.is_death:
        others += ": each is terminal, no onset is awaited after it and a return is not followed"
    paused = _returns(metadata)[:-1]
    others += f"; {_or(paused)} pauses follow-up until a return to dialysis" if paused else ""
    curve = "Kaplan–Meier" if metadata.is_death else "Aalen–Johansen"
    what = "Proportion alive" if metadata.is_death else "Proportion with onset detected"
    return (
        "The cohort, free of it at entry; late entrants from when they enter; no one is at risk "
        "while unobserved (a gap in coverage, lost)",
        _outcome(metadata),
        upper_first(metadata.time_zero),
        others,
        f"{what} by time ({curve})",
        "Probability over years since time zero",
    )


def _who(metadata: Metadata) -> tuple[str, ...]:
    return (
        "The cohort, while observed and the covariates are known",
        _outcome(metadata),
        upper_first(metadata.time_zero),
        "End the time at risk; each has its own model",
        "Cause-specific hazard ratio (Cox), covariates moving in time",
        "Ratio of hazards",
    )


def _then() -> tuple[str, ...]:
    return (
        "People operated on with active disease",
        "First assessment without calcification",
        "The parathyroidectomy",
        "Compete with resolution",
        "Proportion resolved by time (Aalen–Johansen), described",
        "Probability over days since the operation",
    )
