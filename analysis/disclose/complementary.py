"""Complementary suppression: more cells are hidden, so that no small count follows by subtraction.

First relation by relation: where a small count is hidden, at least two counts are, and together
they are at least ``min_count`` people (their sum is the total minus what is shown, so it is known).
Then the whole release at once (``audit``): the range that every relation together leaves to each
small count. Each round hides the count that is missed least, until nothing follows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from analysis.disclose.audit import exposed_counts
from analysis.disclose.counts import Ledger, Name
from analysis.disclose.margins import Relation
from analysis.disclose.policy import Policy


class Hiding:
    """Which rows are hidden so far, and which counts have to stay unknown.

    ``priority``: of each row, how much a reader would miss it. The least is hidden first, and the
    smallest number among equals.
    """

    def __init__(
        self, ledger: Ledger, relations: list[Relation], policy: Policy, priority: Sequence[int]
    ) -> None:
        self.ledger = ledger
        self.relations = relations
        self.policy = policy
        self.rows: set[int] = set()
        self.guarded: set[Name] = set()
        self._priority = priority
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

    def neighbours(self, names: Iterable[Name]) -> list[Relation]:
        """The relations that reach any of ``names`` through hidden counts."""
        reach = list(names)
        seen = set(reach)
        found: dict[int, Relation] = {}
        while reach:
            here = reach.pop()
            wider = [n for row in self.ledger.rows[here] for n in self.ledger.shown[row].names]
            for relation in self._touching[here]:
                found[id(relation)] = relation
                wider += [relation.total, *relation.parts]
            for name in wider:
                if name not in seen and self.is_hidden(name):
                    seen.add(name)
                    reach.append(name)
        return [relation for relation in self.relations if id(relation) in found]

    def least_missed(self, names: Iterable[Name]) -> Name | None:
        """Of the positive counts still shown, the one to hide."""
        candidates = [
            (
                max(self._priority[row] for row in self.ledger.rows[name]),
                self.ledger.value[name],
                name,
            )
            for name in names
            if self.ledger.value[name] > 0 and not self.is_hidden(name)
        ]
        return min(candidates, key=lambda c: (c[0], c[1], repr(c[2])))[2] if candidates else None

    def _highest_priority(self, name: Name) -> int:
        return max(self._priority[row] for row in self.ledger.rows[name])

    def _relations_of_rows(self, rows: set[int]) -> list[Relation]:
        names = [name for row in sorted(rows) for name in self.ledger.shown[row].names]
        return [relation for name in dict.fromkeys(names) for relation in self._touching[name]]

    def _next_to_hide(self, relation: Relation) -> Name | None:
        if relation.rest >= self._many(len(relation.parts)):
            return None  # what no row shows is many people, so subtraction gives nothing
        hidden = [name for name in relation.parts if self.is_hidden(name)]
        positive = [name for name in hidden if self.ledger.value[name] > 0]
        total_hidden = self.is_hidden(relation.total)
        known = [*hidden, relation.total] if total_hidden else hidden
        if relation.rest == 0 and not any(name in self.guarded for name in known):
            return None
        if total_hidden:
            alone = not positive and relation.rest == 0
            return self.least_missed(relation.parts) if alone else None
        if not positive and not self.policy.is_small(relation.rest):
            return None
        return None if self._is_safe(relation, positive) else self._choice(relation)

    def _is_safe(self, relation: Relation, positive: list[Name]) -> bool:
        """Two or more hidden, and together many: their sum is the total less what is shown."""
        together = sum(self.ledger.value[name] for name in positive) + relation.rest
        if len(positive) >= 2:
            return together >= self.policy.min_count
        # A reader may take the parts for all there is: then the rest protects only if the sum is
        # many people whichever way the shown counts were rounded.
        both = len(positive) == 1 and relation.rest > 0
        return both and together >= self._many(len(relation.parts))

    def _choice(self, relation: Relation) -> Name | None:
        return self.least_missed((*relation.parts, relation.total))

    def _many(self, parts: int) -> float:
        return self.policy.min_count + (self.policy.rounding - 1) * (parts + 1) / 2


def hide_what_follows(hiding: Hiding) -> None:
    """Complementary suppression, in place on ``hiding``."""
    hiding.close()
    while True:
        choices = []
        for target in exposed_counts(hiding):
            names = [name for name in target if name is not None]
            near = [n for r in hiding.neighbours(names) for n in (*r.parts, r.total)]
            choices.append(hiding.least_missed([*names, *near]))
        wanted = [choice for choice in choices if choice is not None]
        if not wanted:
            return  # nothing exposed, or every relation of what is exposed is hidden whole
        hiding.hide_count(wanted[0])
        hiding.close()
