"""Workers start the same way under every Python: forked from one thread, else from a server."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from kernels_of_test import square, where

from analysis.runner import Workers, processes

needs_linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="counts threads")


@pytest.fixture
def a_thread():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    yield thread
    stop.set()
    thread.join()


def test_a_process_of_several_threads_is_not_forked(a_thread) -> None:
    assert a_thread.is_alive()
    assert processes(square).get_start_method() == "forkserver"


@needs_linux
def test_a_process_of_one_thread_is_forked() -> None:
    """Asked in a child, which has one: pytest and its plugins may have more."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, processes(square).get_start_method().encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    assert os.read(read, 20) == b"fork"


def test_workers_of_a_server_stand_where_their_parent_does(
    a_thread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o027)
    try:
        with Workers(2) as workers:
            _, folder, umask = next(workers.map_in_order(where, range(2)))
            assert list(workers.map_in_order(square, range(5))) == [0, 1, 4, 9, 16]
    finally:
        os.umask(before)
    assert a_thread.is_alive()
    assert (folder, umask) == (str(tmp_path), 0o027)
