"""Several climbs over the same data in step: what all of them ask next is answered at once.

Each climb runs in a thread of its own and waits for the others, so one reading of the data serves
them all. An answer does not depend on what else is asked, so neither does where a climb ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import Any, Generic, TypeVar

Question = TypeVar("Question")
Found = TypeVar("Found")

Ask = Callable[[Question], Any]
Answers = Callable[[tuple[Question, ...]], Sequence]


def in_step(
    climbs: Sequence[Callable[[Ask[Question]], Found]], answers: Answers[Question]
) -> list[Found]:
    """``climb(ask)`` of each; ``answers(questions)`` has an answer for each question, in order.

    Raises what a climb raises, or what ``answers`` does.
    """
    if not climbs:
        return []
    table = _Table(len(climbs), answers)

    def run(which: int) -> Found:
        try:
            return climbs[which](lambda question: table.ask(which, question))
        finally:
            table.leave()

    with ThreadPoolExecutor(max_workers=len(climbs)) as threads:
        ends = [threads.submit(run, which) for which in range(len(climbs))]  # none is taken back
    return [end.result() for end in ends]


class _Table(Generic[Question]):
    """Where questions wait until everybody who is still climbing has asked."""

    def __init__(self, climbing: int, answers: Answers[Question]) -> None:
        self._answers = answers
        self._climbing = climbing
        self._asked: dict[int, Question] = {}
        self._found: dict[int, Any] = {}
        self._failed: BaseException | None = None
        self._changed = Condition()

    def ask(self, who: int, question: Question) -> Any:
        with self._changed:
            self._asked[who] = question
            self._answer()
            self._changed.wait_for(lambda: who in self._found or self._failed)
            if self._failed:
                raise self._failed
            return self._found.pop(who)

    def leave(self) -> None:
        with self._changed:
            self._climbing -= 1
            self._answer()

    def _answer(self) -> None:
        """By the last who asks or leaves, in the order of the climbs; the others wait."""
        if self._failed or not self._asked or len(self._asked) < self._climbing:
            return
        who = sorted(self._asked)
        try:
            found = self._answers(tuple(self._asked[one] for one in who))
        except BaseException as error:  # noqa: BLE001 - for everybody who waits
            self._failed = error
        else:
            self._found |= dict(zip(who, found, strict=True))
        self._asked.clear()
        self._changed.notify_all()
