"""Sentences on how soon the outcome comes."""

from __future__ import annotations

from data_schema.follow_up import DAYS_A_YEAR
from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import Rows, has_number, is_held
from reports.shown import show
from reports.wording import numbers
from reports.wording.labels import event_name, upper_first


def main_curve(rows: Rows, metadata: Metadata) -> list[Estimate]:
    """The curve that answers the protocol's question: survival for death, else onset."""
    if metadata.is_death:
        return rows.curve("survival", "death") or rows.curve("cumulative_incidence", "death")
    return rows.curve("cumulative_incidence", "onset")


def horizon_rows(rows: Rows, metadata: Metadata) -> list[tuple[float, Estimate]]:
    """(years, point) at the protocol's horizons that the curve reaches."""
    points = main_curve(rows, metadata)
    found = [(year, rows.at(points, year * DAYS_A_YEAR)) for year in metadata.years]
    return [(year, row) for year, row in found if row is not None]


def horizons(rows: Rows, metadata: Metadata) -> list[str]:
    """Cumulative incidence or survival at each horizon, in one sentence."""
    found = horizon_rows(rows, metadata)
    if not found:
        return []
    first = numbers.with_interval(found[0][1])
    rest = [
        f"{numbers.estimate(row)} ({numbers.bounds(row)}) at {_years(y)}" for y, row in found[1:]
    ]
    listed = _joined([f"{first} at {_years(found[0][0])}", *rest])
    if found[0][1].measure == "survival":
        return [f"The proportion alive is {listed} after {metadata.time_zero}."]
    label = event_name("onset", metadata)
    not_shown = _hidden(rows, metadata)
    competing = [event_name(one, metadata) for one in metadata.outcome["competing"]]
    caveat = f", with {_joined(competing)} competing" if competing else ""
    held = _held([(year, row) for year, row in found if is_held(row)])
    what = f"the cumulative incidence of {label} is {listed}"
    return [
        f"Since {metadata.time_zero}, {what}{caveat}{not_shown}.",
        *condition(rows, metadata),
        *held,
    ]


def earlier(rows: Rows, metadata: Metadata) -> list[str]:
    """The horizons before the last, briefly, with what they are conditional on."""
    found = horizon_rows(rows, metadata)
    is_survival = found[0][1].measure == "survival"
    when = "at" if is_survival else "by"
    points = [f"{numbers.short_interval(row)} {when} {_years(year)}" for year, row in found[:-1]]
    if is_survival:
        return (
            [f"The proportion alive since {metadata.time_zero} is {_joined(points)}."]
            if points
            else []
        )
    frame = f"counted from {metadata.time_zero}"
    day = starting_day(rows)
    frame += f" among people free of it and followed on day {day:g}" if day > 0 else ""
    competing = [event_name(one, metadata) for one in metadata.outcome["competing"]]
    frame += f", with {_joined(competing)} competing" if competing else ""
    text = f"It is {_joined(points)}, {frame}" if points else upper_first(frame)
    return [f"{text}{_hidden(rows, metadata)}."]


def starting_day(rows: Rows) -> float:
    """The day from which curves run; 0 where none is said."""
    row = rows.first(question="how_soon", measure="starting_day")
    return row.estimate or 0.0 if row is not None and has_number(row) else 0.0


def condition(rows: Rows, metadata: Metadata) -> list[str]:
    """Of whom the curve speaks, where it does not start on day 0."""
    day = starting_day(rows)
    if day <= 0:
        return []
    show(rows.first(question="how_soon", measure="starting_day"))
    first = metadata.population.get("entry_after_days") == day
    why = "before which no one is followed" if first else "before which too few are followed"
    return [
        f"These are proportions of people free of it and followed on day {day:g}, {why}. Nothing "
        "is said of onset before that day."
    ]


def _hidden(rows: Rows, metadata: Metadata) -> str:
    """Horizons whose number the release policy hides."""
    points = rows.where(measure="cumulative_incidence", outcome="onset", strata="")
    found = [(year, rows.at(points, year * DAYS_A_YEAR)) for year in metadata.years]
    hidden = [_years(year) for year, row in found if row and row.status == "suppressed"]
    return f"; at {_joined(hidden)} it is hidden by the release policy" if hidden else ""


def _held(found: list[tuple[float, Estimate]]) -> list[str]:
    """Horizons at which the released curve shows an earlier day."""
    if not found:
        return []
    years = _joined([_years(year) for year, _ in found])
    return [
        f"At {years} the value is that of an earlier day: the release policy keeps the curve flat "
        "until enough new events may be shown."
    ]


def calendar(rows: Rows, metadata: Metadata) -> list[str]:
    """Survival on the calendar of the study, where the protocol asks for it."""
    points = rows.curve("survival", "death", "time_scale=calendar")
    found = [(year, rows.at(points, year * DAYS_A_YEAR)) for year in metadata.years]
    said = [f"{numbers.estimate(r)} ({numbers.bounds(r)}) at {_years(y)}" for y, r in found if r]
    if not said:
        return []
    start = metadata.population["data_start"]
    return [
        f"On the calendar since {start}, people entering as they start, the proportion alive is "
        f"{_joined(said)}. The two time scales answer different questions and need not agree."
    ]


def no_event(rows: Rows, metadata: Metadata) -> str:
    """A headline where nobody had the outcome: a proportion of 0% says little without its time."""
    outcome = "death" if metadata.is_death else "onset"
    row = rows.first(measure="incidence_rate", outcome=outcome, strata="", specification="primary")
    if not has_number(row) or row is None or row.numerator != 0:
        return ""
    show(row)
    return f"No event in {numbers.count(row.person_years)} person-years"


def rate(rows: Rows, metadata: Metadata) -> list[str]:
    """Events per 1,000 person-years, with both counts."""
    outcome = "death" if metadata.is_death else "onset"
    row = rows.first(measure="incidence_rate", outcome=outcome, strata="", specification="primary")
    row = row or rows.first(measure="incidence_rate", outcome="onset", strata="")
    if not has_number(row) or row is None:
        return []
    what = event_name(row.outcome, metadata)
    return [
        f"There were {numbers.count(row.numerator)} events ({what}) in "
        f"{numbers.count(row.person_years)} person-years: {numbers.with_interval(row)} "
        "per 1,000 person-years."
    ]


def half_of_them(rows: Rows, metadata: Metadata) -> str:
    """For a headline: by when half of the onsets by ten years have come; empty without it."""
    found = rows.numbers(measure="onset_quantile", specification="primary")
    median = next((row for row in found if row.x == 0.5), None)
    if median is None or not metadata.is_calcinosis:
        return ""
    return f", half of them by {numbers.estimate(median)} years"


def timing(rows: Rows, metadata: Metadata) -> list[str]:
    """Quartiles of onset against the claimed years, and where the case falls."""
    if not metadata.is_calcinosis:
        return []
    return [*_median_against_claim(rows), *_case(rows)]


def _median_against_claim(rows: Rows) -> list[str]:
    by_x = {row.x: row for row in rows.numbers(measure="onset_quantile", specification="primary")}
    median = by_x.get(0.5)
    band = rows.first(question="how_soon", measure="published", term="claim")
    if median is None:
        return []
    text = f"Of the onsets by 10 years, half come by {numbers.short_interval(median)} years"
    if 0.25 in by_x and 0.75 in by_x:
        quartiles = [numbers.estimate(by_x[x]) for x in (0.25, 0.75)]
        text += f", a quarter by {quartiles[0]} and three quarters by {quartiles[1]}"
    if band is None:
        return [f"{text}."]
    return [f"{text}; {_against(median, band)}."]


def _against(median: Estimate, band: Estimate) -> str:
    """Where the median lies, and whether its interval stays on that side."""
    low, high = band.lower or 0, band.upper or 0
    value, claimed = median.estimate or 0, f"the claimed {numbers.bounds(band)} years"
    ends = (median.lower, median.upper)
    if value < low:
        place, stays = "before", ends[1] is not None and ends[1] < low
    elif value > high:
        place, stays = "after", ends[0] is not None and ends[0] > high
    else:
        place = "within"
        stays = None not in ends and low <= (ends[0] or 0) and (ends[1] or 0) <= high
    if stays:
        return f"the median and its whole interval lie {place} {claimed}"
    return f"the median lies {place} {claimed}, but its interval reaches further"


RARE = 0.1  # of the onsets by ten years: what "rare" means in a sentence


def _case(rows: Rows) -> list[str]:
    share = rows.first(measure="share_by_case_time", specification="primary")
    if not has_number(share) or share is None or share.time is None:
        return []
    months = round(share.time / DAYS_A_YEAR * 12)
    evenly = share.time / (10 * DAYS_A_YEAR)
    return [
        f"The published case came {months} months after starting. Of the onsets by 10 years, "
        f"{numbers.short_interval(share)} come as early ({100 * evenly:.1f}% if spread evenly). "
        f"{soon(share)}"
    ]


def soon(share: Estimate) -> str:
    """Whether an onset as early as the case is rare: fewer than one in ten onsets."""
    if share.upper is not None and share.upper < RARE:
        return "So an onset that soon is rare: fewer than one in ten."
    if share.lower is not None and share.lower >= RARE:
        return "So an onset that soon is not rare: at least one in ten."
    return "Whether that is rare (fewer than one in ten) these data cannot tell."


def _years(year: float) -> str:
    return f"{year:g} year" if year == 1 else f"{year:g} years"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
