"""Stopped at any moment, a reader finds the old release or the new one, whole."""

from __future__ import annotations

import errno
import os
import sys

import pytest
from staged_release import STUDY, rows, stage, tree

from analysis import publish, store
from analysis.publish import swap

# Everything Python does to a file system is announced to audit hooks before it is done.
EVENTS = {
    "open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.listdir",
    "os.scandir", "shutil.rmtree", "shutil.copyfile", "ctypes.dlsym",
}  # fmt: skip
SURVIVED = 77


@pytest.fixture
def place(tmp_path):
    """A release in place, another one staged; the trees of both."""
    staging, release = tmp_path / "staging", tmp_path / "out" / "release"
    ledger = tmp_path / "restricted" / "ledger.jsonl"
    stage(staging)
    publish.run(STUDY, staging, release, ledger)
    old = tree(release)
    spare = tmp_path / "spare" / "release"
    stage(staging, made=rows(cases=900))
    publish.run(STUDY, staging, spare, tmp_path / "spare" / "ledger.jsonl")
    return staging, release, ledger, old, tree(spare)


def stopped_at(step: int, place, how: str) -> bool:
    """Publish in a child that fails at its ``step``-th touch of a file; whether it was reached."""
    staging, release, ledger, _, _ = place
    child = os.fork()
    if child == 0:
        seen = 0

        def hook(event: str, _: tuple) -> None:
            nonlocal seen
            if event not in EVENTS:
                return
            seen += 1
            if seen == step:
                if how == "killed":
                    os._exit(0)
                raise OSError(errno.ENOSPC, "No space left on device")

        sys.addaudithook(hook)
        try:
            publish.run(STUDY, staging, release, ledger)
        except store.StoreError as error:
            os._exit(0 if "\n" not in str(error) else 1)
        except BaseException:  # whatever it is, the parent has to hear of it
            os._exit(1)
        os._exit(SURVIVED if seen < step else 0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, SURVIVED), "failed with something else than one line"
    return code != SURVIVED


@pytest.mark.parametrize("system", ["exchange", "two renames"])
@pytest.mark.parametrize("how", ["killed", "disk full"])
def test_the_release_is_whole_wherever_it_stops(place, how, system, monkeypatch) -> None:
    staging, release, ledger, old, new = place
    monkeypatch.setattr(os, "fsync", lambda _: None)  # hundreds of runs; durability is below
    if system == "two renames":
        monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    step, ledger_before = 1, tree(ledger.parent)
    seen_new = seen_old = 0
    while stopped_at(step, place, how):
        previous = swap.previous_folder(release)
        if system == "two renames" and how == "killed" and not release.exists():
            assert tree(previous) == old  # between two renames: put back by the next run
        else:
            found = tree(release)
            assert found in (old, new)
            store.verify_manifest(release)
            seen_new, seen_old = seen_new + (found == new), seen_old + (found == old)
        publish.run(STUDY, staging, release, ledger)
        assert tree(release) == new
        assert [p.name for p in release.parent.iterdir()] == ["release"]
        assert len(ledger.read_text("utf-8").splitlines()) == 2
        put_back(release, old)
        put_back(ledger.parent, ledger_before)
        step += 1
    assert step > 40 and seen_old > 20 and seen_new > 0
    assert tree(release) == new


def test_every_file_and_folder_is_on_disk_before_it_is_put_in_place(place, monkeypatch) -> None:
    staging, release, ledger, _, new = place
    synced, put = set(), []
    fsync, put_in_place = os.fsync, swap.put_in_place

    def note(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    def check(target) -> None:
        staged = swap.staged_folder(target)
        needed = {path.stat().st_ino for path in (staged, *staged.rglob("*"))}
        put.append(needed <= synced and len(needed) > len(new))
        put_in_place(target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(swap, "put_in_place", check)
    publish.run(STUDY, staging, release, ledger)
    assert put == [True]


def put_back(folder, files) -> None:
    store.empty_folder(folder)
    for name, content in files.items():
        store.write_bytes(folder / name, content)


def test_a_reader_never_finds_the_place_empty(place) -> None:
    """While releases are exchanged a hundred times, every read is of one of them, whole."""
    staging, release, ledger, old, new = place
    del staging, ledger
    pages = {old["report.html"], new["report.html"]}
    child = os.fork()
    if child == 0:
        for turn in range(100):
            staged = swap.staged_folder(release)
            put_back(staged, (new, old)[turn % 2])
            swap.put_in_place(release)
        os._exit(0)
    reads = 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        assert (release / "report.html").read_bytes() in pages
        reads += 1
    assert reads > 10


def test_an_unfinished_run_leaves_nothing_behind(place) -> None:
    staging, release, ledger, _, new = place
    leftover = swap.staged_folder(release)
    leftover.mkdir()
    (leftover / "report.html").write_text("half", "utf-8")
    publish.run(STUDY, staging, release, ledger)
    assert tree(release) == new
    assert not leftover.exists()


def test_a_release_in_place_without_its_line_gets_it(place) -> None:
    """Stopped between the exchange and the ledger: the next run enters it, once."""
    staging, release, ledger, _, _ = place
    publish.run(STUDY, staging, release, ledger)
    lines = ledger.read_text("utf-8").splitlines(keepends=True)
    ledger.write_text(lines[0], "utf-8")
    publish.run(STUDY, staging, release, ledger)
    found = ledger.read_text("utf-8").splitlines()
    assert len(found) == 2 and store.sha256(release / "manifest.json") in found[1]
