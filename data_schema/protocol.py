"""What a protocol may say: every key, with its limits, its default and its meaning.

A protocol is the study's declaration, in TOML. ``analysis.study`` reads one and holds what its
parts ask for against each other; ``docs/protocol.md`` is generated from this file.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from data_schema.protocol_models import Analysis, Model, Section
from data_schema.protocol_versions import VERSION
from data_schema.verification import Verification

Tier = Literal["definite", "probable", "possible"]
Competitor = Literal["death", "transplant", "recovery"]
Lab = Literal[
    "pth",
    "pth_uln",
    "pth_whole",
    "calcium",
    "calcium_corrected",
    "phosphate",
    "albumin",
    "alkaline_phosphatase",
    "vitamin_d_25oh",
    "bicarbonate",
]
Assessment = Literal["radiograph", "ct", "ultrasound", "biopsy", "examination"]
PrevalenceDefinition = Literal[
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


class Population(Section):
    """Who is followed, from when to when."""

    sentence: str
    """Who is followed, as the report says it"""
    data_start: date
    """First day of the study; nobody enters before it"""
    data_end: date
    """Last day of the study; follow-up ends there"""
    entry_after_days: int = Field(90, ge=0)
    """Days on dialysis before follow-up starts (the 90-day rule); 0: from first dialysis"""
    late_entry: bool = True
    """Follow-up waits for registry entry and for coverage"""
    coverage: tuple[str, ...] = ()
    """Kinds of record (`domain` of the table coverage) for which a person must be observable; \
nobody is at risk in a gap"""
    deidentification: Literal["pseudonymised", "no_birth_date", "safe_harbor"] = "pseudonymised"
    """What the holder removed; what it should have removed and did not stops the run"""
    minimum_age: float = Field(0, ge=0)
    """Years at first dialysis; younger people are left out and counted"""
    time_scales: tuple[Literal["dialysis", "calendar"], ...] = ("dialysis",)
    """Time scales of the survival curves: days since first dialysis, or the calendar"""


class Outcome(Section):
    """What counts as onset. `calcinosis` is decided by tiers, the others by one record."""

    kind: Literal["calcinosis", "death", "diagnosis"]
    """What onset is"""
    label: str
    """What onset is, as the report says it"""
    tiers: tuple[Tier, ...] = ("definite", "probable")
    """Tiers of evidence that count as a case"""
    lab_criterion: Literal["off", "any_mineral", "pth_required"] = "off"
    """Laboratory values a case must also have; refused where they are risk factors too"""
    system: str = ""
    """For `diagnosis`: the coding system"""
    code: str = ""
    """For `diagnosis`: the code, to the letter"""
    competing: tuple[Competitor, ...] = ("death", "transplant")
    """What ends the risk of onset as an event of its own, for good; what is not named censors, \
and a return to dialysis [re-enters](decisions/risk_intervals.md) with the original time zero"""
    resolution: bool = False
    """Whether later assessments of a case are read for its resolution"""
    negative_methods: tuple[Assessment, ...] = ("radiograph", "ct")
    """Methods whose negative assessment shows that there is no calcification"""


class Exposures(Section):
    """Laboratory values as risk factors that move in time."""

    labs: tuple[Lab, ...] = ()
    """Values carried forward into the risk intervals; `pth`: by intact assays, `pth_whole`: by \
those of the whole molecule, `pth_uln`: `pth` over its assay's limit"""
    valid_days: int = Field(180, ge=1)
    """Days for which a value counts as known"""
    lag_days: int = Field(0, ge=0)
    """Days after the sample before its value acts"""
    albumin_within_days: int = Field(14, ge=0)
    """Days between calcium and the albumin that corrects it, at most"""
    calcium: Literal["corrected", "as_sent"] = "corrected"
    """`corrected`: here, for albumin; `as_sent`: by the laboratory (analyte calcium_corrected)"""


class Missing(Section):
    """What becomes of risk intervals on which a covariate of a model is not known."""

    method: Literal["complete", "multiple_imputation"] = "complete"
    """`complete`: left out; `multiple_imputation`: beside that, imputed, fitted and pooled"""
    imputations: int = Field(20, ge=2)
    """Completed data sets"""
    seed: int = Field(20_252, ge=0)
    """Seed of the imputations"""
    most_people: int = Field(30_000, ge=100)
    """Of more people without a seen onset so many are sampled and weighted, and of those \
with one likewise: what is imputed has to be held at once"""


class Prior(Section):
    """A Beta(a, b) prior of a prevalence."""

    name: str
    """Its name in the rows of the report"""
    a: float = Field(gt=0)
    """Cases that its weight equals"""
    b: float = Field(gt=0)
    """People without the disease that its weight equals"""
    says: str
    """What the report calls it"""


class Break(Section):
    """A date at which recording changed."""

    date: date
    """The first day of the new way"""
    label: str
    """What changed"""


JEFFREYS = Prior(name="jeffreys", a=0.5, b=0.5, says="Jeffreys: Beta(0.5, 0.5)")


class Prevalence(Section):
    """Dates, groups and definitions of prevalence."""

    point_dates: tuple[date, ...] = ()
    """Days on which people are counted"""
    period_start: date | None = None
    """First day of the period; goes with `period_end`"""
    period_end: date | None = None
    """Last day of the period"""
    by: tuple[Literal["sex", "age_band", "modality", "vintage_band"], ...] = ()
    """Groups that are shown apart"""
    definitions: tuple[PrevalenceDefinition, ...] = ("ever_living/dialysis",)
    """What prevalence the published range may mean; one verdict each, the primary first"""
    washout_days: int = Field(0, ge=0)
    """Days for which a person must have been observed before being counted"""
    trend_dates: tuple[date, ...] = ()
    """Days of the change over time; three at least"""
    breaks: tuple[Break, ...] = ()
    """Dates at which recording changed, marked beside the trend"""
    standard: str = ""
    """Standard population: the name of a file in data_schema/standards"""
    priors: tuple[Prior, ...] = (JEFFREYS,)
    """Priors of the posterior probabilities"""


class Sensitivity(Section):
    """Other choices under which incidence is estimated again, one at a time."""

    entry_after_days: tuple[int, ...] = ()
    """Other days of entry"""
    ignore_late_entry: bool = False
    """What would be found if late entry were not allowed for"""
    transplant: tuple[Literal["competing", "censoring", "state"], ...] = ()
    """What transplantation does: competes, censors, or is a state lived in"""
    tiers: tuple[tuple[Tier, ...], ...] = ()
    """Other case definitions"""
    dating: tuple[Literal["first_code", "first_assessment"], ...] = ()
    """Which record dates the onset"""


class KnownRate(Section):
    """A proportion of right verdicts, and of how many people it is known."""

    share: float = Field(ge=0, le=1)
    """The share"""
    of: float = Field(0, ge=0)
    """People it was estimated from; 0: taken as known"""


class Misclassification(Section):
    """Error rates of a case definition; sensitivity goes with specificity."""

    tiers: tuple[Tier, ...]
    """The case definition that they are of"""
    sensitivity: KnownRate | None = None
    """Cases that the definition finds"""
    specificity: KnownRate | None = None
    """People without the disease whom it leaves alone"""
    ppv: KnownRate | None = None
    """Cases among those whom it finds"""
    false_per_1000_py: float | None = Field(None, ge=0)
    """False onsets a thousand person-years"""
    source: str
    """Where the rates come from, as the report says it"""


class Horizons(Section):
    """Times at which risks are read, and the grid on which curves are drawn."""

    years: tuple[float, ...] = (1, 3, 5, 10)
    """Years since first dialysis at which risks are reported"""
    curve_step_days: int = Field(30, ge=1)
    """Days between two points of a curve"""
    curve_end_years: float = Field(10.0, gt=0)
    """Years at which curves end"""
    fewest_at_risk: int = Field(1, ge=1)
    """A curve starts where at least so many people are at risk at every event from there on"""


class Parathyroidectomy(Section):
    """What is reported after parathyroidectomy."""

    horizons_days: tuple[int, ...] = (30, 90, 180, 365)
    """Days after the operation at which resolution is reported"""
    lab_window_days: tuple[int, int] = (14, 90)
    """First and last day after it from which a laboratory value is taken"""


class Release(Section):
    """What may leave. Suppress first, round second, recompute third."""

    holder: Literal["simulated", "public", "usrds", "opensafely", "strict"]
    """Whose rules hold; a protocol may ask for more than they do, never for less"""
    min_count: int = Field(11, ge=1)
    """Counts from 1 to one below it are hidden"""
    allow_zero: bool = True
    """Zeros are shown"""
    rounding: int = Field(5, ge=1)
    """Counts are rounded to multiples of it"""
    curve_min_at_risk: int = Field(50, ge=1)
    """Curves are shown where at least so many people are at risk"""
    significant_digits: int = Field(6, ge=1, le=17)
    """Digits of numbers in estimates.csv, whole counts apart"""
    models: dict[str, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]] = Field(
        default_factory=dict
    )
    """Model of the folder `MODELS` -> SHA-256 of its file, once it was reviewed; the numbers of \
any other file from outside the project are withheld"""


class Simulation(Section):
    """The registry of known truth; every number here is an assumption and labelled so."""

    scenario: Literal["A", "B", "C", "D"] = "D"
    """Simulation scenario, from A (nothing hidden) to D (as in life)"""
    preset: Literal["era_2010s_us", "era_1996_2001"] = "era_2010s_us"
    """Country and years whose laboratory values are imitated"""
    prevalence_target: float = Field(0.015, gt=0, lt=1)
    """Proportion of people ever ill, for which the onset hazard is solved"""
    log_hazard_ratios: dict[str, float] = Field(default_factory=dict)
    """True log hazard ratios of onset by term"""
    dirt: bool = True
    """Whether the extract holds the errors that real ones hold"""


class Protocol(Section):
    """The whole study."""

    protocol_version: Literal[2] = VERSION
    """Version of these keys; a file without it is of version 1: `make upgrade PROTOCOL=file`"""
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    """Short name: small letters, digits and `_`"""
    title: str
    """Title of the report"""
    question: str
    """The question of the study, as the report says it"""
    source: str
    """Form of the extract: a folder of data_schema/sources"""
    simulated: bool = False
    """Whether the people are made up; goes with `[simulation]`"""
    population: Population
    outcome: Outcome
    exposures: Exposures = Exposures()
    missing: Missing = Missing()
    models: tuple[Model, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    prevalence: Prevalence = Prevalence()
    misclassification: tuple[Misclassification, ...] = ()
    horizons: Horizons = Horizons()
    sensitivity: Sensitivity = Sensitivity()
    parathyroidectomy: Parathyroidectomy = Parathyroidectomy()
    release: Release
    codes: Verification = Verification()
    simulation: Simulation | None = None
    cannot_answer: dict[str, str] = Field(default_factory=dict)
    """Question of the report (`how_common`, `how_soon`, `who`, `what_then`) -> why this extract \
cannot answer it, in a sentence"""
