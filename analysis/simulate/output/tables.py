"""A simulated block as the canonical tables, columns as declared in ``data_schema/tables``."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from analysis.simulate import detection, exits, labs, treatment
from analysis.simulate.course import MODALITIES, Course
from analysis.simulate.detection import Detection
from analysis.simulate.output.write import CategoricalColumn, Table, date_categories, day_codes
from analysis.simulate.people import FAR, PRIMARY_RENAL_DISEASE, Centres

DATES = date_categories()
EXTRA_VALUES = (">2500", ">265", "<0.3", "<1.0", "haemolysed", "insufficient", "see comment")
VALUES = pa.array([*labs.value_texts(), *EXTRA_VALUES])
UNITS = pa.array(labs.units())
ANALYTE_NAMES = pa.array([a.name for a in labs.ANALYTES])
TIMINGS = pa.array(["pre", "post", "not_applicable", "unknown"])
DIALYSATE_FREE = (labs.PTH, labs.VITAMIN_D, labs.ALKALINE)
DOMAINS = ("diagnoses", "procedures", "drugs", "labs", "assessments")
PROCEDURES = (
    ("icd9proc", "0681"),
    ("icd9proc", "0689"),
    ("cpt", "60500"),
    ("icd9proc", "5569"),
    ("cpt", "50360"),
)
SYSTEMS = pa.array(["icd9cm", "icd10cm", "local"])
DIAGNOSIS_CODES = pa.array([*(code for _, code in detection.CODES), "ZZ999", "Q0Q"])


def patient_ids(number: np.ndarray) -> pa.Array:
    return pa.array([f"P{k + 1:08d}" for k in number.tolist()])


def centre_ids(count: int) -> pa.Array:
    return pa.array([f"C{k + 1:03d}" for k in range(count)])


def dates(days: np.ndarray) -> CategoricalColumn:
    return CategoricalColumn(day_codes(days), DATES)


def categories(codes: np.ndarray, names: tuple[str, ...] | pa.Array) -> CategoricalColumn:
    listed = names if isinstance(names, pa.Array) else pa.array(list(names))
    return CategoricalColumn(codes.astype(np.int32), listed)


def texts(values: np.ndarray) -> CategoricalColumn:
    """Text computed row by row, for small tables."""
    names, codes = np.unique(values, return_inverse=True)
    return CategoricalColumn(codes.astype(np.int32), pa.array(names.tolist()))


def centres_table(centres: Centres) -> Table:
    count = len(centres.conventional)
    return {
        "centre_id": categories(np.arange(count), centre_ids(count)),
        "pth_assay": categories(centres.assay + 1, ("assay_a", "assay_b", "assay_c")),
        "calcium_correction": categories(np.full(count, -1), ("two_sided",)),
    }


def patients(course: Course, ids: pa.Array, centres: Centres) -> Table:
    people, n = course.people, len(course.people)
    lost = np.full(n, FAR)
    for episode in range(2):
        gone = course.exit_cause[episode] == exits.LOST
        lost = np.where(gone, course.exit_day[episode], lost)
    return {
        "patient_id": categories(np.arange(n), ids),
        "sex": categories(people.male.astype(int), ("female", "male")),
        "birth_date": dates(people.birth_day),
        "first_dialysis_date": dates(people.first_day),
        "registry_entry_date": dates(people.registry_day),
        "death_date": dates(course.death_day),
        "last_contact_date": dates(lost),
        "primary_renal_disease": categories(people.disease, tuple(PRIMARY_RENAL_DISEASE)),
        "centre_id": categories(people.centre, centre_ids(len(centres.conventional))),
    }


def spells(course: Course, ids: pa.Array, centres: Centres) -> Table:
    rows = course.spells
    order = np.lexsort((rows["start"], rows["person"]))
    person = rows["person"][order]
    return {
        "patient_id": categories(person, ids),
        "start_date": dates(rows["start"][order]),
        "end_date": dates(rows["end"][order]),
        "modality": categories(rows["modality"][order], MODALITIES),
        "centre_id": categories(
            course.people.centre[person], centre_ids(len(centres.conventional))
        ),
    }


def lab_results(course: Course, ids: pa.Array, centres: Centres, delayed: bool) -> Table:
    """In order of person, day and analyte. ``delayed``: PTH is known up to two days later."""
    rows = course.labs
    key = (rows["person"].astype(np.int64) * (4 * 10**5) + rows["day"]) * 8 + rows["analyte"]
    order = np.argsort(key, kind="stable")
    person, day, analyte, steps = (
        rows[name][order] for name in ("person", "day", "analyte", "steps")
    )
    centre = course.people.centre[person]
    conventional = centres.conventional[centre]
    pre = np.where(rows["peritoneal"][order] == 1, 2, 0)
    timing = np.where(np.isin(analyte, DIALYSATE_FREE), 2, pre)
    upper = 2 * (centres.assay[centre] + 1) + ~conventional
    return {
        "patient_id": categories(person, ids),
        "sample_date": dates(day),
        "result_date": dates(np.where(delayed & (analyte == labs.PTH), day + person % 3, FAR)),
        "analyte": categories(analyte, ANALYTE_NAMES),
        "value": categories(labs.text_index(analyte, steps, conventional), VALUES),
        "unit": categories(2 * analyte + ~conventional, UNITS),
        "timing": categories(timing, TIMINGS),
        "assay_upper_limit": categories(np.where(analyte == labs.PTH, upper, -1), _upper_limits()),
        "centre_id": categories(centre, centre_ids(len(centres.conventional))),
    }


def _upper_limits() -> pa.Array:
    listed = labs.ASSAY_UPPER_LIMIT
    return pa.array(
        [text for k in (-1, 0, 1) for text in (f"{listed[k]:g}", f"{listed[k] / 9.425:.1f}")]
    )


def drugs(course: Course, ids: pa.Array) -> Table:
    rows, people = course.drugs, course.people
    codes = np.full(len(rows["person"]), "", dtype="U8")
    binder = course.calcium_binder[rows["person"]]
    number = people.number[rows["person"]]
    for drug in range(3):
        chosen = rows["drug"] == drug
        codes[chosen] = treatment.code_of(drug, binder[chosen], number[chosen])
    warfarin = np.flatnonzero(people.warfarin)
    person = np.concatenate([rows["person"], warfarin])
    start = np.concatenate([rows["start"], people.registry_day[warfarin]])
    end = np.concatenate([rows["end"], course.exit_day[0, warfarin]])
    codes = np.concatenate([codes, np.full(len(warfarin), treatment.WARFARIN_CODE)])
    order = np.lexsort((codes, start, person))
    return {
        "patient_id": categories(person[order], ids),
        "start_date": dates(start[order]),
        "end_date": dates(end[order]),
        "system": categories(np.zeros(len(order)), ("atc",)),
        "code": texts(codes[order]),
    }


def diagnoses(found: Detection, ids: pa.Array) -> Table:
    rows = found.diagnoses
    order = np.lexsort((rows["setting"], rows["code"], rows["day"], rows["person"]))
    code = rows["code"][order]
    return {
        "patient_id": categories(rows["person"][order], ids),
        "date": dates(rows["day"][order]),
        "system": categories(code % 2, SYSTEMS),
        "code": categories(code, DIAGNOSIS_CODES),
        "setting": categories(rows["setting"][order], detection.SETTINGS),
        "status": categories(rows["status"][order], detection.STATUSES),
    }


def assessments(found: Detection, ids: pa.Array) -> Table:
    rows = found.assessments
    order = np.lexsort((rows["site"], rows["day"], rows["person"]))
    return {
        "patient_id": categories(rows["person"][order], ids),
        "date": dates(rows["day"][order]),
        "method": categories(rows["method"][order], detection.METHODS),
        "site": categories(rows["site"][order], detection.SITES),
        "calcification": categories(rows["calcification"][order], detection.STATES),
        "erosion": categories(rows["erosion"][order], detection.STATES),
    }


def procedures(course: Course, ids: pa.Array) -> Table:
    """Parathyroidectomy, sometimes on two claims days apart, and transplantation."""
    number = course.people.number
    known = course.operation_day >= course.people.registry_day
    operated = np.flatnonzero(known & (course.operation_day < FAR))
    day = course.operation_day[operated]
    kind = np.where(day >= detection.ICD10_FROM, 2, (number[operated] % 5 < 3).astype(int))
    twice = operated[(number[operated] % 10 < 3) & (kind < 2)]
    chunks = [(operated, day, kind)]
    chunks.append((twice, course.operation_day[twice] + 3, np.full(len(twice), 2)))
    for episode in range(2):
        grafted = np.flatnonzero(course.exit_cause[episode] == exits.TRANSPLANT)
        when = course.exit_day[episode, grafted]
        chunks.append((grafted, when, np.where(when >= detection.ICD10_FROM, 4, 3)))
    person, day, kind = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    order = np.lexsort((kind, day, person))
    return {
        "patient_id": categories(person[order], ids),
        "date": dates(day[order]),
        "system": categories(kind[order], tuple(system for system, _ in PROCEDURES)),
        "code": categories(kind[order], tuple(code for _, code in PROCEDURES)),
    }


def coverage(course: Course, ids: pa.Array) -> Table:
    people, n, count = course.people, len(course.people), len(DOMAINS)
    domain = np.tile(np.arange(count), n)
    person = np.repeat(np.arange(n), count)
    is_lab = domain == DOMAINS.index("labs")
    start = np.where(is_lab, people.registry_day[person], people.coverage_start[person])
    return {
        "patient_id": categories(person, ids),
        "domain": categories(domain, DOMAINS),
        "start_date": dates(start),
        "end_date": dates(np.where(is_lab, FAR, people.coverage_end[person])),
    }
