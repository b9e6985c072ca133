"""A second model beside the study's own: what the page says and draws stays as it is."""

from __future__ import annotations

from dataclasses import replace

import made_up_studies
import pytest

from data_schema.results import Released
from reports.blocks import Part
from reports.metadata import Metadata
from reports.parts import all_parts
from reports.rows import ANY, AmbiguousSelectionError, Rows
from reports.text import incidence, risk_factors

METADATA = Metadata(made_up_studies.study_of("simulated"))
OWN = tuple(made_up_studies.calcinosis())
CURVES = ("cumulative_incidence", "naive_one_minus_km", "ignoring_late_entry", "resolution")


def higher(row: Released) -> Released:
    up = {name: getattr(row, name) for name in ("estimate", "lower", "upper")}
    return replace(row, **{name: v and 1.7 * v for name, v in up.items()}, model="mine")


def beside() -> list[Released]:
    """Another curve, another model of ratios that is further from 1, another interval method."""
    rows = [higher(row) for row in OWN if row.measure in (*CURVES, "hazard_ratio", "time_lost")]
    rows += [higher(row) for row in OWN if row.measure == "interval_incidence"][:2]
    rows += [replace(row, model="mine") for row in OWN if row.measure.startswith("prevalence_p")]
    return list({row.id: row for row in rows}.values())


def other_choice() -> Released:
    """The median age of the statistician's page, made once more under another name."""
    age = next(r for r in OWN if r.measure == "median" and r.term == "age" and not r.strata)
    return replace(age, specification="my_check", estimate=1.0)


def contents(parts: tuple[Part, ...]) -> list:
    return [(part.id, part.title, part.question, part.blocks) for part in parts]


@pytest.mark.parametrize("more", [beside(), [other_choice()]], ids=["model", "choice"])
def test_a_second_model_leaves_every_sentence_table_and_figure_as_it_was(more) -> None:
    assert more
    before = all_parts(Rows(OWN), METADATA)
    for rows in (Rows((*OWN, *more)), Rows((*more, *OWN))):
        assert contents(all_parts(rows, METADATA)) == contents(before)


def test_a_headline_is_of_the_protocol_s_models() -> None:
    rows = Rows((*beside(), *OWN), models=tuple(one["name"] for one in METADATA.models))
    assert {row.model for row in risk_factors.strongest(rows, METADATA)} == {"mineral"}
    assert incidence.horizons(rows, METADATA) == incidence.horizons(Rows(OWN), METADATA)


def test_a_selection_names_its_model() -> None:
    rows = Rows((*OWN, *beside()))
    own, mine = (rows.curve("cumulative_incidence", "onset", **m) for m in ({}, {"model": "mine"}))
    assert {row.model for row in own} == {"aalen_johansen"}
    assert {row.model for row in mine} == {"mine"}
    assert len(own) == len(mine)


def test_an_ambiguous_selection_is_an_error_and_not_a_mix() -> None:
    rows = Rows((*OWN, *beside()))
    with pytest.raises(AmbiguousSelectionError, match="cumulative_incidence: .*mine"):
        rows.curve("cumulative_incidence", "onset", model=ANY)
    with pytest.raises(AmbiguousSelectionError, match="hazard_ratio"):
        rows.first(measure="hazard_ratio", model=("mineral", "mine"))
    both = Rows((other_choice(), *OWN))
    with pytest.raises(AmbiguousSelectionError, match="my_check"):
        both.first(measure="median", term="age", strata="", specification=ANY)
