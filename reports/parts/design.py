"""Who was followed, from when to when."""

from __future__ import annotations

from reports.blocks import Column, Paragraph, Part, Table, TableRow, present
from reports.facts import Facts
from reports.figures import design as diagram
from reports.rows import Rows
from reports.text import design as text


def part(_rows: Rows, facts: Facts) -> Part:
    blocks = present(
        Paragraph(" ".join([*text.population(facts), text.follow_up_ends(facts)])),
        diagram.draw(facts),
        _estimands(facts),
        *(
            Paragraph(" ".join(said))
            for said in (text.exposures(facts), text.models(facts))
            if said
        ),
        Paragraph(
            "Risk intervals are (start, stop] in whole days, so "
            "nothing learned on a day acts on that "
            "day; intervals are pointwise, at 95%."
        ),
    )
    return Part("design", "Design", "Who was followed, from when to when?", blocks)


def _estimands(facts: Facts) -> Table:
    """A column a question, a line an attribute of its estimand."""
    asked = text.estimands(facts)
    columns = (Column("Estimand"), *(Column(question) for question, _ in asked))
    lines = tuple(
        TableRow((attribute, *(said[place] for _, said in asked)))
        for place, attribute in enumerate(text.ATTRIBUTES)
    )
    return Table("estimands", "What is estimated, by question", columns, lines)
