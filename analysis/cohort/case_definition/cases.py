"""Who is a case, since when, and how surely: tiers of certainty, each with its date.

Definite: soft-tissue calcification on a radiograph or CT without recorded erosion. Probable: one
inpatient code of calcinosis cutis, or two outpatient ones 30 days apart (dated at the second: the
first would borrow the future); or calcification with erosion. Possible: the wide codes after
imaging in the 90 days before, and no ulcer or gangrene code by then. None of them after an
excluding diagnosis (connective tissue disease, sarcoidosis, cancer, hereditary disease).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.cohort.bucket import NEVER, Bucket, Days
from analysis.cohort.case_definition.adjudication import ADJUDICATION
from analysis.cohort.case_definition.lab_criterion import meets_criterion
from analysis.study import Outcome, Study
from data_schema.codelists import EXCLUSIONS, groups_of

IMAGING = ("radiograph", "ct")
OUTPATIENT_GAP = 30
IMAGING_WINDOW = 90
TIERS = ("definite", "probable", "possible")


@dataclass(frozen=True)
class Cases:
    """For each person: first day of each tier, of any tier in the protocol, and the last negative
    assessment."""

    tier_day: dict[str, Days]
    found_day: dict[str, Days]  # as tier_day, before any laboratory criterion
    onset: Days
    tier: NDArray[np.object_]
    last_negative: Days
    excluded: NDArray[np.bool_]
    refuted_rows: int


def find_cases(bucket: Bucket, study: Study) -> Cases:
    """Apply the protocol's case definition to one bucket."""
    if study.outcome.kind == "calcinosis":
        return _calcinosis(bucket, study)
    none = np.full(bucket.n, NEVER)
    dies = study.outcome.kind == "death"
    death = bucket.patient_days("death_date")
    onset = death if dies else _coded(bucket, study.outcome)
    return Cases(
        tier_day={},
        found_day={},
        onset=onset,
        tier=np.where(np.isfinite(onset), study.outcome.kind, ""),
        last_negative=none,
        excluded=np.zeros(bucket.n, dtype=bool),
        refuted_rows=0,
    )


def _coded(bucket: Bucket, outcome: Outcome) -> Days:
    rows = diagnoses(bucket)
    wanted = rows[(rows["system"] == outcome.system) & (rows["code"] == outcome.code)]
    return bucket.first_day(wanted["person"].to_numpy(), wanted["day"].to_numpy())


def _calcinosis(bucket: Bucket, study: Study) -> Cases:
    codes = diagnoses(bucket)
    assessed = assessments(bucket)
    excluded_from = _first(bucket, in_groups(codes, *EXCLUSIONS))
    found = {
        "definite": _definite(bucket, assessed),
        "probable": _probable(bucket, codes, assessed),
        "possible": _possible(bucket, codes, assessed),
    }
    allowed = {tier: np.where(day < excluded_from, day, NEVER) for tier, day in found.items()}
    tier_day = {tier: _kept(bucket, study, day) for tier, day in allowed.items()}
    asked = [t for t in TIERS if t in study.outcome.tiers]
    onset = np.minimum.reduce([tier_day[t] for t in asked])
    clean = assessed[(assessed["calcification"] == "no")]
    before = clean[clean["day"].to_numpy() < onset[clean["person"].to_numpy()]]
    excluded = np.isfinite(np.min([found[t] for t in asked], axis=0)) & (excluded_from <= onset)
    return Cases(
        tier_day=tier_day,
        found_day=allowed,
        onset=onset,
        tier=_best_tier(tier_day, onset, asked),
        last_negative=_last(bucket, before),
        excluded=excluded & ~np.isfinite(onset),
        refuted_rows=_refuted(bucket),
    )


def diagnoses(bucket: Bucket) -> pd.DataFrame:
    """Coded diagnoses that stand, with their day and code groups."""
    return bucket.once("diagnoses", lambda: _diagnoses(bucket))


def _diagnoses(bucket: Bucket) -> pd.DataFrame:
    frame = bucket.tables.get("diagnoses")
    if frame is None:
        return _empty("system", "code", "setting", "groups")
    kept = frame[~frame["status"].isin(["refuted", "entered_in_error"])]
    pairs = kept[["system", "code"]].drop_duplicates()
    groups = {(s, c): groups_of(s, c) for s, c in zip(pairs["system"], pairs["code"], strict=True)}
    return kept.assign(
        day=bucket.days(kept["date"], kept["person"].to_numpy()),
        groups=[groups[key] for key in zip(kept["system"], kept["code"], strict=True)],
    )


def assessments(bucket: Bucket) -> pd.DataFrame:
    """Assessments with their day; adjudication of the records is not one."""
    return bucket.once("assessments", lambda: _assessments(bucket))


def _assessments(bucket: Bucket) -> pd.DataFrame:
    frame = bucket.tables.get("assessments")
    if frame is None:
        return _empty("method", "site", "calcification", "erosion")
    frame = frame[frame["method"] != ADJUDICATION]
    return frame.assign(day=bucket.days(frame["date"], frame["person"].to_numpy()))


def _empty(*columns: str) -> pd.DataFrame:
    kinds = {"person": np.int64, "day": np.float64, **dict.fromkeys(columns, object)}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})


def _refuted(bucket: Bucket) -> int:
    frame = bucket.tables.get("diagnoses")
    if frame is None:
        return 0
    return int(frame["status"].isin(["refuted", "entered_in_error"]).sum())


def in_groups(codes: pd.DataFrame, *groups: str) -> pd.DataFrame:
    """Diagnoses by a code of one of the groups; asked once of each distinct code's groups."""
    place, distinct = pd.factorize(codes["groups"].to_numpy(object))
    wanted = [not set(groups).isdisjoint(theirs) for theirs in distinct]
    return codes[np.array(wanted, dtype=bool)[place]]


def _first(bucket: Bucket, frame: pd.DataFrame) -> Days:
    return bucket.first_day(frame["person"].to_numpy(np.int64), frame["day"].to_numpy(float))


def _last(bucket: Bucket, frame: pd.DataFrame) -> Days:
    last = np.full(bucket.n, -NEVER)
    np.maximum.at(last, frame["person"].to_numpy(np.int64), frame["day"].to_numpy(float))
    return last


def _seen(assessed: pd.DataFrame) -> pd.DataFrame:
    return assessed[assessed["method"].isin(IMAGING) & (assessed["calcification"] == "yes")]


def _definite(bucket: Bucket, assessed: pd.DataFrame) -> Days:
    seen = _seen(assessed)
    return _first(bucket, seen[seen["erosion"] != "yes"])


def _probable(bucket: Bucket, codes: pd.DataFrame, assessed: pd.DataFrame) -> Days:
    core = in_groups(codes, "case_core")
    inpatient = _first(bucket, core[core["setting"] == "inpatient"])
    other = core[core["setting"] != "inpatient"]
    first = _first(bucket, other)
    late = other["day"].to_numpy() >= first[other["person"].to_numpy(np.int64)] + OUTPATIENT_GAP
    seen = _seen(assessed)
    eroded = _first(bucket, seen[seen["erosion"] == "yes"])
    return np.minimum.reduce([inpatient, _first(bucket, other[late]), eroded])


def _possible(bucket: Bucket, codes: pd.DataFrame, assessed: pd.DataFrame) -> Days:
    wide = pd.concat([in_groups(codes, "case_wide"), in_groups(codes, "case_possible")])
    wide = wide[["person", "day"]].drop_duplicates()
    images = assessed.loc[assessed["method"].isin(IMAGING), ["person", "day"]]
    pairs = wide.merge(images, on="person", suffixes=("", "_image"))
    gap = pairs["day"] - pairs["day_image"]
    imaged = pairs[(gap >= 0) & (gap <= IMAGING_WINDOW)]
    ulcer = _first(bucket, in_groups(codes, "ulcer"))
    clean = imaged["day"].to_numpy() < ulcer[imaged["person"].to_numpy(np.int64)]
    return _first(bucket, imaged[clean])


def _kept(bucket: Bucket, study: Study, day: Days) -> Days:
    """Days that the protocol's laboratory criterion lets stand; unknown labs do not meet it."""
    if study.outcome.lab_criterion == "off":
        return day
    return np.where(meets_criterion(bucket, day, study.outcome.lab_criterion), day, NEVER)


def _best_tier(tier_day: dict[str, Days], onset: Days, asked: Sequence[str]) -> NDArray[np.object_]:
    """The surest tier that is reached on the day of onset."""
    tier = np.full(len(onset), "", dtype=object)
    for name in reversed(list(asked)):
        tier[np.isfinite(onset) & (tier_day[name] == onset)] = name
    return tier
