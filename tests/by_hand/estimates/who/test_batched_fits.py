"""Fits run as a batch: one pass answers all, and each result is as if it ran alone."""

from __future__ import annotations

import pytest

from analysis.estimates.who.batched_fits import batched


def halving(goal: int):
    """Asks for the half of what it has until it is at most 1."""

    def fit(ask) -> list[int]:
        seen = [goal]
        while seen[-1] > 1:
            seen.append(ask(seen[-1]))
        return seen

    return fit


def test_as_many_passes_as_the_longest_fit_asks_for() -> None:
    passes = []

    def answers(questions: tuple[int, ...]) -> list[int]:
        passes.append(questions)
        return [question // 2 for question in questions]

    assert batched([halving(8), halving(1), halving(3)], answers) == [[8, 4, 2, 1], [1], [3, 1]]
    assert passes == [(8, 3), (4,), (2,)]


def test_nothing_to_fit() -> None:
    assert batched([], lambda _: []) == []


def test_what_cannot_be_answered_ends_every_fit() -> None:
    def answers(_: tuple[int, ...]) -> list[int]:
        raise OSError("a bucket is gone")

    with pytest.raises(OSError, match="a bucket is gone"):
        batched([halving(8), halving(3)], answers)


def test_a_fit_that_fails_does_not_keep_the_others_waiting() -> None:
    done = []

    def fails(_) -> None:
        raise ValueError("no convergence")

    def succeeds(ask) -> None:
        done.append(halving(8)(ask))

    with pytest.raises(ValueError, match="no convergence"):
        batched([fails, succeeds], lambda questions: [q // 2 for q in questions])
    assert done == [[8, 4, 2, 1]]
