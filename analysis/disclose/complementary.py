"""Hide more cells, so that no hidden small count follows by subtraction.

First relation by relation: where a small count is hidden, at least two counts are, and together
they are at least ``min_count`` people (their sum is the total minus what is shown, so it is known).
Then the whole release at once (``audit``): the range that every relation together leaves to each
small count. Each round hides the smallest shown count that helps, until nothing follows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from analysis.disclose.audit import exposed_counts
from analysis.disclose.counts import Ledger, Name
from analysis.disclose.margins import Relation
from analysis.disclose.policy import Policy


class Hiding:
    """Which rows are hidden so far, and which counts have to stay unknown."""

    def __init__(self, ledger: Ledger, relations: list[Relation], policy: Policy) -> None:
        self.ledger = ledger
        self.relations = relations
        self.policy = policy
        self.rows: set[int] = set()
        self.guarded: set[Name] = set()
        self._touching: dict[Name, list[Relation]] = defaultdict(list)
        for relation in relations:
            for name in (relation.total, *relation.parts):
                self._touching[name].append(relation)

    def is_hidden(self, name: Name) -> bool:
        return all(row in self.rows for row in self.ledger.rows[name])

    def hide_row(self, row: int) -> None:
        """Hide a row because of what it shows; a count still shown elsewhere is not a secret."""
        self.rows.add(row)
        shown = self.ledger.shown[row]
        few = self.policy.min_count + 2 * self.policy.rounding
        small = [name for name in shown.names if self.ledger.value[name] < few]
        self.guarded.update(small or ([shown.numerator] if shown.numerator else []))

    def hide_count(self, name: Name) -> None:
        """Hide every row that shows the count."""
        self.rows.update(self.ledger.rows[name])
        self.guarded.add(name)

    def close(self) -> None:
        """Until every relation is safe by itself."""
        waiting = list(self.relations)
        while waiting:
            relation = waiting.pop(0)
            choice = self._next_to_hide(relation)
            if choice is None:
                continue
            before = set(self.rows)
            self.hide_count(choice)
            waiting.extend(self._relations_of_rows(self.rows - before))
            waiting.append(relation)

    def neighbours(self, name: Name) -> Iterable[Relation]:
        """The relations that reach ``name`` through hidden counts."""
        seen, reach = {name}, [name]
        found: dict[int, Relation] = {}
        while reach:
            for relation in self._touching[reach.pop()]:
                found[id(relation)] = relation
                for other in (relation.total, *relation.parts):
                    if other not in seen and self.is_hidden(other):
                        seen.add(other)
                        reach.append(other)
        return [relation for relation in self.relations if id(relation) in found]

    def smallest_shown(self, relations: Iterable[Relation]) -> Name | None:
        """The smallest positive count still shown; parts before totals of the same size."""
        candidates = [
            (self.ledger.value[name], name == relation.total, repr(name), name)
            for relation in relations
            for name in (*relation.parts, relation.total)
            if self.ledger.value[name] > 0 and not self.is_hidden(name)
        ]
        return min(candidates)[-1] if candidates else None

    def _relations_of_rows(self, rows: set[int]) -> list[Relation]:
        names = [name for row in sorted(rows) for name in self.ledger.shown[row].names]
        return [relation for name in dict.fromkeys(names) for relation in self._touching[name]]

    def _next_to_hide(self, relation: Relation) -> Name | None:
        hidden = [name for name in relation.parts if self.is_hidden(name)]
        rest_is_small = self.policy.is_small(relation.rest) and relation.rest > 0
        total_hidden = self.is_hidden(relation.total)
        known = [*hidden, relation.total] if total_hidden else hidden
        if not rest_is_small and not any(name in self.guarded for name in known):
            return None
        if relation.rest >= self.policy.min_count and not rest_is_small:
            return None  # what no row shows is many people, so subtraction gives nothing
        positive = [n for n in hidden if self.ledger.value[n] > 0]
        if total_hidden:
            return None if positive or relation.rest > 0 else self._smallest_part(relation)
        together = sum(self.ledger.value[name] for name in positive) + relation.rest
        needed = float(self.policy.min_count)
        if len(positive) < 2:
            # A reader may take the parts for all there is: then the rest protects only if the
            # sum is many people whichever way the shown counts were rounded.
            shown = len(relation.parts) - len(hidden) + 1
            needed += shown * self.policy.rounding / 2
        enough = len(positive) + (relation.rest > 0) >= 2 and together >= needed
        return None if enough else self.smallest_shown([relation])

    def _smallest_part(self, relation: Relation) -> Name | None:
        return self.smallest_shown([Relation(relation.parts[0], relation.parts, 0.0)])


def hide_what_follows(hiding: Hiding) -> None:
    """Complementary suppression, in place on ``hiding``."""
    hiding.close()
    while True:
        choices = [
            hiding.smallest_shown(hiding.neighbours(name)) for name in exposed_counts(hiding)
        ]
        wanted = [choice for choice in choices if choice is not None]
        if not wanted:
            return  # nothing exposed, or every relation of what is exposed is hidden whole
        hiding.hide_count(wanted[0])
        hiding.close()
