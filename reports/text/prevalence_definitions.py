"""Sentences on each definition of prevalence: its verdict and how strong that is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data_schema.results import Estimate
from reports.metadata import Metadata
from reports.rows import ANY, Rows, has_number
from reports.wording import dates, numbers
from reports.wording.labels import prior_name

ALPHA = 0.025  # a side
BY_CENTRE = "korn_graubard"
POPULATIONS = {"dialysis": "on dialysis", "krt": "all kidney replacement"}
SHORT_POPULATIONS = {"dialysis": "dialysis", "krt": "all KRT"}
KINDS = {
    "ever_living": "Ever diagnosed, among those alive and treated on {term}",
    "point": "With disease not seen to resolve, on {term}",
    "period_ever": "Ever diagnosed, among those treated from {term}",
    "period_active": "With disease not seen to resolve, from {term}",
    "lifetime": "Risk {term} of dialysis, death, transplantation and recovery competing",
}
SHORT_KINDS = {
    "ever_living": "Ever, {term}",
    "point": "Active, {term}",
    "period_ever": "Ever, {term}",
    "period_active": "Active, {term}",
    "lifetime": "Risk {term}",
}
HIDDEN_VERDICT = "no verdict, since its counts are hidden by the release policy"


@dataclass(frozen=True)
class Definition:
    """One definition of prevalence, its row and tests: (level, end of the range) -> row."""

    id: str
    row: Estimate | None
    tests: dict[tuple[str, float], Estimate]
    posterior: dict[str, Estimate]  # prior -> probability of the range
    reason: str  # why there is none

    @property
    def kind(self) -> str:
        return self.id.partition("/")[0]

    @property
    def population(self) -> str:
        return self.id.partition("/")[2]

    def named(self) -> str:
        term = self.row.term if self.row is not None else "the date"
        return f"{KINDS[self.kind].format(term=term)} ({POPULATIONS[self.population]})"

    def short(self) -> str:
        """A label for a figure; of a period the years."""
        term = dates.in_words(self.row.term) if self.row is not None else ""
        if " to " in term:
            start, _, end = term.partition(" to ")
            term = f"{start[-4:]} to {end[-4:]}"
        return f"{SHORT_KINDS[self.kind].format(term=term)}, {SHORT_POPULATIONS[self.population]}"


def in_protocol(rows: Rows, metadata: Metadata) -> list[Definition]:
    """Definitions of prevalence in the protocol, in its order, that have a row or a reason."""
    asked = (metadata.protocol.get("prevalence") or {}).get("definitions") or []
    found = [_definition(rows, one) for one in asked]
    return [one for one in found if one.row is not None or one.reason]


def _definition(rows: Rows, name: str) -> Definition:
    of_it = rows.where(question="how_common", model=ANY, specification=name)
    tests = [row for row in of_it if row.measure == "band_test"]
    stated = rows.first(question="how_common", measure="statement", term=name)
    risk = next((row for row in of_it if row.measure == "lifetime_risk"), None)
    row = risk or (_by_centre(rows, tests[0]) if tests else None)
    posterior = {
        row.model: row
        for row in of_it
        if row.measure == "band_posterior" and row.level == "inside" and has_number(row)
    }
    return Definition(
        name,
        row,
        {(row.level, float(row.x)): row for row in tests if row.x is not None and has_number(row)},
        posterior,
        stated.reason if stated is not None else "",
    )


def _by_centre(rows: Rows, test: Estimate) -> Estimate | None:
    """The proportion that a test is of, with the interval that allows for centres."""
    base = next((row for row in rows.all if row.id == test.reference), None)
    if base is None:
        return None
    wanted = replace(base, model=BY_CENTRE).id
    return next((row for row in rows.all if row.id == wanted), base)


def verdict(definition: Definition, band: Estimate) -> str:
    """``inside``, ``above``, ``below``, ``undecided``; empty where its numbers are hidden."""
    floor, ceiling = float(band.lower or 0), float(band.upper or 0)
    p = {key: float(row.estimate or 0) for key, row in definition.tests.items()}
    wanted = [(side, end) for end in (floor, ceiling) for side in ("above", "below")]
    if any(key not in p for key in wanted):
        return ""
    if p[("above", ceiling)] < ALPHA:
        return "above"
    if p[("below", floor)] < ALPHA:
        return "below"
    both = p[("above", floor)] < ALPHA and p[("below", ceiling)] < ALPHA
    return "inside" if both else "undecided"


def strength(definition: Definition, band: Estimate) -> str:
    """The verdict and which ends of the range the tests exclude, in words."""
    found = verdict(definition, band)
    if not found:
        return HIDDEN_VERDICT
    floor, ceiling = float(band.lower or 0), float(band.upper or 0)
    low, high = (f"{100 * end:g}%" for end in (floor, ceiling))
    if found == "above":
        return f"above the range: they exclude {high} or less"
    if found == "below":
        return f"below the range: they exclude {low} or more"
    if found == "inside":
        return f"inside the range: they exclude {low} or less and {high} or more"
    test = definition.tests
    ends = (
        (test[("above", floor)], f"{low} or less"),
        (test[("below", ceiling)], f"{high} or more"),
    )
    said = [f"{_excluded(row)} {what}" for row, what in ends]
    return f"undecided: they {said[0]} and {said[1]}"


def _excluded(row: Estimate) -> str:
    return "exclude" if float(row.estimate or 0) < ALPHA else "do not exclude"


def sentence(row: Estimate, kind: str) -> str:
    """How many of whom, as a sentence; the interval stands in the headline."""
    if kind == "lifetime":
        said = KINDS[kind].format(term=row.term)
        return f"{said}."
    when = f"On {row.term}" if row.measure == "prevalence_point" else f"From {row.term}"
    people = "people on dialysis" if row.population == "on dialysis" else "people treated"
    what = "had disease not seen to resolve" if row.level else "were known cases"
    return f"{when}, {numbers.share(row)} {people} {what}."


def first_shown(rows: Rows, metadata: Metadata) -> tuple[Definition | None, str]:
    """First definition with a number; a sentence where that is not the primary one."""
    found = in_protocol(rows, metadata)
    shown = next((one for one in found if has_number(one.row) and one.tests), None)
    if shown is None or shown is found[0]:
        return shown, ""
    primary = found[0]
    why = primary.reason or "is hidden by the release policy"
    name = primary.named()
    return shown, f"The protocol's primary definition ({name[:1].lower()}{name[1:]}) {why}."


def headline(definition: Definition, band: Estimate) -> str:
    """The number with its interval, and where it lies."""
    shown, found = numbers.short_interval(definition.row), verdict(definition, band)
    claimed = f"the claimed {numbers.bounds(band)}%"
    if not found:
        return shown
    if found == "undecided":
        return f"{shown}, undecided against {claimed}"
    return f"{shown}, {found} {claimed}"


def verdict_sentence(definition: Definition, band: Estimate) -> str:
    """What the data say of the claim, how strongly, and nothing more."""
    found = strength(definition, band)
    if found == HIDDEN_VERDICT:
        return f"Against the claimed {numbers.bounds(band)}% there is {found}."
    start = f"Against the claimed {numbers.bounds(band)}% these data"
    return f"{start} {'are' if found.startswith('undecided') else 'put it'} {found}."


def probability_sentence(definition: Definition) -> str:
    """Posterior probability of the range under each prior; empty without one."""
    shown = {name: numbers.estimate(row) for name, row in definition.posterior.items()}
    if not shown:
        return ""
    if len(shown) > 1 and len(set(shown.values())) == 1:
        return f"The probability of the range is {next(iter(shown.values()))} under every prior."
    said = " and ".join(f"{text} ({prior_name(name)} prior)" for name, text in shown.items())
    return f"The probability of the range is {said}."


def without_verdict(rows: Rows, metadata: Metadata, band: Estimate) -> list[str]:
    """Definitions without a verdict, each with its reason."""
    said = []
    for definition in in_protocol(rows, metadata):
        if definition.row is None:
            said.append(f"{definition.named()}: {definition.reason}")
        elif not verdict(definition, band):
            said.append(f"{definition.named()}: hidden by the release policy.")
    return said
