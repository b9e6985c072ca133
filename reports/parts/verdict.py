"""The verdict: what the data say, in plain words, and what they cannot."""

from __future__ import annotations

from data_schema.results import Estimate
from reports.blocks import Answer, Block, Drawing, KeyNumbers, Listing, Part
from reports.figures import prevalence as dots
from reports.metadata import Metadata
from reports.rows import Rows, has_number
from reports.shown import show
from reports.text import (
    absent,
    incidence,
    limits,
    onset,
    parathyroidectomy,
    prevalence,
    prevalence_checks,
    risk_factors,
)
from reports.text import prevalence_definitions as definitions
from reports.wording import numbers
from reports.wording.labels import event_name, upper_first

ASKS = "What do these data say? (95% intervals in parentheses.)"
RISK_FACTORS = 3  # the others stand in their part


def part(rows: Rows, metadata: Metadata) -> Part:
    blocks: list[Block] = [KeyNumbers(tuple(key_numbers(rows, metadata)))]
    blocks += [_common(rows, metadata), _soon(rows, metadata), *_dots(rows, metadata)]
    blocks += [_who(rows, metadata), _then(rows, metadata)]
    blocks.append(Listing("What this cannot tell you", limits.limits(rows, metadata)))
    return Part("verdict", "Verdict", ASKS, tuple(b for b in blocks if b))


def key_numbers(rows: Rows, metadata: Metadata) -> list[tuple[str, str]]:
    """People, time at risk and cases; the mark of what is hidden in its place."""
    time = rows.first(measure="person_years", strata="")
    show(time)
    hidden = time is not None and time.status == "suppressed"
    years = numbers.HIDDEN if hidden else numbers.count(time.person_years if time else None)
    vintage = [("Data from", text)] if (text := data_years(metadata)) else []
    return [
        *vintage,
        ("People", numbers.estimate(remaining(rows))),
        ("Person-years", years),
        (_cases_name(metadata), numbers.estimate(cases(rows, metadata))),
    ]


def _cases_name(metadata: Metadata) -> str:
    if metadata.is_calcinosis:
        return "Cases detected"
    return "Deaths" if metadata.is_death else upper_first(event_name("onset", metadata))


def data_years(metadata: Metadata) -> str:
    """The calendar years of the data; empty where the source has no calendar."""
    if metadata.source.get("calendar", True) is False:
        return ""
    return f"{metadata.population['data_start'][:4]} to {metadata.population['data_end'][:4]}"


def remaining(rows: Rows) -> Estimate | None:
    kept = rows.where(question="flow", measure="attrition", level="remaining")
    return max(kept, key=lambda row: row.x or 0, default=None)


def cases(rows: Rows, metadata: Metadata) -> Estimate | None:
    """People who leave follow-up with the protocol's outcome."""
    found = rows.first(question="follow_up", measure="exits", level="onset", strata="")
    if found is None and metadata.is_death:
        found = rows.first(question="follow_up", measure="exits", level="death", strata="")
    return found


def _common(rows: Rows, metadata: Metadata) -> Answer:
    band = prevalence.claim(rows, metadata)
    first, instead = definitions.first_shown(rows, metadata)
    if band is None or first is None or first.row is None:
        return _common_without_verdict(rows, metadata, band)
    verdict = definitions.verdict_sentence(first, band)
    probability = definitions.probability_sentence(first)
    said = (
        instead,
        definitions.sentence(first.row, first.kind),
        f"{verdict} {probability}".strip(),
    )
    headline = definitions.headline(first, band)
    caveat = prevalence_checks.caveat(rows, metadata)
    return Answer("How common?", headline, tuple(filter(None, said)), caveat=caveat)


def _common_without_verdict(rows: Rows, metadata: Metadata, band: Estimate | None) -> Answer:
    """Without a released test: the latest prevalence and where its interval lies, or why not."""
    row = prevalence.latest(rows, metadata)
    if row is None:
        return Answer("How common?", "", tuple(absent.why_absent("how_common", rows, metadata)))
    said = [prevalence.sentence(row)]
    said += [prevalence.verdict_on_claim(row, band)] if band is not None else []
    return Answer("How common?", numbers.short_interval(row), tuple(said))


def _dots(rows: Rows, metadata: Metadata) -> list[Block]:
    band = prevalence.claim(rows, metadata)
    tested = [one for one in definitions.in_protocol(rows, metadata) if has_number(one.row)]
    if band is not None and tested:
        return [_definition_dots(tested, band)]
    text = "Prevalence with exact 95% intervals"
    text += "; shaded, the range the case report claims." if band is not None else "."
    found = dots.draw("prevalence", text, prevalence.main_rows(rows, metadata), band)
    return [found] if found is not None else []


def _definition_dots(tested: list[definitions.Definition], band: Estimate) -> Drawing:
    """One dot for each definition of prevalence, the protocol's primary on top."""
    text = (
        "Every definition of prevalence with its 95% interval, allowing for centres; shaded, the "
        "range that the case report claims. KRT: kidney replacement therapy."
    )
    labels = [one.short() for one in tested]
    shown = [one.row for one in tested if one.row is not None]
    found = dots.draw("prevalence", text, shown, band, labels)
    assert found is not None
    return found


def _soon(rows: Rows, metadata: Metadata) -> Answer:
    if not incidence.horizon_rows(rows, metadata):
        return Answer("How soon?", "", tuple(absent.why_absent("how_soon", rows, metadata)))
    said = incidence.timing(rows, metadata)
    said += incidence.earlier(rows, metadata)
    year, row = incidence.horizon_rows(rows, metadata)[-1]
    said += [] if incidence.timing(rows, metadata) else incidence.rate(rows, metadata)
    unit = "year" if year == 1 else "years"
    when = "alive at" if row.measure == "survival" else "by"
    found = "Detected in " if metadata.is_calcinosis else ""
    headline = f"{found}{numbers.short_interval(row)} {when} {year:g} {unit}"
    headline += incidence.half_of_them(rows, metadata)
    headline = incidence.no_event(rows, metadata) or headline
    return Answer("How soon?", headline, tuple(said), caveat=onset.caveat(rows, metadata))


def _who(rows: Rows, metadata: Metadata) -> Answer:
    said = risk_factors.sentences(rows, metadata)
    if not said:
        failed = risk_factors.failures(rows, metadata)
        return Answer("Who?", "", tuple(failed or absent.why_absent("who", rows, metadata)))
    shown = risk_factors.strongest(rows, metadata)[:RISK_FACTORS]
    items = tuple(risk_factors.one(row, metadata) for row in shown)
    return Answer(
        "Who?", "Hazard ratios (95% intervals), the furthest from 1 first", tuple(said), items
    )


def _then(rows: Rows, metadata: Metadata) -> Answer:
    said = parathyroidectomy.resolved(rows)
    operated = parathyroidectomy.operated(rows)
    if not said:
        why = parathyroidectomy.why_not(rows) or absent.why_absent("what_then", rows, metadata)
        return Answer("What then?", "", (*operated, *why))
    first = parathyroidectomy.curve(rows)[0]
    headline = f"{numbers.short_interval(first)} resolved by {first.time:g} days"
    return Answer("What then?", headline, (*operated, *said))
