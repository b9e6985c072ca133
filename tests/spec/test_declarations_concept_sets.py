"""Concept sets: readable, of one meaning, and agreeing with code lists and analytes."""

from __future__ import annotations

import pytest

from data_schema import concept_sets as module
from data_schema.codelists import codes_matching
from data_schema.concept_sets import HERE, LOCAL, ConceptSetError, concept_set, vocabulary_blocks
from data_schema.declarations import analytes, source, source_names, step_statements

SETS = tuple(sorted(p.stem for p in HERE.glob("*.csv") if p.stem != "vocabulary_blocks"))
ROWS = tuple((name, row) for name in SETS for row in concept_set(name))
SYSTEMS = {
    "ICD9CM": "icd9cm",
    "ICD10CM": "icd10cm",
    "ICD9Proc": "icd9proc",
    "ICD10PCS": "icd10pcs",
    "CPT4": "cpt",
}


def test_every_set_that_a_source_reads_is_there_and_every_set_is_read():
    read = {name for form in source_names() for name in source(form).concept_sets}
    assert read == set(SETS)


def test_a_concept_means_one_thing_over_all_sets():
    meaning: dict[str, str] = {}
    for _, row in ROWS:
        if row.concept_id:
            assert meaning.setdefault(row.concept_id, row.group) == row.group


def test_a_code_means_here_what_the_code_lists_say():
    """Continuous haemodialysis is the one that a timeline must tell apart."""
    seen = 0
    for _, row in ROWS:
        if row.vocabulary in SYSTEMS and row.code and row.code != "5A1D90Z":
            groups = {code.group for code in codes_matching(SYSTEMS[row.vocabulary], row.code)}
            assert row.group in groups, row.code
            seen += 1
    assert seen > 50


def test_laboratory_groups_are_analytes_and_units_are_spelt_as_they_spell_them():
    spelt = {unit.unit for analyte in analytes().values() for unit in analyte.units}
    for row in concept_set("laboratory"):
        assert row.group in analytes()
    for row in concept_set("units"):
        assert row.group == "unit" and row.label in spelt


def test_ids_of_analytes_and_of_concept_sets_agree():
    for row in concept_set("laboratory"):
        if row.concept_id and row.verified == "use":
            assert int(row.concept_id) in analytes()[row.group].omop


@pytest.mark.parametrize("excluded", ["3033973", "40762896", "3008152"])
def test_baseline_body_fluid_and_arterial_values_are_left_out(excluded):
    assert excluded not in {row.concept_id for _, row in ROWS}


def test_local_ids_stand_in_a_file_of_their_site():
    for name, row in ROWS:
        local = bool(row.concept_id) and int(row.concept_id) >= LOCAL
        assert local == (name == "mimic_iv_demo")


def test_blocks_of_ids_do_not_overlap():
    spans = sorted((int(b.first_concept_id), int(b.last_concept_id)) for b in vocabulary_blocks())
    assert all(low <= high for low, high in spans)
    assert all(first[1] < second[0] for first, second in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,SNOMED,,x,eskd,seen,maybe", "verified: not one of"),
        (",SNOMED,,x,eskd,seen,no", "neither concept_id nor code"),
        ("a,SNOMED,,x,eskd,seen,no", "concept_id: not a whole number"),
        (",ICD9CM,585.6,x,eskd,seen,no", "code: stands without dots"),
        ("1,SNOMED,,,eskd,seen,no", "must be filled"),
        ("1,SNOMED,,x,eskd,seen,no\n1,SNOMED,,y,eskd,seen,no", "concept_id: stands there twice"),
    ],
)
def test_a_set_that_cannot_be_read_is_refused_by_row(row, says, tmp_path, monkeypatch):
    head = ",".join(module.Concept._fields)
    (tmp_path / "bad.csv").write_text(f"{head}\n{row}\n")
    monkeypatch.setattr(module, "HERE", tmp_path)
    concept_set.cache_clear()
    with pytest.raises(ConceptSetError, match=says):
        concept_set("bad")
    concept_set.cache_clear()


def test_a_source_that_extends_another_has_its_selects_and_says_only_what_differs():
    mimic, omop = source("mimic_iv_demo_omop"), source("omop")
    assert step_statements("mimic_iv_demo_omop") == step_statements("omop")
    assert {f.name for f in mimic.files} == {f.name for f in omop.files}
    assert next(f.file for f in mimic.files if f.name == "concept") == "2b_concept"
    assert set(omop.cannot_carry) < set(mimic.cannot_carry)
    assert omop.calendar and not mimic.calendar
