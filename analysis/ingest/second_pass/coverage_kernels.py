"""Compiled: which dated rows lie in none of a person's stretches of coverage."""

from __future__ import annotations

from numba import types

from analysis.ingest.columns.histogram_kernels import WIDE, compiled

MARKED = types.Array(types.boolean, 1, "C")


@compiled(types.void(WIDE, WIDE, WIDE, WIDE, WIDE, MARKED))
def mark_outside(person, day, who, start, end, outside):
    """True in ``outside`` for each row whose day is in no ``[start, end)`` of its person.

    Stretches are in order of person (``who``) and start, and may overlap. Rows may come in any
    order; in the order of person and day each stretch is looked at once.
    """
    at, furthest = 0, 0  # stretches before ``at`` began by the row's day, the last ones are its own
    for i in range(len(person)):
        if i and (person[i], day[i]) < (person[i - 1], day[i - 1]):
            at = 0
        if i == 0 or at == 0 or person[i] != person[i - 1]:
            furthest = day[i]
            while at < len(who) and who[at] < person[i]:
                at += 1
        while at < len(who) and who[at] == person[i] and start[at] <= day[i]:
            furthest = max(furthest, end[at])
            at += 1
        outside[i] = furthest <= day[i]
