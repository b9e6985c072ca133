"""Workers keep the memory that a bucket frees for the next one."""

from __future__ import annotations

import ctypes
import platform
import resource

import pytest

from analysis import runner

LARGE = 40 * 2**20  # bytes, more than glibc keeps of itself
PAGE = resource.getpagesize()


def pages_taken(_: int) -> int:
    """Pages cleared for this process while it takes and frees one large block of memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    block = b"x" * LARGE
    del block
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def pages_taken_again(task: int) -> int:
    pages_taken(task)
    return pages_taken(task)


def what_is_said(_: int) -> bool:
    return runner.keep_memory()


def test_a_worker_takes_what_it_freed_without_clearing_it_again() -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("another C library")
    if list(runner.map_in_order(what_is_said, [1, 2], threads=2)) != [True, True]:
        pytest.skip("an old C library")
    taken = list(runner.map_in_order(pages_taken_again, [1, 2, 3, 4], threads=2))
    assert max(taken) < LARGE / PAGE / 100


@pytest.mark.parametrize("error", [OSError, TypeError, AttributeError])
def test_another_c_library_is_left_as_it_is(error, monkeypatch) -> None:
    def absent(_: object) -> None:
        raise error

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert not runner.keep_memory()


@pytest.mark.parametrize(("grants", "asked"), [(0, [-3]), (1, [-3, -1])])
def test_nothing_is_half_set(grants, asked, monkeypatch) -> None:
    seen = []

    class Library:
        def __init__(self, _: object) -> None:
            pass

        def mallopt(self, option: int, _: int) -> int:
            seen.append(option)
            return grants

    monkeypatch.setattr(ctypes, "CDLL", Library)
    assert runner.keep_memory() == bool(grants)
    assert seen == asked
