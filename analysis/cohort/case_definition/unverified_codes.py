"""Unverified codes that matched records of the extract."""

from __future__ import annotations

from collections import Counter

from analysis.cohort.bucket import Bucket
from analysis.study import Study
from data_schema.codelists import Code, codes_matching
from data_schema.declarations import source
from data_schema.refusal import Refusal
from data_schema.results import Estimate
from data_schema.verification import concept_name, unverified_concepts

CODED = ("diagnoses", "procedures", "drugs")


def unverified_counts(bucket: Bucket) -> Counter[Code]:
    """Records of the bucket by the unverified row of a code list that matched them."""
    found: Counter[Code] = Counter()
    for name in CODED:
        rows = bucket.tables.get(name)
        if rows is None or rows.empty:
            continue
        for (system, code), n in rows.groupby(["system", "code"], sort=True).size().items():
            for row in codes_matching(system, code):
                if row.verified == "no":
                    found[row] += int(n)
    return found


def refuse_unconfirmed_concepts(study: Study) -> None:
    """Raises ``Refusal`` where a strict study reads unconfirmed concepts."""
    names = [concept_name(row) for row in unverified_concepts(source(study.source))]
    _refuse(study, names, "concept sets")


def refuse_unconfirmed_codes(study: Study, counts: Counter[Code]) -> None:
    """Raises ``Refusal`` where a record was matched by such a row of the code lists."""
    _refuse(study, sorted((row.system, row.code) for row in counts), "code lists")


def _refuse(study: Study, names: list[tuple[str, str]], where: str) -> None:
    left = study.codes.unconfirmed(names)
    if left:
        listed = ", ".join(f'"{system} {code}"' for system, code in left)
        raise Refusal(
            f"codes.strict: not verified in the {where}, and not in codes.confirmed: {listed}"
        )


def unverified_rows(counts: Counter[Code]) -> list[Estimate]:
    """One row a code of the lists: records matched, what it is taken for, where that is from."""
    return [
        Estimate(
            "quality",
            "unverified_code",
            population="extract",
            term=row.system,
            level=row.code,
            reference=row.group,
            estimate=float(n),
            numerator=float(n),
            unit="records",
            reason=f"{row.label}; from {row.source}",
        )
        for row, n in sorted(counts.items())
    ]
