"""Marks drawn by seaborn: nothing is estimated, nothing outside the figure changes."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

from data_schema.results import Estimate
from reports.figures import completeness, marks, style
from reports.rows import Rows


def shares(*years: int) -> Rows:
    return Rows(
        tuple(
            Estimate(
                "quality", "completeness", term=term, x=float(year), estimate=share,
                numerator=100 * share, denominator=100.0,
            )
            for term, share in (("pth", 0.876), ("calcium", 0.5))
            for year in years
        )
    )  # fmt: skip


def test_a_figure_is_the_same_bytes_twice_and_leaves_the_settings_alone() -> None:
    before = dict(mpl.rcParams)
    first, second = completeness.draw(shares(2010, 2011)), completeness.draw(shares(2010, 2011))
    assert first == second and first is not None
    assert dict(mpl.rcParams) == before


def test_the_heat_map_says_its_shares_and_leaves_a_year_that_is_not_released_blank() -> None:
    drawing = completeness.draw(shares(2010, 2012))
    assert drawing is not None
    assert drawing.svg.count(">88<") == drawing.svg.count(">50<") == 2
    assert all(f">{year}<" in drawing.svg for year in (2010, 2011, 2012))
    assert drawing.svg.count("fill-opacity") == 4
    assert "var(--ink, #22262a); fill-opacity" in style.inline(drawing)


def test_many_years_have_no_numbers_but_years_that_fit() -> None:
    drawing = completeness.draw(shares(*range(1990, 2020)))
    assert drawing is not None
    assert ">88<" not in drawing.svg and ">2019<" in drawing.svg and ">2018<" not in drawing.svg


def test_dots_are_where_the_rows_say_and_an_interval_only_where_there_is_one() -> None:
    axes = Figure().add_axes((0, 0, 1, 1))
    shown = [
        marks.Dot(0, 3.0, 2.0, 5.0),
        marks.Dot(1, 4.0, None, None),
        marks.Dot(2, 4.0, 1.0, 9.0),
    ]
    marks.dots(axes, shown, style.INK)
    lines, points = axes.collections
    assert [segment.tolist() for segment in lines.get_segments()] == [
        [[2.0, 0.0], [5.0, 0.0]],
        [[1.0, 2.0], [9.0, 2.0]],
    ]
    assert points.get_offsets().tolist() == [[3.0, 0.0], [4.0, 1.0], [4.0, 2.0]]


def test_a_line_goes_through_every_point_in_the_order_given() -> None:
    axes = Figure().add_axes((0, 0, 1, 1))
    marks.steps(axes, [2.0, 1.0, 1.0], [5.0, 6.0, 8.0], style.INK)
    assert axes.lines[0].get_xydata().tolist() == [[2.0, 5.0], [1.0, 6.0], [1.0, 8.0]]
    assert axes.lines[0].get_drawstyle() == "steps-post" and not axes.collections
