"""Parts become one HTML page: everything inline, nothing fetched, everything escaped."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.blocks import Drawing, Part, Table
from reports.figures.style import inline
from reports.metadata import Metadata
from reports.wording import dates, numbers
from reports.wording import release_status as standing

TEMPLATES = Path(__file__).parent / "templates"
TABLE_ONE = "table_1"


def page(parts: tuple[Part, ...], metadata: Metadata) -> str:
    """The page as text; labels are escaped, only our own SVG and CSS enter as they are."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline_svg"] = _inline_svg
    environment.filters["marked"] = _marked
    environment.filters["dated"] = dates.in_words
    environment.globals.update(
        aligned_cells=aligned_cells,
        numbered=_numbered(parts),
        standing=standing.sentence(metadata),
        part_ids={part.title: part.id for part in parts},
        css=Markup((TEMPLATES / "style.css").read_text("utf-8")),
    )
    return environment.get_template("page.html.j2").render(parts=parts, metadata=metadata)


def _inline_svg(figure: Drawing) -> Markup:
    # matplotlib and drawing() escaped every text in it
    return Markup(inline(figure))


def _marked(cell: str) -> Markup:
    """The letter of a footnote set high, outside the column of digits."""
    letter = numbers.MARK.search(cell)
    if letter is None:
        return escape(cell)
    return escape(cell[: letter.start()]) + Markup("<sup>{}</sup>").format(letter[1])


def _numbered(parts: tuple[Part, ...]) -> dict[str, str]:
    """Figures 1, 2, ...; Table 1 is the one every reader knows, the others are S1, S2, ...

    Supplements are numbered last.
    """
    blocks = [block for part in parts for block in part.blocks]
    blocks += [block for part in parts for block in part.supplement]
    drawings = [block.name for block in blocks if isinstance(block, Drawing)]
    tables = [block.name for block in blocks if isinstance(block, Table) and block.in_page]
    others = [name for name in tables if name != TABLE_ONE]
    return {
        f"table:{TABLE_ONE}": "1",
        **{f"drawing:{name}": f"{k}" for k, name in enumerate(drawings, start=1)},
        **{f"table:{name}": f"S{k}" for k, name in enumerate(others, start=1)},
    }


def aligned_cells(table: Table) -> list[tuple[str, list[str]]]:
    """(role, cells) of every row, numbers padded so that their decimal points stand in line."""
    by_column = []
    for place, column in enumerate(table.columns):
        texts = [row.cells[place] for row in table.rows]
        by_column.append(numbers.aligned(texts) if column.align == "number" else texts)
    cells = zip(*by_column, strict=True)
    return [(row.role, list(one)) for row, one in zip(table.rows, cells, strict=True)]
