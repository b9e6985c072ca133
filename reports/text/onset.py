"""Sentences on what biases time to onset: late entry, interval censoring, length of follow-up."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import IMPUTED_OR_NOT, Rows, has_number
from reports.shown import show
from reports.wording import numbers
from reports.wording.labels import event_name, lower_first, named

WAYS = {
    "registry": "followed as in this registry",
    "followed_3_years": "all people followed for 3 years",
    "followed_5_years": "all people followed for 5 years",
    "followed_10_years": "all people followed for 10 years",
    "followed_20_years": "all people followed for 20 years",
    "entered_at_2_years": "followed only from 2 to 10 years",
    "entered_at_5_years": "followed only from 5 to 10 years",
}
METHODS = ("detected", "midpoint", "turnbull", "weibull", "royston_parmar", "illness_death")


def naive(rows: Rows, metadata: Metadata) -> list[str]:
    """Why one minus Kaplan-Meier is too high, with both numbers."""
    wrong = rows.curve("naive_one_minus_km", "onset")
    right = rows.curve("cumulative_incidence", "onset")
    pairs = [
        (year, rows.at(wrong, year * DAYS_A_YEAR), rows.at(right, year * DAYS_A_YEAR))
        for year in metadata.years
    ]
    shown = [(year, w, r) for year, w, r in pairs if w is not None and r is not None]
    if not shown:
        return []
    year, w, r = shown[-1]
    others = _joined([event_name(one, metadata) for one in metadata.outcome["competing"]])
    return [
        f"The naive curve, one minus Kaplan–Meier, says {numbers.estimate(w)} at {_years(year)} "
        f"where {numbers.estimate(r)} is right. It treats people after {others} as if they could "
        "still fall ill, and at the same rate as the others."
    ]


def late_entry(rows: Rows, metadata: Metadata) -> list[str]:
    """Bias of a curve that ignores late entry."""
    found = rows.numbers(measure="late_entry_ratio", outcome="onset")
    deaths = rows.numbers(measure="late_entry_ratio", outcome="death")
    if not found:
        return []
    said = [f"{_factor(row)} by {_at(row)}" for row in found]
    text = (
        "Late entry matters. Counting people as followed before they entered would multiply the "
        f"proportion with {event_name('onset', metadata)} by {_joined(said)}"
    )
    if deaths:
        worst = min(deaths, key=lambda row: row.estimate or 1)
        text += f", and the proportion who died by {_factor(worst)} by {_at(worst)}"
    return [f"{text}."]


def _at(row: Estimate) -> str:
    return _years((row.time or 0) / DAYS_A_YEAR)


def _factor(row: Estimate) -> str:
    show(row)
    return f"{row.estimate or 0:.2f}"


def negative(rows: Rows, metadata: Metadata) -> list[str]:
    """What counts as a negative assessment, and how many people have one."""
    methods = [lower_first(named(one)) for one in metadata.outcome.get("negative_methods") or ()]
    people = rows.first(measure="interval_people", outcome="", level="with_negative")
    without = rows.first(measure="interval_people", outcome="", level="without_negative")
    onsets = rows.first(measure="interval_people", outcome="onset", level="with_negative")
    if people is None or without is None or onsets is None:
        return []
    ct = [one.upper() if one == "ct" else one for one in methods]
    return [
        "The detection date is not the date of onset. A negative assessment is a "
        f"{' or '.join(ct)} that shows no calcification, on a day on which no other shows any. "
        "The absence of a code is not one. "
        f"{numbers.estimate(people)} people have one while at risk, among them "
        f"{numbers.estimate(onsets)} of those with onset. {numbers.estimate(without)} people "
        "have none and are left out of what follows."
    ]


def between_assessments(rows: Rows) -> list[str]:
    """The range over methods at the last horizon, and the model that decides."""
    found = rows.numbers(measure="interval_incidence", outcome="onset", model=METHODS)
    days = sorted({row.time for row in found if row.time is not None})
    if not days:
        return []
    at = {row.model: row for row in found if row.time == days[-1]}
    fitted = [at[m] for m in ("turnbull", "weibull", "royston_parmar") if m in at]
    text = ""
    if "detected" in at and fitted:
        values = sorted(fitted, key=lambda row: row.estimate or 0)
        low, high = numbers.estimate(values[0]), numbers.estimate(values[-1])
        span = low if low == high else f"{low} to {high}"
        text = (
            f"Onset is interval-censored between assessments. By {_years(days[-1] / DAYS_A_YEAR)} "
            f"this gives {span}; the detection date in the same people gives "
            f"{numbers.estimate(at['detected'])}."
        )
    if "illness_death" in at:
        text += (
            " The illness–death model also counts onsets that death hid, and is preferred: "
            f"{numbers.with_interval(at['illness_death'])}."
        )
    return [text.strip()] if text else []


def mean_among_cases(rows: Rows) -> list[str]:
    """What the claimed mean can and cannot mean."""
    seen = rows.first(measure="mean_onset", model="observed")
    ways = {row.term: row for row in rows.numbers(measure="mean_onset", model="simulated")}
    few, many = ways.get("followed_3_years"), ways.get("entered_at_5_years")
    claim = rows.first(question="how_soon", measure="published", term="claim")
    if seen is None or not has_number(seen) or few is None or many is None:
        return []
    text = (
        f"The mean time to onset among the cases of this registry is {numbers.estimate(seen)} "
        "years. It depends on follow-up as much as on the disease. One and the same fitted hazard "
        f"gives a mean of {numbers.estimate(few)} years with {WAYS[few.term]}, and of "
        f"{numbers.estimate(many)} years with people {WAYS[many.term]}."
    )
    if claim is not None:
        text += (
            f" A claimed mean of {numbers.bounds(claim)} years says little unless it states how "
            "long, and from when, people were followed."
        )
    return [text]


def entry_and_onset(rows: Rows) -> list[str]:
    """Whether late entrants differ in their hazard of onset."""
    tau = rows.first(measure="entry_tau")
    ratio = rows.first(measure="entry_hazard_ratio")
    said = []
    if tau is not None and has_number(tau):
        said.append(f"conditional Kendall's tau is {numbers.with_interval(tau)}")
    if ratio is not None and has_number(ratio):
        said.append(f"the hazard ratio per later year of entry {numbers.with_interval(ratio)}")
    if not said:
        return []
    return [
        "Late entry is handled rightly only if people who enter late face the same hazard as "
        f"those already followed. Here {' and '.join(said)}{_leaning(tau, ratio)}."
        f"{_unseen_at_entry(ratio)}"
    ]


def entry_limit(rows: Rows) -> list[str]:
    """For the verdict: that the curves rest on what the data speak against; else nothing."""
    ratio = rows.first(measure="entry_hazard_ratio")
    if ratio is None or not _leaves_out(ratio, 1.0):
        return []
    return [
        "Time to onset assumes that people who enter late face the same hazard as those already "
        f"followed; here it is {numbers.short_interval(ratio)} times per later year of entry."
    ]


def _unseen_at_entry(ratio: Estimate | None) -> str:
    """The plainest rival explanation of a hazard that rises with later entry."""
    if ratio is None or not has_number(ratio) or ratio.lower is None or ratio.lower <= 1:
        return ""
    return (
        " A hazard that rises with later entry need not be a higher risk. Disease that was present "
        "but unseen before a late entry, and is detected soon after it, counts as an onset after "
        "it. The curves of recorded onset are then too high."
    )


def _leaning(tau: Estimate | None, ratio: Estimate | None) -> str:
    """Whether either interval leaves out no dependence."""
    apart = _leaves_out(tau, 0.0) or _leaves_out(ratio, 1.0)
    return (
        "; the curves above rest on an assumption that these data speak against"
        if apart
        else "; the data do not speak against it, within these intervals"
    )


def _leaves_out(row: Estimate | None, value: float) -> bool:
    if row is None or not has_number(row) or row.lower is None or row.upper is None:
        return False
    return row.lower > value or row.upper < value


def hazard(rows: Rows) -> list[str]:
    """How the hazard runs over years on dialysis."""
    points = rows.numbers(measure="onset_hazard", model="kernel", strata="")
    points = sorted((row for row in points if row.time is not None), key=lambda row: row.time or 0)
    if len(points) < 3:
        return []
    said = [
        f"{numbers.short_interval(row)} at {_years(round((row.time or 0) / DAYS_A_YEAR, 1))}"
        for row in (points[len(points) // 10], points[len(points) // 2], points[-1])
    ]
    return [
        f"The hazard of a person still on dialysis, per 1,000 person-years, is {_joined(said)}."
    ]


def caveat(rows: Rows, metadata: Metadata) -> str:
    """The one sentence that belongs beside the figure on the first screen."""
    if not metadata.is_calcinosis:
        return ""
    found = rows.numbers(measure="interval_incidence", outcome="onset", model="illness_death")
    said = "These are detection dates, which come after onset"
    if not found:
        return f"{said}."
    last = max(found, key=lambda row: row.time or 0)
    return (
        f"{said}; a model of onset itself, some of it hidden by death, gives "
        f"{numbers.short_interval(last)} by {_years((last.time or 0) / DAYS_A_YEAR)}."
    )


def predicted(rows: Rows) -> list[str]:
    """What the crude curve would be, were it averaged over the people and not the risk sets."""
    found = rows.numbers(measure="standardised_incidence", specification=IMPUTED_OR_NOT)
    if not found:
        return []
    imputed = [row for row in found if row.specification != "primary"] or found
    last = max(imputed, key=lambda row: row.time or 0)
    crude = rows.at(rows.curve("cumulative_incidence", "onset"), last.time or 0)
    text = (
        "Late entry and death select who remains at risk. Averaged instead over all people as they "
        f"were at entry, by {_years((last.time or 0) / DAYS_A_YEAR)} it is "
        f"{numbers.with_interval(last)}"
    )
    text += f"; the curve says {numbers.with_interval(crude)}" if crude is not None else ""
    return [f"{text}. It is a prediction from models of every kind of exit."]


def _years(year: float) -> str:
    return f"{year:g} year" if year == 1 else f"{year:g} years"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
