"""Models of a folder outside the project: found, refused with one line, run in every worker."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.estimates import discovery
from analysis.estimates.contract import answered
from analysis.estimates.discovery import FOLDERS, asked, found, in_order, settings_of, shipped
from analysis.estimates.new_model import write_model
from analysis.runner import Workers
from analysis.study import PROTOCOLS, ProtocolError, read_study
from data_schema.refusal import Refusal

PROTOCOL = """
name = "theirs"
{0}
[[analyses]]
model = "mine"

[analyses.settings]
{1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_model("mine", "how_soon", tmp_path)
    return tmp_path


def protocol(folder: Path, settings: str = "", more: str = "") -> Path:
    """The simulated study with the model of the folder."""
    base = (PROTOCOLS / "registry.toml").read_text("utf-8")
    text = "\n".join(line for line in base.splitlines() if not line.startswith('name = "registry'))
    path = folder / "theirs.toml"
    path.write_text(PROTOCOL.format(text, settings) + more, "utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    (folder / "mine.py").write_text(text, "utf-8")
    with pytest.raises(Refusal) as one:
        found(folder)
    return str(one.value)


def test_the_project_s_models_are_found_in_the_order_of_the_questions() -> None:
    models = shipped()
    assert len(models) >= 15
    assert models == in_order(reversed(models))
    assert len({one.name for one in models}) == len(models)
    assert {one.module.split(".")[2] for one in models} == set(FOLDERS)


def test_a_model_from_outside_has_the_hash_of_its_file(folder: Path) -> None:
    [mine] = [one for one in found(folder) if one.sha256]
    assert mine.name == "mine"
    assert mine.sha256 == hashlib.sha256((folder / "mine.py").read_bytes()).hexdigest()
    assert not any(one.sha256 for one in shipped())


def test_it_runs_where_the_protocol_asks_and_is_told_its_settings(folder: Path) -> None:
    study = read_study(protocol(folder, "until_years = 4"), lambda: discovery.schemas(folder))
    [mine] = [one for one in asked(study, found(folder)) if one.sha256]
    assert settings_of(study, mine).until_years == 4
    assert discovery.hashes(study, folder) == {"mine": mine.sha256}
    other = read_study(PROTOCOLS / "registry.toml")
    assert not [one for one in asked(other, found(folder)) if one.sha256]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("until_year = 4", "theirs.toml: analyses.0.settings: until_year: Extra inputs"),
        ('until_years = "log"', "theirs.toml: analyses.0.settings: until_years: Input should"),
        ('until_years = "log(x) + 1"', "analyses.0.settings: Value error, a name has letters"),
    ],
)
def test_settings_are_refused_when_the_protocol_is_read(folder, settings, says) -> None:
    with pytest.raises(ProtocolError, match=".") as one:
        read_study(protocol(folder, settings), lambda: discovery.schemas(folder))
    assert says in str(one.value)
    assert "log(x)" not in str(one.value)


def test_a_model_that_is_nowhere_is_refused(folder: Path) -> None:
    path = protocol(folder)
    with pytest.raises(ProtocolError, match="no such model"):
        read_study(path, discovery.schemas)


def test_a_model_is_named_once(folder: Path) -> None:
    path = protocol(folder, more='[[analyses]]\nmodel = "mine"\n')
    with pytest.raises(ProtocolError, match="named twice"):
        read_study(path)


def test_what_cannot_be_a_model_is_refused_in_one_line(folder: Path) -> None:
    whole = (folder / "mine.py").read_text("utf-8")
    (folder / "other.py").write_text(whole.replace("def mine", "def other"), "utf-8")
    assert refused(folder, "def mine(:\n") == "mine.py, row 1: not valid Python"
    assert refused(folder, "import other\n" + whole).endswith("a model is one file")
    assert refused(folder, "from .other import other\n").startswith("mine.py, row 1")
    assert refused(folder, "1 / 0\n") == "mine.py: cannot be read (ZeroDivisionError)"
    assert "not exactly one model" in refused(folder, "x = 1\n")
    always = whole.replace("settings=Chosen,", "settings=Chosen, always=True,")
    assert "always" in refused(folder, always)
    with pytest.raises(Refusal, match="no such folder"):
        found(folder / "nowhere")


def test_a_name_of_the_project_is_taken(folder: Path) -> None:
    whole = (folder / "mine.py").read_text("utf-8")
    (folder / "incidence.py").write_text(whole.replace("def mine", "def incidence"), "utf-8")
    with pytest.raises(Refusal, match="the project has a model of this name"):
        found(folder)


def run_broken(folder: Path, registry, body: str) -> list:
    whole = (folder / "mine.py").read_text("utf-8")
    start = whole.index("    periods = cohort.at_risk_periods()")
    (folder / "mine.py").write_text(whole[:start] + body, "utf-8")
    [mine] = [one for one in found(folder) if one.sha256]
    return answered(mine, registry, mine.settings())


def test_a_model_from_outside_that_stops_says_so_and_tells_no_value(folder, registry) -> None:
    [row] = run_broken(folder, registry, "    raise ValueError(str(cohort.people.iloc[0]))\n")
    assert (row.measure, row.model, row.status) == ("mine_rate", "mine", "not_estimable")
    line = (
        (folder / "mine.py")
        .read_text("utf-8")
        .splitlines()
        .index("    raise ValueError(str(cohort.people.iloc[0]))")
    )
    assert f"stopped (ValueError, line {line + 1})" in row.reason


def test_a_model_from_outside_that_breaks_a_rule_gives_no_number(folder, registry) -> None:
    made = '"who", "hazard_ratio", "cohort", "onset", estimate=9.0, events=1.0, people=2.0'
    body = f"    return [Estimate({made})]\n"
    [row] = run_broken(folder, registry, body)
    assert row.estimate is None
    assert "broke a rule" in row.reason


def test_workers_find_the_model_by_its_name(folder: Path) -> None:
    """A kernel of the file runs in other processes: what it is lies in the folder, not here."""
    kernel = "\n\ndef doubled(number: int) -> int:\n    return 2 * number\n"
    with (folder / "mine.py").open("a", encoding="utf-8") as file:
        file.write(kernel)
    [mine] = [one for one in found(folder) if one.sha256]
    doubled = mine.answer.__globals__["doubled"]
    with Workers(2) as workers:
        assert list(workers.map_in_order(doubled, [1, 2, 3])) == [2, 4, 6]


def test_the_entry_point_refuses_settings_before_anything_runs(folder: Path, capsys) -> None:
    path = protocol(folder, "until_year = 4")
    words = ["plan", "--protocol", str(path), "--build", str(folder / "build")]
    given = ["--extract", str(folder), "--models", str(folder)]
    assert main([*words, *given]) == 2
    assert "theirs.toml: analyses.0.settings: until_year" in capsys.readouterr().err
    assert not (folder / "build").exists()
