"""A measure is declared once, as data: what is written, what is refused, what travels."""

from __future__ import annotations

import json

import pytest

from data_schema.measures import Measure, as_data, declared, from_data, together
from data_schema.refusal import Refusal


def test_built_in_measures_are_declared_whole() -> None:
    assert len(declared()) > 50
    for name, measure in declared().items():
        assert (measure.name, bool(measure.title)) == (name, True)


def test_a_declaration_survives_its_journey() -> None:
    mine = Measure("risk_ratio", "who", "ratio", "ratio", "Risk ratio", display="forest")
    measures = together(declared().values(), [mine])
    assert from_data(json.loads(json.dumps(as_data(measures)))) == measures
    assert list(measures)[-1] == "risk_ratio"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": "Risk ratio"}, "measure Risk ratio: name"),
        ({"question": "whom"}, "measure risk_ratio: question: must be one of study, flow"),
        ({"kind": "odds"}, "measure risk_ratio: kind: must be one of count, proportion"),
        ({"rests_on": "rows"}, "measure risk_ratio: rests_on: must be one of events, people"),
        ({"display": "pie"}, "measure risk_ratio: display: must be one of table, curve"),
        ({"title": ""}, "measure risk_ratio: title: is missing"),
    ],
)
def test_a_wrong_declaration_is_refused_by_name(changed, says) -> None:
    right = {"name": "risk_ratio", "question": "who", "kind": "ratio", "title": "Risk ratio"}
    Measure(**right)
    with pytest.raises(ValueError, match=says):
        Measure(**(right | changed))


def test_two_declarations_of_one_name_have_to_agree() -> None:
    one = Measure("risk_ratio", "who", "ratio", "ratio", "Risk ratio")
    other = Measure("risk_ratio", "who", "ratio", "ratio", "Ratio of risks")
    assert together([one], [one]) == {"risk_ratio": one}
    with pytest.raises(Refusal, match="risk_ratio: is declared twice, differently"):
        together([one], [other])


@pytest.mark.parametrize("content", [[], {"a": 1}, {"a": {"name": "a"}}, {"a": {"name": "b"}}])
def test_a_file_that_holds_no_measures_is_one_line(content) -> None:
    with pytest.raises(Refusal, match=r"^measures\.json: "):
        from_data(content)


def test_a_value_that_is_not_allowed_is_refused_when_read() -> None:
    content = as_data(declared())
    content["hazard_ratio"]["kind"] = "odds"
    with pytest.raises(Refusal, match=r"^measures\.json: measure hazard_ratio: kind"):
        from_data(content)
