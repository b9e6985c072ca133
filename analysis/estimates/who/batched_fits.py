"""Iterative fits over the same data, run as a batch: one pass over the data answers all of them.

Each fit runs in a thread of its own and waits for the others at every iteration. What a fit is
answered does not depend on the other fits, so neither does its result.
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


def batched(
    fits: Sequence[Callable[[Ask[Question]], Found]], answers: Answers[Question]
) -> list[Found]:
    """Results of ``fit(ask)`` for each fit; ``answers(questions)`` answers questions in order.

    Raises what a fit raises, or what ``answers`` does.
    """
    if not fits:
        return []
    batch = _Batch(len(fits), answers)

    def run(which: int) -> Found:
        try:
            return fits[which](lambda question: batch.ask(which, question))
        finally:
            batch.leave()

    with ThreadPoolExecutor(max_workers=len(fits)) as threads:
        ends = [threads.submit(run, which) for which in range(len(fits))]  # none is cancelled
    return [end.result() for end in ends]


class _Batch(Generic[Question]):
    """Questions of the running fits, held until each of them has asked its next one."""

    def __init__(self, running: int, answers: Answers[Question]) -> None:
        self._answers = answers
        self._running = running
        self._asked: dict[int, Question] = {}
        self._found: dict[int, Any] = {}
        self._failed: BaseException | None = None
        self._changed = Condition()

    def ask(self, which: int, question: Question) -> Any:
        with self._changed:
            self._asked[which] = question
            self._answer()
            self._changed.wait_for(lambda: which in self._found or self._failed)
            if self._failed:
                raise self._failed
            return self._found.pop(which)

    def leave(self) -> None:
        with self._changed:
            self._running -= 1
            self._answer()

    def _answer(self) -> None:
        """Answers all questions, called by the last fit that asks or leaves; in the order of
        fits."""
        if self._failed or not self._asked or len(self._asked) < self._running:
            return
        order = sorted(self._asked)
        try:
            found = self._answers(tuple(self._asked[one] for one in order))
        except BaseException as error:  # noqa: BLE001 - raised in every fit
            self._failed = error
        else:
            self._found |= dict(zip(order, found, strict=True))
        self._asked.clear()
        self._changed.notify_all()
