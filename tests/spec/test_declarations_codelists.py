"""Code lists: little tables of codes and what they must mean, traps first."""

from __future__ import annotations

import re

import pytest

from data_schema.codelists import (
    EXCLUSIONS,
    NAMES,
    PARATHYROIDECTOMY,
    Code,
    canonical_code,
    codelist,
    codes_matching,
    digest,
    grouped,
    groups_of,
)

MEANINGS = [
    # the case, and its dotted form
    ("icd10cm", "L942", "case_core"),
    ("icd10cm", "L94.2", "case_core"),
    ("icd10cm", "l94.2", "case_core"),
    ("icd9cm", "7093", "case_core"),
    ("icd10cm", "E8359", "case_wide"),
    ("icd9cm", "27549", "case_wide"),
    # the longest match wins
    ("icd10cm", "M6140", "case_possible"),
    ("icd10cm", "M619", "case_possible"),
    ("icd10cm", "M6100", "muscle"),
    ("icd10cm", "E8352", "ca_other"),
    ("icd10cm", "E8339", "phosphorus"),
    # look-alikes
    ("icd10cm", "D863", "ex_sarcoid"),
    ("icd9cm", "135", "ex_sarcoid"),
    ("icd10cm", "M3410", "ex_ctd"),
    ("icd10cm", "E201", "ex_hereditary"),
    ("icd10cm", "C9000", "ex_cancer"),
    ("icd10cm", "C4A9", "ex_cancer"),
    ("icd9cm", "1749", "ex_cancer"),
    ("icd9cm", "20309", "ex_cancer"),
    ("icd9cm", "20930", "ex_cancer"),
    ("icd9cm", "70710", "ulcer"),
    ("icd10cm", "L97419", "ulcer"),
    ("edta_prd", "82", "ex_cancer"),
    ("usrds_pdis", "7101B", "ex_ctd"),
    ("edta_cod", "104", "calciphylaxis"),
    # operations
    ("icd9proc", "0681", "ptx_total"),
    ("icd9proc", "06.89", "ptx_other"),
    ("icd10pcs", "0GTQ0ZZ", "ptx"),
    ("icd10pcs", "0GBL3ZZ", "ptx"),
    ("cpt", "60500", "ptx"),
    ("opcs4", "B14.1", "ptx_total"),
    ("icd9proc", "5569", "transplant"),
    ("opcs4", "M012", "transplant"),
    ("cpt", "90960", "dialysis"),
    # drugs
    ("atc", "H05BX01", "calcimimetic"),
    ("atc", "H05BX02", "vitamin_d_active"),
    ("atc", "A11CC05", "vitamin_d_nutritional"),
    ("atc", "V03AE02", "binder_ca_free"),
    ("atc", "V03AE07", "binder_ca"),
]


@pytest.mark.parametrize(("system", "code", "group"), MEANINGS)
def test_a_code_means(system: str, code: str, group: str) -> None:
    assert groups_of(system, code) == (group,)


NOT_WHAT_THEY_LOOK_LIKE = [
    ("icd9cm", "E8330"),  # falls on stairs in water transport; in ICD-10-CM a phosphorus disorder
    ("icd9cm", "E8331"),
    ("icd9cm", "E8332"),
    ("icd9cm", "E8339"),
    ("icd9cm", "E8350"),  # other falls in water transport; in ICD-10-CM disorders of calcium
    ("icd9cm", "E8351"),
    ("icd9cm", "E8352"),
    ("icd9cm", "E8359"),
    ("icd9cm", "E892"),  # conflagration; in ICD-10-CM hypoparathyroidism after an operation
    ("icd10cm", "V5601XA"),  # traffic accident; in ICD-9-CM V56 is dialysis
    ("icd10cm", "V4200XA"),
    ("icd10cm", "135"),
    ("icd9cm", "L942"),
    ("icd10cm", "27549"),
    ("icd9cm", "20940"),  # benign
    ("icd9cm", "20969"),
    ("icd9cm", "70700"),  # pressure ulcer: not a pointer to calciphylaxis
    ("icd9cm", "70720"),
    ("icd9cm", "72991"),  # seroma, haematoma
    ("icd9cm", "72992"),
    ("icd10cm", "M7981"),
    ("icd10cm", "C97"),
    ("icd10cm", "D099"),
    ("icd10cm", "C0"),
    ("icd9cm", "2521X"),
    ("edta_prd", "3276"),  # tuberous sclerosis, inside 3194-3731
    ("edta_prd", "8"),
    ("icd10pcs", "0GTG0ZZ"),
    ("icd10pcs", "0GTQ0ZZZ"),
    ("cpt", "90971"),
    ("atc", "V03AE"),
    ("atc", "H05BX"),
    ("icd10cm", ""),
    ("nobody_s_system", "L942"),
]


@pytest.mark.parametrize(("system", "code"), NOT_WHAT_THEY_LOOK_LIKE)
def test_a_code_is_on_no_list(system: str, code: str) -> None:
    assert groups_of(system, code) == ()


@pytest.mark.parametrize("code", ["3555", "3564", "0"])
def test_uncertain_cause_is_a_category(code: str) -> None:
    assert groups_of("edta_prd", code) == ("prd_unknown",)


@pytest.mark.parametrize("code", ["0613", "0699"])
def test_other_parathyroid_operations_are_not_parathyroidectomy(code: str) -> None:
    assert not set(groups_of("icd9proc", code)) & set(PARATHYROIDECTOMY)


def test_a_diagnostic_excision_is_not_parathyroidectomy() -> None:
    assert groups_of("icd10pcs", "0GBQ0ZX") == ("not_ptx",)


def test_reimplantation_alone_is_not_parathyroidectomy() -> None:
    assert not set(groups_of("icd9proc", "0695")) & set(PARATHYROIDECTOMY)
    assert not set(groups_of("cpt", "60512")) & set(PARATHYROIDECTOMY)


@pytest.mark.parametrize(
    ("match", "codes"), [("0GT[LMNPQR][04]ZZ", 12), ("0GB[LMNPQR][034]ZZ", 18)]
)
def test_a_pattern_holds_as_many_codes_as_it_should(match: str, codes: int) -> None:
    parts = [a + b for a in "KLMNOPQRS" for b in "0123456789X"]
    found = [p for p in parts if re.fullmatch(match, match[:3] + p + "ZZ")]
    assert len(found) == codes
    assert all("ptx" in groups_of("icd10pcs", match[:3] + p + "ZZ") for p in found)


@pytest.mark.parametrize("code", ["V03AE01", "V03AE09", "V03AE10"])
def test_potassium_binders_are_not_phosphate_binders(code: str) -> None:
    assert groups_of("atc", code) == ("not_binder",)


@pytest.mark.parametrize("system", ["", " "])
def test_a_code_without_its_system_is_refused(system: str) -> None:
    with pytest.raises(ValueError, match="system"):
        groups_of(system, "L942")


def test_the_case_of_a_system_does_not_matter() -> None:
    assert groups_of("ICD10CM", "L942") == ("case_core",)


def test_who_codes_are_listed_and_never_match() -> None:
    who = [row for row in codelist("diagnoses") if row.system == "icd10who"]
    assert len(who) == 24
    assert all(row.verified == "no" and not row.enabled for row in who)
    assert groups_of("icd10who", "L942") == ()


def test_distinct_codes_are_grouped_for_a_join() -> None:
    pairs = [("icd10cm", "M6140"), ("icd10cm", "Z000"), ("icd9cm", "135"), ("icd10cm", "M6140")]
    assert grouped(pairs) == [
        ("icd10cm", "M6140", "case_possible"),
        ("icd9cm", "135", "ex_sarcoid"),
    ]


@pytest.mark.parametrize("name", NAMES)
class TestEveryList:
    def test_names_a_source_for_each_code(self, name: str) -> None:
        assert all(row.source and row.label and row.group for row in codelist(name))

    def test_lists_each_code_of_a_system_once(self, name: str) -> None:
        keys = [(row.system, row.code, row.match) for row in codelist(name)]
        assert len(keys) == len(set(keys))

    def test_writes_codes_in_canonical_form(self, name: str) -> None:
        for row in codelist(name):
            if row.match != "regex":
                assert row.code == canonical_code(row.code)
            assert row.system == row.system.lower()

    def test_gives_a_listed_code_its_own_group(self, name: str) -> None:
        """No row is hidden behind another one of its system."""
        for row in codelist(name):
            if row.enabled and row.match in ("exact", "prefix"):
                assert row in codes_matching(row.system, row.code)

    def test_has_a_version(self, name: str) -> None:
        assert re.fullmatch("[0-9a-f]{64}", digest(name))


def test_no_group_is_both_a_case_and_an_exclusion() -> None:
    groups = {row.group for row in codelist("diagnoses")}
    assert set(EXCLUSIONS) == {group for group in groups if group.startswith("ex_")}
    assert set(PARATHYROIDECTOMY) <= {row.group for row in codelist("procedures")}


def test_an_unknown_list_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        codelist("radiology")
    with pytest.raises(ValueError, match="name"):
        digest("radiology")


@pytest.mark.parametrize(
    ("code", "length"),
    [("C50", 3), ("C509", 3), ("C96", 3), ("C97", 0), ("C0", 0), ("B99", 0), ("D00", 0)],
)
def test_a_range_holds_both_its_ends_and_all_below_them(code: str, length: int) -> None:
    row = Code("icd10cm", "C00-C96", "range", "malignancy", "ex_cancer", "s", "code", True)
    assert row.length(code) == length
