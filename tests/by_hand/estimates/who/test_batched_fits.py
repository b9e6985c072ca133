"""Climbs in step: one reading answers all, and each ends where it would alone."""

from __future__ import annotations

import pytest

from analysis.estimates.who.batched_fits import in_step


def halving(goal: int):
    """Asks for the half of what it has until it is at most 1."""

    def climb(ask) -> list[int]:
        seen = [goal]
        while seen[-1] > 1:
            seen.append(ask(seen[-1]))
        return seen

    return climb


def test_as_many_readings_as_the_longest_climb_asks_for() -> None:
    readings = []

    def answers(questions: tuple[int, ...]) -> list[int]:
        readings.append(questions)
        return [question // 2 for question in questions]

    assert in_step([halving(8), halving(1), halving(3)], answers) == [[8, 4, 2, 1], [1], [3, 1]]
    assert readings == [(8, 3), (4,), (2,)]


def test_nothing_to_climb() -> None:
    assert in_step([], lambda _: []) == []


def test_what_cannot_be_answered_ends_every_climb() -> None:
    def answers(_: tuple[int, ...]) -> list[int]:
        raise OSError("a bucket is gone")

    with pytest.raises(OSError, match="a bucket is gone"):
        in_step([halving(8), halving(3)], answers)


def test_a_climb_that_fails_does_not_keep_the_others_waiting() -> None:
    done = []

    def falls(_) -> None:
        raise ValueError("no foothold")

    def climbs(ask) -> None:
        done.append(halving(8)(ask))

    with pytest.raises(ValueError, match="no foothold"):
        in_step([falls, climbs], lambda questions: [q // 2 for q in questions])
    assert done == [[8, 4, 2, 1]]
