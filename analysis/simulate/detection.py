"""Detection of onset: radiographs at intervals, symptoms, codes; and look-alikes.

Scenarios A and B: a film on the day of onset, and films never err. Scenarios C and D: onset is
seen only at routine films and once there are symptoms, films miss some, and (D) codes are given in
error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from analysis.simulate.course import Course, RowBuffer
from analysis.simulate.people import FAR, Centres, Window, ordinal
from analysis.simulate.setting import Setting

ICD10_FROM = ordinal(date(2015, 10, 1))
METHODS = ("radiograph", "ct", "examination")
SITES = ("hand", "shoulder", "hip", "elbow")
STATES = ("yes", "no", "not_assessed")
SETTINGS = ("inpatient", "outpatient", "registry")
STATUSES = ("confirmed", "refuted", "entered_in_error")
# A code in ICD-9-CM until 2015-09-30 and in ICD-10-CM after: index 2 k and 2 k + 1.
CODES = (
    ("icd9cm", "7093"),
    ("icd10cm", "L942"),
    ("icd9cm", "27549"),
    ("icd10cm", "E8359"),
    ("icd9cm", "7101"),
    ("icd10cm", "M341"),
    ("icd9cm", "135"),
    ("icd10cm", "D869"),
    ("icd9cm", "1749"),
    ("icd10cm", "C509"),
    ("icd9cm", "70710"),
    ("icd10cm", "L97909"),
    ("icd9cm", "58881"),
    ("icd10cm", "N2581"),
    ("icd9cm", "5856"),
    ("icd10cm", "N186"),
)
CALCINOSIS, WIDE, CONNECTIVE, SARCOID, CANCER, ULCER, HYPERPARATHYROIDISM, KIDNEY = range(8)
FILMS_AFTER_OPERATION = (30, 90, 180, 365)


@dataclass(frozen=True)
class Detection:
    assessments: dict[str, np.ndarray]  # person, day, method, site, calcification, erosion
    diagnoses: dict[str, np.ndarray]  # person, day, code, setting, status
    detected_day: np.ndarray  # by the case definition; FAR: never
    detectable: np.ndarray  # bool: observed at least once with the disease


def observed(course: Course, window: Window, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    """On dialysis, covered, and within the data on that day."""
    people = course.people
    on = np.zeros(len(day), dtype=bool)
    for episode in range(2):
        start, end = course.episode_start[episode, person], course.exit_day[episode, person]
        on |= (start <= day) & (day < end)
    covered = (people.coverage_start[person] <= day) & (day < people.coverage_end[person])
    return on & covered & (day <= window.end)


def detect(
    rng: np.random.Generator, course: Course, resolved_day: np.ndarray, setting: Setting
) -> Detection:
    """Records of a block, and the truth of what they show."""
    scenario, window, p = setting.scenario, setting.window, setting.p
    exact = scenario in ("A", "B")
    symptom_day = _symptoms(rng, course, resolved_day, exact, p)
    person, day = _films(rng, course, symptom_day, setting.centres, exact, p)
    keep = observed(course, window, person, day)
    assessments = _read(rng, course, resolved_day, scenario, person[keep], day[keep], p)
    film_day = _first(assessments, len(course.people), films_only=True)
    seen_day = np.minimum(_first(assessments, len(course.people), films_only=False), symptom_day)
    rows = RowBuffer()
    coded_day = _case_codes(rng, rows, course, window, seen_day, p)
    if scenario == "D":
        wrong = (rng.random(len(seen_day)) < p["false_code_share"]) & (seen_day == FAR)
        wrong &= ~course.people.excluded
        when = np.where(wrong, course.people.entry_day + rng.integers(1, 700, len(wrong)), FAR)
        coded_day = np.minimum(coded_day, _case_codes(rng, rows, course, window, when, p, 1.0))
    _other_codes(rng, rows, course, window, p)
    detected = np.minimum(film_day, coded_day)
    detected = np.where(course.people.excluded, FAR, detected)
    return Detection(
        assessments=assessments,
        diagnoses=rows.done("person", "day", "code", "setting", "status"),
        detected_day=detected,
        detectable=_observed_diseased(course, resolved_day, window),
    )


def _observed_diseased(course: Course, resolved_day: np.ndarray, window: Window) -> np.ndarray:
    """Observed on some day from onset to resolution."""
    people = course.people
    start = np.maximum(course.onset_day, people.coverage_start)
    end = np.minimum(np.minimum(resolved_day, people.coverage_end), window.end + 1)
    begins = np.maximum(start, course.episode_start)
    return (begins < np.minimum(end, course.exit_day)).any(axis=0)


def _symptoms(
    rng: np.random.Generator,
    course: Course,
    resolved_day: np.ndarray,
    exact: bool,
    p: Mapping[str, float],
) -> np.ndarray:
    """Day on which the disease makes itself known; in scenarios A and B the day of onset itself."""
    wait = rng.exponential(p["symptom_days"], len(resolved_day)).astype(np.int64) + 1
    day = course.onset_day if exact else np.minimum(course.onset_day + wait, FAR)
    day = np.maximum(day, course.people.coverage_start) if exact else day
    return np.where((course.onset_day < FAR) & (day < resolved_day), day, FAR)


def _films(
    rng: np.random.Generator,
    course: Course,
    symptom_day: np.ndarray,
    centres: Centres,
    exact: bool,
    p: Mapping[str, float],
) -> tuple[np.ndarray, np.ndarray]:
    """Who is assessed when: routine, for symptoms, and after parathyroidectomy."""
    people, n = course.people, len(course.people)
    every = centres.assessment_days[people.centre][:, None]
    rounds = 14
    start = course.episode_start.T[:, :, None] + rng.integers(0, 60, (n, 2, 1))
    routine = start + every[:, :, None] * np.arange(rounds) + rng.integers(0, 60, (n, 2, rounds))
    share = np.full(rounds, p["assessment_done"])
    share[0] = p["assessment_baseline"]
    done = (rng.random((n, 2, rounds)) < share) & (course.episode_start.T[:, :, None] < FAR)
    who, _, _ = np.nonzero(done)
    imaged = (symptom_day < FAR) & (exact | (rng.random(n) < p["symptom_imaging"]))
    cases = np.flatnonzero(
        (course.onset_day <= course.operation_day) & (course.operation_day < FAR)
    )
    after = course.operation_day[cases][:, None] + np.array(FILMS_AFTER_OPERATION)
    followed = rng.random(after.shape) < 0.9
    person = np.concatenate(
        [who, np.flatnonzero(imaged), np.broadcast_to(cases[:, None], after.shape)[followed]]
    )
    day = np.concatenate([routine[done].astype(np.int64), symptom_day[imaged], after[followed]])
    return _once_a_day(person, day)


def _once_a_day(person: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """In order of person and day, one assessment a day."""
    key = np.unique(person.astype(np.int64) * (2 * FAR) + day)
    return key // (2 * FAR), key % (2 * FAR)


def _read(
    rng: np.random.Generator,
    course: Course,
    resolved_day: np.ndarray,
    scenario: str,
    person: np.ndarray,
    day: np.ndarray,
    p: Mapping[str, float],
) -> dict[str, np.ndarray]:
    """What each film shows, at one site or two."""
    diseased = (course.onset_day[person] <= day) & (day < resolved_day[person])
    chance = rng.random(len(day))
    exact = scenario in ("A", "B")
    wrong = p["radiograph_false_positive"] if scenario == "D" else 0.0
    positive = (
        diseased
        if exact
        else np.where(diseased, chance < p["radiograph_sensitivity"], chance < wrong)
    )
    unsure = rng.random(len(day))
    unknown = unsure < p["erosion_unknown"]
    eroded = (unsure > 1 - p["erosion_yes"]) & positive & (not exact)
    erosion = np.where(eroded, 0, np.where(unknown & (not exact), 2, 1))
    kind = rng.random(len(day))
    method = np.where(exact & positive, 0, (kind > 0.90).astype(int) + (kind > 0.96))
    both = np.flatnonzero(rng.random(len(day)) < 0.3)
    site = course.people.number[person] % len(SITES)
    order = np.concatenate([np.arange(len(day)), both])
    second = np.concatenate([np.zeros(len(day), dtype=int), np.ones(len(both), dtype=int)])
    return {
        "person": person[order],
        "day": day[order],
        "method": method[order],
        "site": (site[order] + second) % len(SITES),
        "calcification": np.where(positive[order], 0, 1),
        "erosion": erosion[order],
    }


def _first(assessments: dict[str, np.ndarray], n: int, films_only: bool) -> np.ndarray:
    """First positive assessment; films: radiograph or CT (with erosion the tier is probable)."""
    positive = assessments["calcification"] == 0
    if films_only:
        positive &= assessments["method"] < 2
    first = np.full(n, FAR)
    np.minimum.at(first, assessments["person"][positive], assessments["day"][positive])
    return first


def _case_codes(
    rng: np.random.Generator,
    rows: RowBuffer,
    course: Course,
    window: Window,
    known_day: np.ndarray,
    p: Mapping[str, float],
    share: float | None = None,
) -> np.ndarray:
    """Code those known from ``known_day``; answers the day on which the codes make a case.

    One inpatient code, or two outpatient codes at least 30 days apart (then the second's day).
    """
    n = len(known_day)
    coded = (known_day < FAR) & (rng.random(n) < (p["coded_share"] if share is None else share))
    inpatient = rng.random(n) < p["inpatient_share"]
    first = np.where(coded, known_day + rng.integers(0, 21, n), FAR)
    second = first + rng.integers(30, 120, n)
    who = np.arange(n)
    ok_first = coded & observed(course, window, who, first)
    ok_second = ok_first & ~inpatient & observed(course, window, who, second)
    _add(rows, np.flatnonzero(ok_first), first[ok_first], CALCINOSIS, (~inpatient)[ok_first])
    _add(rows, np.flatnonzero(ok_second), second[ok_second], CALCINOSIS, 1)
    return np.where(ok_first & inpatient, first, np.where(ok_second, second, FAR))


def _add(
    rows: RowBuffer,
    person: np.ndarray,
    day: np.ndarray,
    kind: int | np.ndarray,
    setting: int | np.ndarray,
    status: int | np.ndarray = 0,
) -> None:
    count = len(person)
    rows.add(
        person=person,
        day=day,
        code=2 * np.broadcast_to(kind, count) + (day >= ICD10_FROM),
        setting=np.broadcast_to(setting, count),
        status=np.broadcast_to(status, count),
    )


def _other_codes(
    rng: np.random.Generator,
    rows: RowBuffer,
    course: Course,
    window: Window,
    p: Mapping[str, float],
) -> None:
    """Kidney failure, look-alikes, refuted codes: dated soon after the person is observable."""
    people, n = course.people, len(course.people)
    early = np.maximum(people.coverage_start, people.registry_day)
    shares = np.array([p["connective_share"], p["sarcoid_share"], p["cancer_share"]])
    look_alike = CONNECTIVE + (rng.random(n)[:, None] > np.cumsum(shares / shares.sum())[:-1]).sum(
        axis=1
    )
    _add_observed(rows, course, window, people.excluded, early, look_alike, 1)
    _add_observed(rows, course, window, np.ones(n, dtype=bool), early, KIDNEY, 2)
    for kind, share in (
        (WIDE, p["wide_code_share"]),
        (ULCER, p["ulcer_share"]),
        (HYPERPARATHYROIDISM, p["hyperparathyroidism_code_share"]),
    ):
        later = early + rng.integers(0, 1500, n)
        _add_observed(rows, course, window, rng.random(n) < share, later, kind, 1)
    refuted = rng.random(n) < p["refuted_share"]
    status = 1 + rng.integers(0, 2, n)
    _add_observed(rows, course, window, refuted, early + 100, CALCINOSIS, 0, status)


def _add_observed(
    rows: RowBuffer,
    course: Course,
    window: Window,
    chosen: np.ndarray,
    day: np.ndarray,
    kind: int | np.ndarray,
    setting: int,
    status: int | np.ndarray = 0,
) -> None:
    n = len(chosen)
    i = np.flatnonzero(chosen & observed(course, window, np.arange(n), day))
    _add(
        rows,
        i,
        day[i],
        np.broadcast_to(kind, n)[i],
        setting,
        np.broadcast_to(status, n)[i],
    )
