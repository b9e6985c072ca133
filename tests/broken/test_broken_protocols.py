"""Protocols that cannot be run: one line naming the file and the key, never a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_extract import PROTOCOL, write_protocol

from analysis.study import ProtocolError, read_study

SECRET = "Zyxomma"


def line(path: Path) -> str:
    with pytest.raises(ProtocolError) as caught:
        read_study(path)
    text = str(caught.value)
    assert "\n" not in text
    assert SECRET not in text
    assert str(path.parent) not in text
    return text


def extending(base: str, name: str) -> str:
    return f'protocol_version = 2\nextends = "{base}"\nname = "{name}"\n'


def edited(old: str, new: str) -> str:
    assert old in PROTOCOL
    return PROTOCOL.replace(old, new, 1)


BROKEN = [
    ("entry_after_days = 90", "entry_after_day = 90", "population.entry_after_day"),
    ("entry_after_days = 90", f'entry_after_days = "{SECRET}"', "population.entry_after_days"),
    ("[outcome]", "[outcomes]", "outcome"),
    ('kind = "calcinosis"', f'kind = "{SECRET}"', "outcome.kind"),
    ('holder = "public"', f'holder = "{SECRET}"', "release.holder"),
    ('transform = "log2"', 'transform = "log10"', "models.0.terms.0.transform"),
    ("data_start = 2010-01-01", 'data_start = "soon"', "population.data_start"),
    ('source = "native"', f'source = "{SECRET}"', "source"),
    ('source = "native"', 'source = "../../.."', "source"),
    ('source = "native"', 'source = "native"\nsimulated = true', "simulation"),
    ("resolution = true", 'lab_criterion = "pth_required"', "outcome.lab_criterion"),
    ("resolution = true", 'kind2 = "x"', "outcome.kind2"),
    ('name = "tiny"\n', "", "name"),
]


@pytest.mark.parametrize(("old", "new", "place"), BROKEN)
def test_a_broken_key_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    text = line(write_protocol(tmp_path, edited(old, new)))
    assert text.startswith("tiny.toml: ")
    assert place in text


def test_no_such_protocol(tmp_path: Path) -> None:
    assert line(tmp_path / "absent.toml") == "absent.toml: no such protocol"


def test_a_protocol_that_is_not_toml(tmp_path: Path) -> None:
    text = line(write_protocol(tmp_path, f"name = {SECRET} [["))
    assert text.startswith("tiny.toml: not valid TOML")
    assert "line 1" in text


def test_a_protocol_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    path.write_bytes(PROTOCOL.replace("small", "kleines für alle").encode("latin-1"))
    assert line(path).startswith("tiny.toml: not valid TOML")


@pytest.mark.parametrize("base", ["../tiny", "/etc/passwd", "", "a/b", ".."])
def test_a_base_outside_the_folder_is_refused(tmp_path: Path, base: str) -> None:
    write_protocol(tmp_path, PROTOCOL)
    inner = write_protocol(tmp_path / "inner", extending(base, "x"), "x")
    assert line(inner).startswith("x.toml: extends")


def test_a_base_that_is_not_there(tmp_path: Path) -> None:
    path = write_protocol(tmp_path, extending("gone", "x"), "x")
    assert line(path) == "gone.toml: no such protocol"


def test_protocols_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    write_protocol(tmp_path, extending("b", "a"), "a")
    path = write_protocol(tmp_path, extending("a", "b"), "b")
    assert "extends" in line(path)


def test_a_protocol_says_only_what_differs(tmp_path: Path) -> None:
    write_protocol(tmp_path, PROTOCOL)
    path = write_protocol(
        tmp_path,
        extending("tiny", "later") + "[population]\nentry_after_days = 0\n",
        "later",
    )
    study = read_study(path)
    assert study.name == "later"
    assert study.population.entry_after_days == 0
    assert study.population.coverage == ("diagnoses",)


NAMES = ["../up", "a/b", "", "a b", ".hidden", "-rf", "x" * 300, "a\\nb"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_would_leave_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    """The name becomes a folder: build/<name>."""
    assert "name" in line(write_protocol(tmp_path, edited('"tiny"', f'"{name}"')))


IMPOSSIBLE = [
    ("data_end = 2019-12-31", "data_end = 2009-12-31", "data_end"),
    ("entry_after_days = 90", "entry_after_days = -5", "entry_after_days"),
    ("min_count = 1", "min_count = -1", "min_count"),
    ("rounding = 1", "rounding = 0", "rounding"),
    ('variable = "pth"', 'variable = "ferritin"', "variable"),
    ('labs = ["pth", "calcium_corrected", "phosphate"]', 'labs = ["ferritin"]', "labs"),
    ("period_end = 2018-12-31", "period_end = 2013-12-31", "period_end"),
]


@pytest.mark.parametrize(("old", "new", "place"), IMPOSSIBLE)
def test_a_value_that_makes_no_sense_is_refused(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert place in line(write_protocol(tmp_path, edited(old, new)))


USRDS = (
    (PROTOCOL[: PROTOCOL.index("[[models]]")] + PROTOCOL[PROTOCOL.index("[prevalence]") :])
    .replace('source = "native"', 'source = "usrds"')
    .replace('labs = ["pth", "calcium_corrected", "phosphate"]', 'labs = ["phosphate"]')
)


@pytest.mark.parametrize("criterion", ["off", "any_mineral", "pth_required"])
def test_a_criterion_of_a_value_that_was_not_collected(tmp_path: Path, criterion: str) -> None:
    """High PTH meets either criterion; in the gap it would be the other values alone."""
    text = USRDS.replace("resolution = true", f'lab_criterion = "{criterion}"')
    path = write_protocol(tmp_path, text)
    if criterion == "off":
        assert read_study(path).source == "usrds"
    else:
        assert "outcome.lab_criterion: pth: USRDS did not collect" in line(path)
