"""The stage as it runs: files, bytes, digits."""

from __future__ import annotations

import csv
import io

import pytest

from analysis import disclose, store
from analysis.disclose.table import csv_of
from analysis.study import PROTOCOLS, read_study
from data_schema.measures import Measure, declare, declared
from data_schema.results import RELEASED_COLUMNS, Estimate, Released, released

SIMULATED = read_study(PROTOCOLS / "simulated.toml")
PUBLIC = read_study(PROTOCOLS / "four_d.toml")


def rows() -> list[Estimate]:
    whole = Estimate("describe", "people", estimate=636, numerator=636, unit="people")
    share = Estimate(
        "describe", "distribution", term="sex", level="male", estimate=3 / 636, numerator=3,
        denominator=636, sums_to=whole.id,
    )  # fmt: skip
    curve = [
        Estimate(
            "how_soon", "cumulative_incidence", outcome="onset", model="aalen_johansen",
            time=30.0 * k, estimate=k / 636, std_error=k / 9e5, numerator=k, denominator=636 - k,
        )
        for k in range(4)
    ]  # fmt: skip
    return [whole, share, *curve]


@pytest.fixture
def estimates(tmp_path):
    folder = store.empty_folder(tmp_path / "estimates")
    store.write_frame(folder / "estimates.parquet", store.estimates_frame(rows()))
    store.write_measures(folder, declared())
    store.write_json(folder / "study.json", {"protocol": {"title": "A study"}, "n": 636})
    store.write_manifest(folder)
    return folder


def read(folder) -> list[Released]:
    measures = store.read_measures(folder)
    return store.frame_released(store.read_frame(folder / "released.parquet"), measures)


def test_public_numbers_leave_exactly_as_they_came(estimates, tmp_path) -> None:
    disclose.run(PUBLIC, estimates, tmp_path / "out")
    assert read(tmp_path / "out")[: len(rows())] == [released(row) for row in rows()]


def test_the_stage_writes_what_the_report_reads(estimates, tmp_path) -> None:
    out = tmp_path / "out"
    disclose.run(SIMULATED, estimates, out)
    store.verify_manifest(out)
    assert sorted(p.name for p in out.iterdir()) == [
        "estimates.csv", "manifest.json", "measures.json", "released.parquet", "study.json",
    ]  # fmt: skip
    assert store.read_json(out / "study.json") == store.read_json(estimates / "study.json")
    table = list(csv.DictReader(io.StringIO((out / "estimates.csv").read_text("utf-8"))))
    assert [line["id"] for line in table] == [row.id for row in read(out)]
    assert table[1]["status"] == "suppressed" and table[1]["numerator"] == ""


def test_the_same_rows_are_the_same_bytes(estimates, tmp_path) -> None:
    trees = []
    for name in ("one", "two"):
        disclose.run(SIMULATED, estimates, tmp_path / name)
        trees.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert trees[0] == trees[1]


def test_estimates_that_are_not_finished_are_refused(estimates, tmp_path) -> None:
    (estimates / "manifest.json").unlink()
    with pytest.raises(store.StoreError, match="no manifest"):
        disclose.run(SIMULATED, estimates, tmp_path / "out")


def test_a_measure_without_a_rule_does_not_leave(tmp_path) -> None:
    folder = store.empty_folder(tmp_path / "estimates")
    declare(Measure("mean_of_names", "describe", "value", "", "Mean of names", rests_on="none"))
    made = [Estimate("describe", "mean_of_names", estimate=1.0)]
    store.write_frame(folder / "estimates.parquet", store.estimates_frame(made))
    store.write_measures(folder, declared())
    store.write_json(folder / "study.json", {})
    store.write_manifest(folder)
    with pytest.raises(store.StoreError, match="mean_of_names: is not declared"):
        disclose.run(SIMULATED, folder, tmp_path / "out")


def test_whole_counts_are_written_in_full_and_the_rest_to_so_many_digits() -> None:
    made = [
        Released(
            "describe", "people", estimate=1_234_565.0, numerator=1_234_565.0, time=365.25,
            lower=0.123456789, unit="=1+1",
        )
    ]  # fmt: skip
    line = next(csv.DictReader(io.StringIO(csv_of(made, 6))))
    assert tuple(line) == RELEASED_COLUMNS
    assert (line["estimate"], line["numerator"]) == ("1234565", "1234565")
    assert (line["time"], line["lower"], line["upper"]) == ("365.25", "0.123457", "")
    assert line["unit"] == "'=1+1"
