"""What may be released, what is refused, and what the ledger says after it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from staged_release import REAL, STUDY, rows, stage, stage_text, tree, usrds

from analysis import publish, store
from analysis.disclose import disclosed, policy_of
from analysis.disclose.table import csv_of


@pytest.fixture
def place(tmp_path):
    class Place:
        staging = tmp_path / "restricted" / "staging"
        release = tmp_path / "release"
        ledger = tmp_path / "restricted" / "ledger.jsonl"

        def publish(self, study=STUDY):
            publish.run(study, self.staging, self.release, self.ledger)

        def entries(self):
            return [json.loads(line) for line in self.ledger.read_text("utf-8").splitlines()]

    return Place()


def refused(place, match, study=STUDY):
    """Refused in one line; the release in place, and the folder around it, as they were."""
    before = tree(place.release) if place.release.exists() else None
    with pytest.raises(store.StoreError, match=match) as error:
        place.publish(study)
    assert "\n" not in str(error.value)
    assert (tree(place.release) if place.release.exists() else None) == before
    assert [p.name for p in place.release.parent.iterdir() if p.name.startswith(".")] == []
    return str(error.value)


def test_what_is_staged_is_released_with_its_manifest(place) -> None:
    stage(place.staging)
    place.publish()
    files = tree(place.release)
    manifest = json.loads(files.pop("manifest.json"))
    staged = tree(place.staging)
    staged.pop("manifest.json")
    assert files == staged
    assert manifest["protocol_hash"] == STUDY.hash and manifest["holder"] == "simulated"
    assert set(manifest["files"]) == set(files)
    store.verify_manifest(place.release)


def test_the_same_release_twice_is_one_line(place) -> None:
    stage(place.staging)
    place.publish()
    first = tree(place.release)
    place.publish()
    assert tree(place.release) == first
    stage(place.staging, made=rows(cases=600))
    place.publish()
    entries = place.entries()
    assert [entry["sequence"] for entry in entries] == [1, 2]
    assert entries[1]["release"] == store.sha256(place.release / "manifest.json")
    assert set(entries[0]) == {
        "sequence", "release", "protocol_hash", "holder", "cells_moved_by_few"
    }  # fmt: skip


def test_nothing_of_an_older_release_stays(place) -> None:
    stage(place.staging)
    store.write_text(place.staging / "figures" / "old.svg", "<svg/>")
    store.write_manifest(place.staging)
    place.publish()
    stage(place.staging)
    place.publish()
    assert not (place.release / "figures" / "old.svg").exists()


def test_a_staged_file_that_was_changed_or_added_is_refused(place) -> None:
    stage(place.staging)
    place.publish()
    store.write_text(place.staging / "report.html", "<p>other</p>")
    refused(place, "report.html: is not what its stage wrote")
    stage(place.staging)
    store.write_text(place.staging / "notes.txt", "a note")
    refused(place, "notes.txt: not in the manifest")
    stage(place.staging)
    (place.staging / "manifest.json").unlink()
    refused(place, "manifest")


@pytest.mark.parametrize("name", ["people.parquet", "page.png", "run.py", "book.xlsx", "plain"])
def test_a_type_of_file_that_cannot_be_scanned_is_refused(place, name) -> None:
    stage(place.staging)
    store.write_text(place.staging / name, "x")
    store.write_manifest(place.staging)
    refused(place, "a type of file that is not released")


@pytest.mark.parametrize("name", ["Jane Doe.csv", "p123456.csv", "Smith/onset.svg", "é.txt"])
def test_a_name_that_may_be_a_persons_is_refused_and_not_repeated(place, name) -> None:
    stage(place.staging)
    store.write_text(place.staging / name, "x")
    store.write_manifest(place.staging)
    message = refused(place, "not plain")
    assert "Doe" not in message and "123456" not in message and "Smith" not in message


def test_a_link_is_refused(place, tmp_path) -> None:
    stage(place.staging)
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    (place.staging / "tables" / "more.txt").symlink_to(secret)
    store.write_manifest(place.staging)
    refused(place, "not a regular file|lies outside")


def test_a_file_that_is_too_large_is_refused(place, monkeypatch) -> None:
    stage(place.staging)
    monkeypatch.setattr("analysis.publish.files.LARGEST_FILE", 50)
    refused(place, "larger than a release may be")


def test_bytes_that_are_no_text_are_refused(place) -> None:
    stage(place.staging)
    store.write_bytes(place.staging / "tables" / "people.csv", b"people\n\xff\xfe\n")
    store.write_manifest(place.staging)
    refused(place, "not text in UTF-8")


def test_a_report_or_its_numbers_missing_is_refused(place) -> None:
    for name in ("report.html", "estimates.csv"):
        stage(place.staging)
        (place.staging / name).unlink()
        store.write_manifest(place.staging)
        refused(place, f"{name}: missing")


def test_a_table_that_is_not_one_is_refused_with_its_line(place) -> None:
    stage_text(place.staging, "a,b\n1,2\n", "<p>x</p>")
    refused(place, "estimates.csv: line 1")
    table = csv_of(disclosed(rows(), policy_of(STUDY)), 6).splitlines()
    table[2] = table[2].replace("300", "many")
    stage_text(place.staging, "\n".join(table) + "\n", "<p>x</p>")
    message = refused(place, "estimates.csv: line 3")
    assert "many" not in message


def test_an_identifier_is_refused_where_it_stands_and_not_repeated(place) -> None:
    table = csv_of(disclosed(rows(), policy_of(STUDY)), 6)
    page = "<p>fine</p>\n<p>Ask a.nurse@ward.example.org</p>\n"
    stage_text(place.staging, table, page)
    message = refused(place, "report.html: line 2: e-mail address")
    assert "nurse" not in message


def test_a_small_count_that_follows_is_refused(place) -> None:
    """By hand: nine hidden, and the total and the rest beside it."""
    made = [
        replace(row, numerator=n, estimate=n) for row, n in zip(rows(), (100, 9, 91), strict=True)
    ]
    made[1] = replace(made[1], numerator=None, estimate=None, status="suppressed")
    stage_text(place.staging, csv_of(made, 6), "<p>x</p>")
    refused(place, "can be recovered", usrds())


def test_a_small_count_that_is_shown_is_refused(place) -> None:
    made = [
        replace(row, numerator=n, estimate=n) for row, n in zip(rows(), (100, 9, 91), strict=True)
    ]
    stage_text(place.staging, csv_of(made, 6), "<p>x</p>")
    refused(place, "can be recovered", usrds())
    place.publish(REAL)  # a public extract has no such rule


def test_two_releases_that_differ_by_a_few_people_are_refused(place) -> None:
    study = usrds()
    stage(place.staging, study)
    place.publish(study)
    stage(place.staging, study, rows(cases=303))
    refused(place, "with release 1 of the ledger it tells of fewer than 11 people", study)
    stage(place.staging, study, rows(cases=320, whole=20_500))
    place.publish(study)
    stage(place.staging, study, rows(cases=305, whole=20_900))
    refused(place, "with release 1 of the ledger", study)
    assert len(place.entries()) == 2


def test_nobody_lives_in_a_simulation_so_it_is_counted_and_not_refused(place) -> None:
    stage(place.staging)
    place.publish()
    stage(place.staging, made=rows(cases=305))
    place.publish()
    assert [entry["cells_moved_by_few"] for entry in place.entries()] == [0, 2]


def test_what_an_earlier_release_showed_does_not_fill_in_what_this_one_hides(place) -> None:
    study = usrds()
    parts = {"status=case": 5, "status=not_case": 95, "entry=late": 40}
    made = [rows()[0]] + [replace(rows()[1], strata=s, numerator=n) for s, n in parts.items()]
    made = [replace(row, estimate=None) for row in made]
    made[0] = replace(made[0], numerator=100)
    hide = {"numerator": None, "status": "suppressed"}
    first = [made[0], replace(made[1], **hide), replace(made[2], **hide), made[3]]
    stage_text(place.staging, csv_of(first, 6), "<p>1</p>")
    place.publish(study)
    other = [replace(made[0], **hide), replace(made[1], **hide), made[2], made[3]]
    stage_text(place.staging, csv_of(other, 6), "<p>2</p>")
    refused(place, "status=case.*with release 1", study)


def test_a_ledger_that_is_not_whole_stops_everything(place) -> None:
    stage(place.staging)
    place.publish()
    place.ledger.write_text("{}\n", "utf-8")
    refused(place, "ledger.jsonl: line 1")
    place.ledger.unlink()
    place.publish()
    for kept in (place.ledger.parent / "released_before").iterdir():
        kept.unlink()
    stage(place.staging, made=rows(cases=900))
    refused(place, "numbers of release 1 are missing")
