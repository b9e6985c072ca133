"""The protocol (TOML) becomes one frozen ``Study``; the only reader of configuration.

Unknown keys are errors. A protocol may start from another one of the same folder with
``extends = "name"`` and say only what differs. Its hash stands on every output.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data_schema.declarations import read_toml, source, source_names
from data_schema.refusal import Refusal
from data_schema.standards import standard_names
from data_schema.verification import Verification

PROTOCOLS = Path(__file__).parents[1] / "data_schema" / "protocols"

Tier = Literal["definite", "probable", "possible"]
Competitor = Literal["death", "transplant", "recovery"]
Lab = Literal[
    "pth",
    "calcium",
    "calcium_corrected",
    "phosphate",
    "albumin",
    "alkaline_phosphatase",
    "vitamin_d_25oh",
    "bicarbonate",
]
Look = Literal["radiograph", "ct", "ultrasound", "biopsy", "examination"]
PERSONAL = ("sex", "age_at_entry", "primary_renal_disease")  # variables that do not move


class ProtocolError(Refusal):
    """A protocol that cannot be run; one line, without values."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Population(Part):
    """Who is followed, from when to when."""

    sentence: str
    data_start: date
    data_end: date
    entry_after_days: int = Field(90, ge=0)  # the 90-day rule; 0: from first dialysis
    late_entry: bool = True  # wait for registry entry and coverage
    coverage: tuple[str, ...] = ()  # domains in which a person must be observable
    deidentification: Literal["pseudonymised", "no_birth_date", "safe_harbor"] = "pseudonymised"
    minimum_age: float = Field(0, ge=0)
    time_scales: tuple[Literal["dialysis", "calendar"], ...] = ("dialysis",)


class Outcome(Part):
    """What counts as onset. ``calcinosis`` is decided by tiers, the others by one record."""

    kind: Literal["calcinosis", "death", "diagnosis"]
    label: str
    tiers: tuple[Tier, ...] = ("definite", "probable")
    lab_criterion: Literal["off", "any_mineral", "pth_required"] = "off"
    system: str = ""
    code: str = ""
    competing: tuple[Competitor, ...] = ("death", "transplant")
    resolution: bool = False
    negative_methods: tuple[Look, ...] = ("radiograph", "ct")  # whose clean look is a negative


class Exposures(Part):
    """Laboratory values as risk factors that move in time."""

    labs: tuple[Lab, ...] = ()
    valid_days: int = Field(180, ge=1)
    lag_days: int = Field(0, ge=0)
    albumin_within_days: int = Field(14, ge=0)
    calcium: Literal["corrected", "as_sent"] = "corrected"


class Missing(Part):
    """What becomes of risk intervals on which a covariate of a model is not known.

    ``complete``: they are left out. ``multiple_imputation``: as well as that, every model is fitted
    to ``imputations`` completed data sets, drawn from ``seed``, and the fits are pooled.
    """

    method: Literal["complete", "multiple_imputation"] = "complete"
    imputations: int = Field(20, ge=2)
    seed: int = Field(20_252, ge=0)


class Term(Part):
    """One term of a model: a column of the risk intervals, transformed."""

    name: str
    variable: str
    transform: Literal["identity", "log2", "per", "indicator"] = "identity"
    per: float = Field(1.0, gt=0)  # for "per": the step the ratio is for
    level: str = ""  # for "indicator": the level that is 1
    label: str


class Model(Part):
    name: str
    label: str
    causes: tuple[Literal["onset", "death", "transplant", "recovery"], ...] = ("onset",)
    terms: tuple[Term, ...]
    penalty: Literal["firth"] | None = None
    strata: tuple[Literal["sex", "primary_renal_disease", "centre_id"], ...] = ()


class Prior(Part):
    """A Beta(a, b) prior of a prevalence; ``says`` is its sentence in the report."""

    name: str
    a: float = Field(gt=0)
    b: float = Field(gt=0)
    says: str


class Break(Part):
    """A date at which recording changed."""

    date: date
    label: str


Reading = Literal[
    "ever_living/dialysis",
    "ever_living/krt",
    "point/dialysis",
    "point/krt",
    "period_ever/dialysis",
    "period_ever/krt",
    "period_active/dialysis",
    "period_active/krt",
    "lifetime/dialysis",
]
JEFFREYS = Prior(name="jeffreys", a=0.5, b=0.5, says="Jeffreys: Beta(0.5, 0.5)")


class Sensitivity(Part):
    """Other choices under which incidence is estimated again, one at a time."""

    entry_after_days: tuple[int, ...] = ()
    ignore_late_entry: bool = False
    transplant: tuple[Literal["competing", "censoring", "state"], ...] = ()
    tiers: tuple[tuple[Tier, ...], ...] = ()
    dating: tuple[Literal["first_code", "first_assessment"], ...] = ()


class Prevalence(Part):
    """Dates, groups and readings of the claim, the primary reading first."""

    point_dates: tuple[date, ...] = ()
    period_start: date | None = None
    period_end: date | None = None
    by: tuple[Literal["sex", "age_band", "modality", "vintage_band"], ...] = ()
    readings: tuple[Reading, ...] = ("ever_living/dialysis",)
    washout_days: int = Field(0, ge=0)  # observed so long before a date, or not counted
    trend_dates: tuple[date, ...] = ()  # at least three, for the change over time
    breaks: tuple[Break, ...] = ()
    standard: str = ""  # a name in data_schema/standards
    priors: tuple[Prior, ...] = (JEFFREYS,)


class KnownRate(Part):
    """A share of right verdicts and of how many people it is known; 0: taken as known."""

    share: float = Field(ge=0, le=1)
    of: float = Field(0, ge=0)


class Misclassification(Part):
    """Error rates of a set of case tiers; give sensitivity with specificity, or the PPV."""

    tiers: tuple[Tier, ...]
    sensitivity: KnownRate | None = None
    specificity: KnownRate | None = None
    ppv: KnownRate | None = None
    false_per_1000_py: float | None = Field(None, ge=0)  # false onsets accrue with time
    source: str


class Horizons(Part):
    years: tuple[float, ...] = (1, 3, 5, 10)
    curve_step_days: int = Field(30, ge=1)
    curve_end_years: float = Field(10.0, gt=0)
    fewest_at_risk: int = Field(1, ge=1)  # a curve starts where so many are at risk at every event


class Parathyroidectomy(Part):
    horizons_days: tuple[int, ...] = (30, 90, 180, 365)
    lab_window_days: tuple[int, int] = (14, 90)


class Release(Part):
    """What may leave. Suppress first, round second."""

    holder: Literal["simulated", "public", "usrds", "opensafely", "strict"]
    min_count: int = Field(11, ge=1)  # counts 1 .. min_count - 1 are hidden
    allow_zero: bool = True
    rounding: int = Field(5, ge=1)
    percent_from_rounded: bool = True
    curve_min_at_risk: int = Field(50, ge=1)
    significant_digits: int = Field(6, ge=1, le=17)


class Simulation(Part):
    """The registry of known truth; every number here is an assumption and labelled so."""

    ladder: Literal["A", "B", "C", "D"] = "D"
    preset: Literal["era_2010s_us", "era_1996_2001"] = "era_2010s_us"
    prevalence_target: float = Field(0.015, gt=0, lt=1)
    log_hazard_ratios: dict[str, float] = Field(default_factory=dict)
    dirt: bool = True


class Study(Part):
    """One study: population, outcome, exposures, models, release."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")  # also a folder
    title: str
    question: str
    source: str
    simulated: bool = False
    population: Population
    outcome: Outcome
    exposures: Exposures = Exposures()
    missing: Missing = Missing()
    models: tuple[Model, ...] = ()
    prevalence: Prevalence = Prevalence()
    misclassification: tuple[Misclassification, ...] = ()
    horizons: Horizons = Horizons()
    sensitivity: Sensitivity = Sensitivity()
    parathyroidectomy: Parathyroidectomy = Parathyroidectomy()
    release: Release
    codes: Verification = Verification()
    simulation: Simulation | None = None
    cannot_answer: dict[str, str] = Field(default_factory=dict)  # question -> why, in a sentence

    @model_validator(mode="after")
    def _is_coherent(self) -> Study:
        if self.source not in source_names():
            raise ValueError("source: no such folder in data_schema/sources")
        if self.simulated != (self.simulation is not None):
            raise ValueError("simulation: goes with simulated = true, and only with it")
        if self.outcome.kind == "diagnosis" and not (self.outcome.system and self.outcome.code):
            raise ValueError("outcome: a diagnosis needs its system and its code")
        if self.population.data_end <= self.population.data_start:
            raise ValueError("population.data_end: is not after data_start")
        self._periods_and_terms_make_sense()
        self._asks_for_no_value_that_was_not_collected()
        if self.models and self.exposures.labs and self.outcome.lab_criterion != "off":
            raise ValueError(
                "outcome.lab_criterion: a laboratory value that defines the case cannot also be "
                "its risk factor; set it to off"
            )
        return self

    def _periods_and_terms_make_sense(self) -> None:
        start, end = self.prevalence.period_start, self.prevalence.period_end
        if (start is None) != (end is None) or (start and end and end <= start):
            raise ValueError("prevalence.period_end: goes with period_start and lies after it")
        if self.prevalence.standard and self.prevalence.standard not in standard_names():
            raise ValueError("prevalence.standard: no such file in data_schema/standards")
        if any((m.sensitivity is None) != (m.specificity is None) for m in self.misclassification):
            raise ValueError("misclassification: sensitivity goes with specificity")
        known = {*PERSONAL, *self.exposures.labs}
        for model in self.models:
            if any(term.variable not in known for term in model.terms):
                raise ValueError(
                    "models.terms.variable: is neither a laboratory exposure of the protocol nor "
                    f"one of {', '.join(PERSONAL)}"
                )

    def _asks_for_no_value_that_was_not_collected(self) -> None:
        wanted = set(self.exposures.labs)
        if self.outcome.lab_criterion == "pth_required":
            wanted.add("pth")
        for hole in source(self.source).holes:
            start, end = self.population.data_start, self.population.data_end
            if hole.analyte in wanted and start < hole.end and hole.start <= end:
                raise ValueError(f"exposures.labs: {hole.analyte}: {hole.says}")

    @property
    def carried(self) -> Exposures:
        """Exposures with what they are derived from, where that is to be imputed."""
        labs = self.exposures.labs
        parts: tuple[Lab, ...] = ("calcium", "albumin")
        derived = self.exposures.calcium == "corrected" and "calcium_corrected" in labs
        if self.missing.method != "multiple_imputation" or not derived:
            return self.exposures
        more = tuple(part for part in parts if part not in labs)
        return self.exposures.model_copy(update={"labs": (*labs, *more)})

    @property
    def hash(self) -> str:
        """SHA-256 of the protocol as resolved."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def canonical_json(self) -> str:
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    def slice(self, *parts: str) -> dict:
        """The parts of the protocol that a stage depends on, as plain data."""
        return {part: self.model_dump(mode="json")[part] for part in parts}


def read_study(path: Path) -> Study:
    """Read a protocol; ``ProtocolError`` in one line, naming the file and the key."""
    try:
        return Study.model_validate(_resolved(path))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "protocol"
        raise ProtocolError(f"{path.name}: {where}: {first['msg']}") from None


def _resolved(path: Path, below: tuple[str, ...] = ()) -> dict:
    if path.stem in below:
        raise ProtocolError(f"{path.name}: extends: the protocols extend each other in a circle")
    if not path.is_file():
        raise ProtocolError(f"{path.name}: no such protocol")
    try:
        raw = read_toml(path)
    except (ValueError, UnicodeDecodeError) as error:
        place = str(error).split("(")[-1].rstrip(")") if "(" in str(error) else "unknown place"
        raise ProtocolError(f"{path.name}: not valid TOML ({place})") from None
    base = raw.pop("extends", None)
    if base is None:
        return raw
    if not isinstance(base, str) or not base.replace("_", "").isalnum():
        raise ProtocolError(f"{path.name}: extends: not the name of a protocol")
    return _merged(_resolved(path.parent / f"{base}.toml", (*below, path.stem)), raw)


def _merged(base: dict, changes: dict) -> dict:
    both = {
        key: _merged(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in changes.items()
    }
    return {**base, **both}
