"""Rules of a record that flag or stop, and what stops a whole run, through the ingest itself."""

from __future__ import annotations

from pathlib import Path

import native_files
import pytest
from native_files import LABS, PATIENTS, STUDY, ingested, quality, rejects, used
from small_bucket import study

from analysis.ingest.first_pass import account
from analysis.ingest.first_pass import stage_extract as first_pass
from data_schema.declarations import Rule, Table, table
from data_schema.refusal import Refusal

BAD = "01,2011-02-0{day},phosphate,{value},mmol/L,C0\n"


def with_rule(monkeypatch: pytest.MonkeyPatch, severity: str) -> None:
    rule = Rule(
        id="very_high",
        severity=severity,
        column="value",
        says="The value is very high",
        where="value > 3",
    )

    def changed(name: str) -> Table:
        declared = table(name)
        return declared.model_copy(update={"rules": (rule,)}) if name == "labs" else declared

    monkeypatch.setattr(first_pass, "table", changed)
    monkeypatch.setattr(account, "table", changed)


def labs(*values: float) -> str:
    return LABS + "".join(BAD.format(day=day + 1, value=v) for day, v in enumerate(values))


def test_a_rule_that_flags_keeps_the_record_and_counts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rule(monkeypatch, "flag")
    stage = ingested(tmp_path, labs=labs(1.5, 3.5, 3.6))
    assert len(used(stage, "labs")) == 3 and rejects(stage) == []
    found = quality(stage, "flagged_rows")
    row = found[found["level"] == "very_high"].iloc[0]
    assert (row["numerator"], row["term"], row["reason"]) == (2, "value", "The value is very high")


def test_a_rule_that_stops_names_itself_and_the_first_record_and_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rule(monkeypatch, "stop")
    assert len(used(ingested(tmp_path / "good", labs=labs(1.5, 2.9)), "labs")) == 2
    with pytest.raises(Refusal) as stopped:
        ingested(tmp_path / "bad", labs=labs(1.5, 3.5, 3.6))
    assert str(stopped.value) == "labs.csv, row 3, column value: very_high: the value is very high"


def test_a_record_that_is_rejected_anyway_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rule(monkeypatch, "stop")
    text = labs(1.5) + "01,2011-02-31,phosphate,3.5,mmol/L,C0\n"
    assert rejects(ingested(tmp_path, labs=text)) == [(3, "sample_date", "impossible_date")]


@pytest.mark.parametrize(("unknown", "stops"), [(50, False), (51, True)])
def test_a_table_of_strangers_stops_the_run(tmp_path: Path, unknown: int, stops: bool) -> None:
    rows = [
        f"{'X' if n < unknown else '0'}{n % 10},2011-03-{n % 9 + 10},pth,{n + 10},pmol/L,C0\n"
        for n in range(100)
    ]
    if not stops:
        assert len(used(ingested(tmp_path, labs=LABS + "".join(rows)), "labs")) == 50
        return
    with pytest.raises(Refusal, match=r"^labs\.csv, column patient_id: more than half") as stopped:
        ingested(tmp_path, labs=LABS + "".join(rows))
    assert "X" not in str(stopped.value)


@pytest.mark.parametrize(
    ("policy", "birth", "stops"),
    [
        ("pseudonymised", "1950-03-07", False),
        ("no_birth_date", "1950-03", False),
        ("no_birth_date", "1950-03-07", True),
    ],
)
def test_a_birth_date_that_the_policy_forbids_stops_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str, birth: str, stops: bool
) -> None:
    population = {**STUDY.population.model_dump(), "deidentification": policy}
    monkeypatch.setattr(native_files, "STUDY", study(population=population))
    head, *rows = PATIENTS.splitlines()
    text = "\n".join([f"{head},birth_date", *(f"{row},{birth}" for row in rows)]) + "\n"
    if not stops:
        assert len(used(ingested(tmp_path, patients=text), "patients")) == 10
        return
    with pytest.raises(Refusal, match=r"^patients\.csv, row 2, column birth_date: ") as stopped:
        ingested(tmp_path, patients=text)
    assert birth not in str(stopped.value)
