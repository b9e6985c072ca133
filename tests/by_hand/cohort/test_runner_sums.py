"""Sums over buckets are taken where the buckets are worked out, in one order for any workers."""

from __future__ import annotations

import os

import pytest

from analysis.runner import GROUPS, Workers, sums_in_order


def tenth(number: int) -> float:
    return number / 10


def plus(one: float, other: float) -> float:
    return one + other


@pytest.mark.parametrize("n", [1, 2, GROUPS, GROUPS + 1, 5 * GROUPS + 3])
def test_the_bits_do_not_depend_on_the_number_of_processes(n: int) -> None:
    alone = list(sums_in_order(tenth, plus, range(n), 1))
    assert alone == list(sums_in_order(tenth, plus, range(n), 2))
    assert len(alone) <= GROUPS
    assert [done for done, _ in alone][-1] == n
    assert sum(value for _, value in alone) == pytest.approx(n * (n - 1) / 20)


def test_consecutive_tasks_are_added_in_their_order() -> None:
    """Two tasks more than twice the number of groups: three a group."""
    found = dict(sums_in_order(tenth, plus, range(2 * GROUPS + 2), 1))
    assert found[3] == (0.0 + 0.1) + 0.2
    assert found[6] == (0.3 + 0.4) + 0.5
    assert found[9] == (0.6 + 0.7) + 0.8


def test_no_task_gives_no_sum() -> None:
    assert list(sums_in_order(tenth, plus, [], 2)) == []


def process(_: int) -> int:
    return os.getpid()


def test_workers_period_from_one_map_to_the_next() -> None:
    with Workers(2) as workers:
        maps = [set(workers.map_in_order(process, range(20))) for _ in range(3)]
    assert len(set.union(*maps)) <= 2
    assert os.getpid() not in set.union(*maps)


def test_one_task_or_one_thread_is_done_in_this_process() -> None:
    with Workers(2) as workers:
        assert list(workers.map_in_order(process, [0])) == [os.getpid()]
    assert set(Workers(1).map_in_order(process, range(3))) == {os.getpid()}


def test_workers_can_start_again() -> None:
    workers = Workers(2)
    for _ in range(2):
        with workers:
            assert list(workers.map_in_order(tenth, range(3))) == [0.0, 0.1, 0.2]
