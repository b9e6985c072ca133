"""Publish: check what is about to leave, then put it in place in one step."""

from __future__ import annotations

from pathlib import Path

from analysis import store
from analysis.publish import ledger as ledgers
from analysis.publish import swap
from analysis.publish.attack import recovered
from analysis.publish.earlier import follows_from_both, moved_by_few
from analysis.publish.files import releasable
from analysis.publish.refusal import PublishError
from analysis.publish.released import read_rows
from analysis.publish.scan import scan
from analysis.study import Study
from data_schema.measures import Measures
from data_schema.results import Released

__all__ = ["PublishError", "run"]


def run(study: Study, staging: Path, release: Path, ledger: Path) -> None:
    """Release ``staging`` as ``release``; ``StoreError`` in one line, and nothing has changed.

    Whole or not at all: a reader of ``release`` finds the earlier release or this one. One line is
    added to ``ledger`` for a release that differs from the last.
    """
    try:
        _publish(study, staging, release, ledger)
    except OSError as error:
        reason = error.strerror or "a file cannot be read or written"
        raise PublishError(f"release: {reason}; what is in place is whole, run it again") from None


def _publish(study: Study, staging: Path, release: Path, ledger: Path) -> None:
    swap.recover(release)
    _enter_what_is_in_place(release, ledger)
    names = releasable(staging)
    measures = store.read_measures(staging)
    rows = read_rows(staging / "estimates.csv", measures)
    _refuse_identifiers(study, staging, names)
    _refuse_recovered(rows, study)
    moved = _refuse_differences(rows, measures, study, ledger)
    staged = swap.staged_folder(release)
    try:
        swap.copy_whole(staging, names, staged)
        store.write_manifest(staged, protocol_hash=study.hash, holder=study.release.holder)
        store.verify_manifest(staged)
        swap.sync_folders(staged)
        swap.put_in_place(release)
    finally:
        swap.recover(release)
    _enter_what_is_in_place(release, ledger, cells_moved_by_few=moved)


def _enter_what_is_in_place(release: Path, ledger: Path, **seen: int) -> None:
    """A release in place is in the ledger, even if the run that put it there was stopped."""
    manifest = release / store.MANIFEST
    if not manifest.is_file():
        return
    facts = store.read_json(manifest)
    entry = {key: facts[key] for key in ("protocol_hash", "holder") if key in facts}
    ledgers.enter(ledger, ledgers.release_hash(manifest), entry | seen, release / "estimates.csv")


def _refuse_identifiers(study: Study, staging: Path, names: list[str]) -> None:
    found = scan(staging, names, study.canonical_json())
    if found:
        first = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise PublishError(f"staging/{first.file}: line {first.line}: {first.rule}{more}")


def _refuse_recovered(rows: list[Released], study: Study) -> None:
    found = recovered(rows, study.release)
    if found:
        raise PublishError(
            f"estimates.csv: {found[0].what} of {found[0].id}: a hidden small count can be "
            f"recovered from what is shown ({len(found)} in all)"
        )


def _refuse_differences(
    rows: list[Released], measures: Measures, study: Study, ledger: Path
) -> int:
    """How many cells moved by few people since an earlier release; refused for real people."""
    moved = 0
    for sequence, path in ledgers.earlier_numbers(ledger):
        before = read_rows(path, measures, earlier=True)
        cells = moved_by_few(before, rows, study.release)
        follows = follows_from_both(before, rows, study.release)
        if study.release.holder != "simulated" and (cells or follows):
            where = cells[0].id if cells else follows[0]
            raise PublishError(
                f"estimates.csv: {where}: with release {sequence} of the ledger it tells of fewer "
                f"than {study.release.min_count} people"
            )
        moved = max(moved, len(cells) + len(follows))
    return moved
