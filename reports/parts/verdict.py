"""The verdict: what the data say, in plain words, and what they cannot."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Answer, Block, Drawing, KeyNumbers, Listing, Part
from reports.facts import Facts
from reports.figures import prevalence as dots
from reports.rows import Rows, has_number
from reports.text import (
    absent,
    incidence,
    limits,
    onset,
    parathyroidectomy,
    prevalence,
    prevalence_checks,
    readings,
    risk_factors,
)
from reports.wording import numbers
from reports.wording.labels import event_name, upper_first

ASKS = "What do these data say? (95% intervals in parentheses.)"
RISK_FACTORS = 3  # the others stand in their part


def part(rows: Rows, facts: Facts) -> Part:
    blocks: list[Block] = [KeyNumbers(tuple(key_numbers(rows, facts)))]
    blocks += [_common(rows, facts), _soon(rows, facts), *_dots(rows, facts)]
    blocks += [_who(rows, facts), _then(rows, facts)]
    blocks.append(Listing("What this cannot tell you", limits.limits(rows, facts)))
    return Part("verdict", "Verdict", ASKS, tuple(b for b in blocks if b))


def key_numbers(rows: Rows, facts: Facts) -> list[tuple[str, str]]:
    """People, time at risk and cases; the mark of what is hidden in its place."""
    time = rows.first(measure="person_years", strata="")
    hidden = time is not None and time.status == "suppressed"
    years = numbers.HIDDEN if hidden else numbers.count(time.person_years if time else None)
    vintage = [("Data from", text)] if (text := data_years(facts)) else []
    return [
        *vintage,
        ("People", numbers.estimate(remaining(rows))),
        ("Person-years", years),
        (_cases_name(facts), numbers.estimate(cases(rows, facts))),
    ]


def _cases_name(facts: Facts) -> str:
    if facts.is_calcinosis:
        return "Cases detected"
    return "Deaths" if facts.is_death else upper_first(event_name("onset", facts))


def data_years(facts: Facts) -> str:
    """The calendar years of the data; empty where the source has no calendar."""
    if facts.source.get("calendar", True) is False:
        return ""
    return f"{facts.population['data_start'][:4]} to {facts.population['data_end'][:4]}"


def remaining(rows: Rows) -> Estimate | None:
    kept = rows.where(question="flow", measure="attrition", level="remaining")
    return max(kept, key=lambda row: row.x or 0, default=None)


def cases(rows: Rows, facts: Facts) -> Estimate | None:
    """People who leave follow-up with the protocol's outcome."""
    found = rows.first(question="follow_up", measure="exits", level="onset", strata="")
    if found is None and facts.is_death:
        found = rows.first(question="follow_up", measure="exits", level="death", strata="")
    return found


def _common(rows: Rows, facts: Facts) -> Answer:
    band = prevalence.claim(rows, facts)
    first, instead = readings.first_shown(rows, facts)
    if band is None or first is None or first.row is None:
        return _common_without_verdict(rows, facts, band)
    told = (
        instead,
        readings.told(first.row, first.kind),
        " ".join(
            (readings.verdict_sentence(first, band), readings.probability_sentence(first))
        ).strip(),
    )
    said = tuple(one for one in told if one)
    caveat = prevalence_checks.caveat(rows, facts)
    return Answer("How common?", readings.headline(first, band), said, caveat=caveat)


def _common_without_verdict(rows: Rows, facts: Facts, band: Estimate | None) -> Answer:
    """Where no test was released: the latest share and where its interval lies, or why none."""
    row = prevalence.latest(rows, facts)
    if row is None:
        return Answer("How common?", "", tuple(absent.why_absent("how_common", rows, facts)))
    said = [prevalence.sentence(row)]
    said += [prevalence.verdict_on_claim(row, band)] if band is not None else []
    return Answer("How common?", numbers.short_interval(row), tuple(said))


def _dots(rows: Rows, facts: Facts) -> list[Block]:
    band = prevalence.claim(rows, facts)
    told = [one for one in readings.readings(rows, facts) if has_number(one.row)]
    if band is not None and told:
        return [_reading_dots(told, band)]
    text = "Prevalence with exact 95% intervals"
    text += "; shaded, the range the case report claims." if band is not None else "."
    found = dots.draw("prevalence", text, prevalence.main_rows(rows, facts), band)
    return [found] if found is not None else []


def _reading_dots(told: list[readings.Reading], band: Estimate) -> Drawing:
    """One dot a reading of the claim, the protocol's primary on top."""
    text = (
        "Every reading of the claim with its 95% interval, allowing for centres; shaded, the range "
        "the case report claims. KRT: kidney replacement therapy."
    )
    labels = [one.short() for one in told]
    shown = [one.row for one in told if one.row is not None]
    found = dots.draw("prevalence", text, shown, band, labels)
    assert found is not None
    return found


def _soon(rows: Rows, facts: Facts) -> Answer:
    if not incidence.horizon_rows(rows, facts):
        return Answer("How soon?", "", tuple(absent.why_absent("how_soon", rows, facts)))
    said = incidence.timing(rows, facts)
    said += incidence.earlier(rows, facts)
    year, row = incidence.horizon_rows(rows, facts)[-1]
    said += [] if incidence.timing(rows, facts) else incidence.rate(rows, facts)
    unit = "year" if year == 1 else "years"
    when = "alive at" if row.measure == "survival" else "by"
    found = "Found in " if facts.is_calcinosis else ""
    headline = f"{found}{numbers.short_interval(row)} {when} {year:g} {unit}"
    headline += incidence.half_of_them(rows, facts)
    headline = incidence.no_event(rows, facts) or headline
    return Answer("How soon?", headline, tuple(said), caveat=onset.caveat(rows, facts))


def _who(rows: Rows, facts: Facts) -> Answer:
    said = risk_factors.sentences(rows, facts)
    if not said:
        failed = risk_factors.failures(rows, facts)
        return Answer("Who?", "", tuple(failed or absent.why_absent("who", rows, facts)))
    shown = risk_factors.strongest(rows, facts)[:RISK_FACTORS]
    items = tuple(risk_factors.one(row, facts) for row in shown)
    return Answer(
        "Who?", "Hazard ratios (95% intervals), the furthest from 1 first", tuple(said), items
    )


def _then(rows: Rows, facts: Facts) -> Answer:
    said = parathyroidectomy.resolved(rows)
    operated = parathyroidectomy.operated(rows)
    if not said:
        why = parathyroidectomy.why_not(rows) or absent.why_absent("what_then", rows, facts)
        return Answer("What then?", "", (*operated, *why))
    first = parathyroidectomy.curve(rows)[0]
    headline = f"{numbers.short_interval(first)} resolved by {first.time:g} days"
    return Answer("What then?", headline, (*operated, *said))
