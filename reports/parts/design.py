"""Who was followed, from when to when."""

from __future__ import annotations

from reports.blocks import Column, Paragraph, Part, Table, TableRow, present
from reports.figures import design as diagram
from reports.metadata import Metadata
from reports.rows import Rows
from reports.text import design as text


def part(_rows: Rows, metadata: Metadata) -> Part:
    blocks = present(
        Paragraph(" ".join([*text.population(metadata), text.follow_up_ends(metadata)])),
        diagram.draw(metadata),
        _estimands(metadata),
        *(
            Paragraph(" ".join(said))
            for said in (text.exposures(metadata), text.models(metadata))
            if said
        ),
        Paragraph(
            "Risk intervals are (start, stop] in whole days, so a value of a day acts from the "
            "next day on. Confidence intervals are pointwise, at 95%."
        ),
    )
    return Part("design", "Design", "Who was followed, from when to when?", blocks)


def _estimands(metadata: Metadata) -> Table:
    """A column a question, a line an attribute of its estimand."""
    asked = text.estimands(metadata)
    columns = (Column("Estimand"), *(Column(question) for question, _ in asked))
    lines = tuple(
        TableRow((attribute, *(said[place] for _, said in asked)))
        for place, attribute in enumerate(text.ATTRIBUTES)
    )
    return Table("estimands", "What is estimated, by question", columns, lines)
