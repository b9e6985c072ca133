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
    columns = tuple(Column(head) for head in ("Question", "Among", "Estimated", "Other events"))
    lines = tuple(TableRow(cells) for cells in text.estimands(facts))
    return Table("estimands", "What is estimated", columns, lines)
