"""Unverified codes in use: counted by the row that matched, and a strict protocol stops at them."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from analysis.cohort.bucket import Bucket
from analysis.cohort.case_definition.unverified_codes import (
    refuse_unconfirmed_codes,
    refuse_unconfirmed_concepts,
    unverified_counts,
    unverified_rows,
)
from analysis.study import PROTOCOLS, Study, read_study
from data_schema.refusal import Refusal
from data_schema.verification import Verification


def coded(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(pairs), columns=["system", "code"])


def bucket() -> Bucket:
    tables = {
        "diagnoses": coded(("icd10cm", "L942"), ("icd10cm", "N186")),  # both verified
        "procedures": coded(
            ("cpt", "60502"),  # not verified
            ("cpt", "60502"),
            ("cpt", "60500"),  # verified
            ("icd10pcs", "0GTQ0ZZ"),  # matched by a regular expression, not verified
            ("nowhere", "60502"),  # the code of another system is another code
        ),
        "drugs": coded(("atc", "A11CC03")),  # not verified
    }
    people = pd.DataFrame({"patient_id": ["1"]})
    return Bucket(0, "day", people, tables, frozenset(tables))


def strict(name: str, *confirmed: str) -> Study:
    told = Verification(strict=True, confirmed=confirmed)
    return read_study(PROTOCOLS / f"{name}.toml").model_copy(update={"codes": told})


def test_records_are_counted_by_the_row_that_matched_them():
    counts = unverified_counts(bucket())
    by_code = {(row.system, row.code): n for row, n in counts.items()}
    assert by_code == {
        ("cpt", "60502"): 2,
        ("icd10pcs", "0GT[LMNPQR][04]ZZ"): 1,
        ("atc", "A11CC03"): 1,
    }
    rows = unverified_rows(counts)
    assert [(row.term, row.level, row.numerator) for row in rows] == [
        ("atc", "A11CC03", 1.0),
        ("cpt", "60502", 2.0),
        ("icd10pcs", "0GT[LMNPQR][04]ZZ", 1.0),
    ]
    assert all("general knowledge" in row.reason for row in rows)


def test_a_strict_study_stops_and_names_what_to_confirm():
    counts = unverified_counts(bucket())
    with pytest.raises(Refusal) as refused:
        refuse_unconfirmed_codes(strict("registry", "atc A11CC03"), counts)
    told = str(refused.value)
    assert '"cpt 60502"' in told and '"icd10pcs 0GT[LMNPQR][04]ZZ"' in told
    assert "A11CC03" not in told and "60500" not in told


def test_confirmed_codes_pass_and_a_lax_study_never_stops():
    counts = unverified_counts(bucket())
    confirmed = ("atc A11CC03", "cpt 60502", "icd10pcs *")
    refuse_unconfirmed_codes(strict("registry", *confirmed), counts)
    refuse_unconfirmed_codes(read_study(PROTOCOLS / "registry.toml"), counts)
    refuse_unconfirmed_codes(strict("registry"), Counter())


def test_a_strict_study_stops_at_concepts_that_its_source_reads():
    refuse_unconfirmed_concepts(strict("registry"))  # the native form reads none
    with pytest.raises(Refusal, match='codes.strict: .*concept sets.*"LOINC 14866-3"'):
        refuse_unconfirmed_concepts(strict("omop"))
    every = [f"{system} *" for system in ("LOINC", "UCUM", "SNOMED", "HCPCS", "CPT4", "ICD10PCS")]
    left = ["CMS Place of Service *", "NUCC *", "Visit *"]
    refuse_unconfirmed_concepts(strict("omop", *every, *left))
    with pytest.raises(Refusal) as refused:
        refuse_unconfirmed_concepts(strict("omop", *every))
    assert "LOINC" not in str(refused.value)


def test_a_star_confirms_only_what_begins_so():
    told = Verification(strict=True, confirmed=("cpt 605*",))
    assert told.confirms("cpt", "60502")
    assert not told.confirms("cpt", "50360")
    assert not told.confirms("cpt4", "60502")
