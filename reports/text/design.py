"""Methods, written from the protocol."""

from __future__ import annotations

from reports.facts import Facts
from reports.wording.labels import event_name, lower_first, named, upper_first

ASSAYS = {
    "pth": "PTH is that of intact assays, as measured; they differ among themselves, and results "
    "whose assay is unknown or was changed are counted under Data quality. Assays of the whole "
    "molecule are kept apart.",
    "pth_uln": "PTH in multiples is each result over the upper limit of its own assay; a result "
    "without a limit has none.",
    "pth_whole": "PTH by assays of the whole molecule is never pooled with that of intact assays.",
}
TRANSFORMS = {"log2": "per doubling", "identity": "per unit"}


def population(facts: Facts) -> list[str]:
    one = facts.population
    said = [f"{one['sentence'].rstrip('.')}."]
    if facts.source.get("calendar", True) is not False:
        said.append(f"Data run from {one['data_start']} to {one['data_end']}.")
    if one.get("minimum_age"):
        said.append(
            f"People younger than {one['minimum_age']:g} years at {facts.time_zero} are left out."
        )
    if one["entry_after_days"]:
        late = ", or at registry entry where that is later" if one["late_entry"] else ""
        said.append(
            f"Time zero is {facts.time_zero}; follow-up starts "
            f"{one['entry_after_days']} days after it{late}."
        )
    if one["coverage"]:
        domains = " and ".join(one["coverage"])
        said.append(
            f"People count only while their {domains} are observable; "
            "silence elsewhere is not absence."
        )
    if facts.source.get("precision") == "month":
        said.append("The source gives times in whole months.")
    return said


def follow_up_ends(facts: Facts) -> str:
    label = event_name("onset", facts)
    competing = [event_name(one, facts) for one in facts.outcome["competing"]]
    ends = f"Follow-up ends at {label}"
    ends += f", {', '.join(competing)}" if competing else ""
    ends += " or the end of data, whichever comes first."
    if _returns(facts):
        ends += (
            f" Follow-up pauses at {_or(_returns(facts))}; whoever returns to dialysis counts "
            "again from then on, days still counted from time zero."
        )
    if "transplant" in facts.outcome["competing"]:
        ends += " A change of dialysis modality does not end it."
    return ends


def _returns(facts: Facts) -> list[str]:
    """What ends a stay and not follow-up: exits that are no event of this study, and loss."""
    if facts.is_death or "how_soon" in facts.cannot_answer:
        return []
    named = [one for one in ("transplant", "recovery") if one not in facts.outcome["competing"]]
    return [*(event_name(one, facts) for one in named), "loss"] if named else []


def _or(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def exposures(facts: Facts) -> list[str]:
    one = facts.protocol["exposures"]
    if not one["labs"]:
        return []
    names = ", ".join(lower_first(named(lab)) for lab in one["labs"])
    text = (
        f"Laboratory values ({names}) enter as they were known at "
        "the time: a value acts from the day "
        f"after it was drawn, for at most {one['valid_days']} days or until a parathyroidectomy"
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
        f"in g/L (Payne, 1973), the albumin drawn at most {one['albumin_within_days']} days before."
        " A corrected value that a source sends is never mixed with it."
    ]


def models(facts: Facts) -> list[str]:
    said = []
    for one in facts.models:
        causes = " and, separately, ".join(event_name(cause, facts) for cause in one["causes"])
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


def estimands(facts: Facts) -> list[tuple[str, tuple[str, ...]]]:
    """(question, its estimand), attribute by attribute as in ``ATTRIBUTES``, of those asked."""
    asked = [("How common?", _common(facts))] if _asks_prevalence(facts) else []
    asked.append(("How soon?", _soon(facts)))
    if facts.models:
        asked.append(("Who?", _who(facts)))
    if facts.outcome.get("resolution") and "what_then" not in facts.cannot_answer:
        asked.append(("What then?", _then()))
    return asked


def _asks_prevalence(facts: Facts) -> bool:
    dates = facts.protocol["prevalence"]["point_dates"]
    return bool(dates) and "how_common" not in facts.cannot_answer


def _outcome(facts: Facts) -> str:
    label = upper_first(event_name("onset", facts))
    tiers = facts.outcome.get("tiers") or ()
    return f"{label} ({' or '.join(tiers)})" if tiers else label


def _common(facts: Facts) -> tuple[str, ...]:
    """The primary reading of the claim: the first of the protocol."""
    read = facts.protocol["prevalence"].get("readings") or ["ever_living/dialysis"]
    kind, _, treated = read[0].partition("/")
    active = kind in ("point", "period_active")
    people = "any kidney replacement" if treated == "krt" else "dialysis"
    washout = facts.protocol["prevalence"].get("washout_days") or 0
    seen = f", observable for {washout} days before" if washout else ""
    return (
        f"People alive and on {people} on the date{seen}",
        f"{_outcome(facts)}, {'not seen to resolve' if active else 'ever by the date'}",
        f"The date; people count from {facts.population['entry_after_days']} days after "
        f"{facts.time_zero}",
        "Whoever left before the date is not counted",
        "Share of these people",
        "Percentage, exact interval and one that allows for centres",
    )


def _soon(facts: Facts) -> tuple[str, ...]:
    competing = [event_name(one, facts) for one in facts.outcome["competing"]]
    verb = "competes" if len(competing) == 1 else "compete"
    others = upper_first(f"{', '.join(competing)} {verb}") if competing else "No event competes"
    if competing and not facts.is_death:
        others += ": each is terminal, no onset is awaited after it and a return is not followed"
    paused = _returns(facts)[:-1]
    others += f"; {_or(paused)} pauses follow-up until a return to dialysis" if paused else ""
    curve = "Kaplan–Meier" if facts.is_death else "Aalen–Johansen"
    what = "Share alive" if facts.is_death else "Share with onset detected"
    return (
        "Everyone in follow-up, free of it at entry; late entrants from when they enter; nobody is "
        "at risk while unobserved (a gap in coverage, lost)",
        _outcome(facts),
        upper_first(facts.time_zero),
        others,
        f"{what} by time ({curve})",
        "Probability over years since time zero",
    )


def _who(facts: Facts) -> tuple[str, ...]:
    return (
        "Everyone in follow-up, while observed and the covariates are known",
        _outcome(facts),
        upper_first(facts.time_zero),
        "End the time at risk; each has its own model",
        "Cause-specific hazard ratio (Cox), covariates moving in time",
        "Ratio of hazards",
    )


def _then() -> tuple[str, ...]:
    return (
        "People operated on with active disease",
        "First look without calcification",
        "The parathyroidectomy",
        "Compete with resolution",
        "Share resolved by time (Aalen–Johansen), described",
        "Probability over days since the operation",
    )
