"""Labels at the ends of lines keep their distance and stay on the figure."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reports.figures.style import spread

GAP, TOP = 5.0, 100.0


@given(st.lists(st.floats(0, TOP), min_size=1, max_size=10))
def test_labels_are_apart_in_order_and_below_the_top(positions: list[float]) -> None:
    moved = spread(positions, GAP, TOP)
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    assert max(moved) <= TOP
    assert all(moved[b] - moved[a] >= GAP - 1e-9 for a, b in pairwise(order))


def test_labels_with_room_period_where_their_lines_end() -> None:
    assert spread([10.0, 90.0, 50.0], GAP, TOP) == [10.0, 90.0, 50.0]


def test_labels_at_the_top_move_down() -> None:
    assert spread([99.0, 100.0, 98.0], GAP, TOP) == [95.0, 100.0, 90.0]
