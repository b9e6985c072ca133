"""Every number the simulator assumes, with what it says and where it comes from.

A source that begins with "assumed" was read nowhere: it is a choice, and is labelled so on every
output. "solved" marks numbers found by running the simulator so that a stated marginal is met.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Assumption:
    name: str
    value: float
    unit: str
    says: str
    source: str


A = "assumed"
DOPPS = "Young, Kidney Int 2005 (DOPPS 1996-2001, n=17,236), solved from the shares outside KDOQI"
US = "assumed: preset era_2010s_us, close to Chan, Kidney Med 2019"
SOLVED = "assumed: solved so that the recorded values meet the preset's marginal"
CHAN = "assumed: after Chan, Kidney Med 2019 (falls for 4 months, then rises for 4.5 years)"
JOFRE = "assumed: after Jofre, Kidney Int 2003 (people who reach parathyroidectomy)"
MORTALITY = (
    "assumed: unverified registry mortality, US haemodialysis 150-190 per 1,000 person-years"
)


def _rows(*rows: tuple[str, float, str, str, str]) -> tuple[Assumption, ...]:
    return tuple(Assumption(*row) for row in rows)


PRESETS = {
    "era_2010s_us": _rows(
        ("target_log_pth", 5.76832, "ln pg/mL", "Mean of recorded ln PTH: ln 320", US),
        ("target_log_pth_sd", 0.85, "ln pg/mL", "SD of recorded ln PTH", US),
        ("target_calcium", 9.0, "mg/dL", "Mean of recorded corrected calcium", US),
        ("target_calcium_sd", 0.7, "mg/dL", "SD of recorded corrected calcium", US),
        ("target_log_phosphate", 1.624, "ln mg/dL", "Mean of recorded ln phosphate", US),
        ("target_log_phosphate_sd", 0.295, "ln mg/dL", "SD of recorded ln phosphate", US),
        ("log_pth", 5.98, "ln pg/mL", "Mean of ln PTH without treatment", SOLVED),
        ("log_pth_between_sd", 0.856, "ln pg/mL", "Between-person SD of ln PTH", SOLVED),
        ("calcium", 8.99, "mg/dL", "Mean of corrected calcium without treatment", SOLVED),
        ("calcium_between_sd", 0.566, "mg/dL", "Between-person SD of corrected calcium", SOLVED),
        ("log_phosphate", 1.685, "ln mg/dL", "Mean of ln phosphate without treatment", SOLVED),
        ("log_phosphate_between_sd", 0.239, "ln mg/dL", "Between-person SD, ln phosphate", SOLVED),
    ),
    "era_1996_2001": _rows(
        ("target_log_pth", 4.98361, "ln pg/mL", "Mean of recorded ln PTH: ln 146", DOPPS),
        ("target_log_pth_sd", 1.18, "ln pg/mL", "SD of recorded ln PTH", DOPPS),
        ("target_calcium", 9.50, "mg/dL", "Mean of recorded corrected calcium", DOPPS),
        ("target_calcium_sd", 0.82, "mg/dL", "SD of recorded corrected calcium", DOPPS),
        ("target_log_phosphate", 1.7214, "ln mg/dL", "Mean of recorded ln phosphate", DOPPS),
        ("target_log_phosphate_sd", 0.3335, "ln mg/dL", "SD of recorded ln phosphate", DOPPS),
        ("log_pth", 5.04, "ln pg/mL", "Mean of ln PTH without treatment", SOLVED),
        ("log_pth_between_sd", 1.256, "ln pg/mL", "Between-person SD of ln PTH", SOLVED),
        ("calcium", 9.5, "mg/dL", "Mean of corrected calcium without treatment", SOLVED),
        ("calcium_between_sd", 0.709, "mg/dL", "Between-person SD of corrected calcium", SOLVED),
        ("log_phosphate", 1.811, "ln mg/dL", "Mean of ln phosphate without treatment", SOLVED),
        ("log_phosphate_between_sd", 0.295, "ln mg/dL", "Between-person SD, ln phosphate", SOLVED),
    ),
}

PEOPLE = _rows(
    ("history_years", 15.0, "years", "First dialysis up to so long before the registry opens", A),
    ("late_share", 0.15, "share", "Registered long after first dialysis", A),
    ("late_delay_years", 2.0, "years", "Mean delay of those", A),
    ("coverage_late_share", 0.10, "share", "Coverage of diagnoses begins after registry entry", A),
    ("coverage_end_share", 0.04, "share", "Coverage of diagnoses ends early", A),
    ("coverage_years", 3.0, "years", "Mean coverage of those", A),
    ("age_mean", 62.0, "years", "Mean age at first dialysis", A),
    ("age_sd", 15.0, "years", "SD of age at first dialysis, cut at 18 and 95", A),
    ("first_day_death_share", 0.001, "share", "Die on the day of first dialysis", A),
    ("male_share", 0.57, "share", "Men", A),
    ("peritoneal_share", 0.10, "share", "Start on peritoneal dialysis", A),
    ("home_share", 0.015, "share", "Start on home haemodialysis", A),
    ("warfarin_share", 0.08, "share", "On warfarin from entry", A),
    ("centre_count", 40, "centres", "Centres", A),
    ("conventional_share", 0.6, "share", "Centres that report in conventional units", A),
)

LABS = _rows(
    ("visit_days", 30, "days", "Days between visits", A),
    ("chemistry_every", 2, "visits", "Calcium, phosphate, albumin: every 60 days", A),
    ("pth_every", 3, "visits", "PTH: every 90 days", A),
    ("other_every", 6, "visits", "Alkaline phosphatase and bicarbonate: every 180 days", A),
    ("vitamin_d_every", 12, "visits", "25-hydroxyvitamin D: every 360 days", A),
    ("log_pth_slow_sd", 0.35, "ln pg/mL", "Slow within-person SD; with the noise 0.45", A),
    ("log_pth_noise_sd", 0.283, "ln pg/mL", "Day-to-day and assay noise of ln PTH", A),
    ("calcium_slow_sd", 0.33, "mg/dL", "Slow within-person SD; with the noise 0.45", A),
    ("calcium_noise_sd", 0.306, "mg/dL", "Day-to-day noise of corrected calcium", A),
    ("log_phosphate_slow_sd", 0.15, "ln mg/dL", "Slow within-person SD", A),
    ("log_phosphate_noise_sd", 0.147, "ln mg/dL", "Day-to-day noise; within-person 1.1 mg/dL", A),
    ("slow_correlation", 0.85, "correlation", "Slow deviations, visit to visit", A),
    ("severity_phosphate", 0.30, "correlation", "Severity with phosphate, between people", A),
    ("severity_calcium", 0.15, "correlation", "Severity with calcium, between people", A),
    ("severity_alkaline", 0.5, "correlation", "Severity with alkaline phosphatase", A),
    ("severity_age", -0.20, "SD per 10 y", "Severity falls with age", JOFRE),
    ("pth_early_fall", 0.15, "ln pg/mL", "PTH falls over the first 4 months", CHAN),
    ("pth_yearly_rise", 0.05, "ln pg/mL a year", "then rises for 4.5 years", CHAN),
    ("calcium_early_rise", 0.15, "mg/dL", "Calcium rises over the first 4 months", CHAN),
    ("phosphate_early_rise", 0.05, "ln mg/dL", "Phosphate rises over the first 4 months", CHAN),
    ("pth_season", 0.04, "ln pg/mL", "Amplitude of season, PTH highest in February", A),
    ("calcium_season", 0.04, "mg/dL", "Amplitude of season, calcium lowest in February", A),
    ("centre_log_pth_sd", 0.10, "ln pg/mL", "SD between centres of ln PTH", A),
    ("centre_log_phosphate_sd", 0.03, "ln mg/dL", "SD between centres of ln phosphate", A),
    ("assay_spread", 0.11, "ln pg/mL", "Three PTH assays read -1, 0, +1 times this", A),
    ("albumin", 38.0, "g/L", "Mean albumin", A),
    ("albumin_between_sd", 3.2, "g/L", "SD of albumin between people", A),
    ("albumin_noise_sd", 2.4, "g/L", "SD of albumin within people", A),
    ("log_alkaline", 4.49981, "ln U/L", "Mean of ln alkaline phosphatase: ln 90", A),
    ("log_alkaline_between_sd", 0.40, "ln U/L", "Between people", A),
    ("log_alkaline_noise_sd", 0.206, "ln U/L", "Within people", A),
    ("bicarbonate", 23.5, "mmol/L", "Mean bicarbonate", A),
    ("bicarbonate_sd", 3.0, "mmol/L", "SD of bicarbonate", A),
    ("log_vitamin_d", 3.87, "ln nmol/L", "Mean of ln 25-hydroxyvitamin D", A),
    ("log_vitamin_d_sd", 0.45, "ln nmol/L", "SD of ln 25-hydroxyvitamin D", A),
    ("missing_pth", 0.22, "share", "Scenario D: PTH results missing, of a typical visit", A),
    ("missing_chemistry", 0.08, "share", "Scenario D: chemistry missing, of a typical visit", A),
    (
        "missing_stable",
        0.7,
        "log odds",
        "Scenario D: more missing where the last PTH was 150-300",
        A,
    ),
    ("missing_peritoneal", 0.5, "log odds", "Scenario D: more missing on peritoneal dialysis", A),
    ("missing_age", 0.1, "log odds per 10 y", "Scenario D: more missing at higher age", A),
)

TREATMENT = _rows(
    ("binder_start", 0.15, "per visit", "A binder starts where phosphate is above 5.5 mg/dL", A),
    ("binder_phosphate", -0.12, "ln mg/dL", "Phosphate on a binder", A),
    ("binder_calcium", 0.10, "mg/dL", "Calcium on a calcium-based binder", A),
    ("calcium_binder_share", 0.4, "share", "Binders that are calcium-based", A),
    ("vitamin_d_start", 0.15, "per visit", "Active vitamin D starts where PTH is above 300", A),
    ("vitamin_d_log_pth", -0.25, "ln pg/mL", "PTH on active vitamin D", A),
    ("vitamin_d_calcium", 0.15, "mg/dL", "Calcium on active vitamin D", A),
    ("vitamin_d_phosphate", 0.03, "ln mg/dL", "Phosphate on active vitamin D", A),
    ("cinacalcet_start", 0.08, "per visit", "Cinacalcet starts where PTH is above 500", A),
    ("cinacalcet_log_pth", -0.35, "ln pg/mL", "PTH on cinacalcet", A),
    ("cinacalcet_calcium", -0.30, "mg/dL", "Calcium on cinacalcet", A),
    ("stop", 0.5, "per visit", "A drug stops once its level is out of range", A),
)

COURSE = _rows(
    ("death_rate", 0.146, "per year", "Death at 62 years, reference labs", MORTALITY),
    ("death_age", 0.40, "log rate per 10 y", "Death with age", A),
    ("death_early", 2.0, "ratio", "Death in the first 90 days", MORTALITY),
    ("death_phosphate", 0.07, "log rate per mg/dL", "Death with phosphate", "assumed: after Block"),
    ("death_pth", 0.10, "log rate per doubling above 600", "Death with high PTH", A),
    ("death_calcinosis", 1.3, "ratio", "Death after onset of calcinosis", A),
    ("stopped_share", 0.10, "share", "Deaths that follow stopping dialysis", A),
    ("transplant_rate", 0.022, "per year", "Transplantation at 62 years", A),
    ("transplant_age", -0.75, "log rate per 10 y", "Tenfold below 45 years", A),
    ("transplant_rate_ceiling", 0.25, "per year", "Highest transplantation rate", A),
    ("graft_failure_rate", 0.05, "per year", "Return to dialysis from a graft", A),
    ("graft_death_rate", 0.03, "per year", "Death with a graft", A),
    ("recovery_rate_first_year", 0.02, "per year", "Recovery of function, first year", A),
    ("recovery_rate_later", 0.002, "per year", "Recovery of function, later", A),
    ("restart_rate", 0.20, "per year", "Restart of dialysis after recovery", A),
    ("recovered_death_rate", 0.08, "per year", "Death after recovery", A),
    ("lost_rate", 0.015, "per year", "Loss to follow-up", A),
    ("peritoneal_to_hd", 0.20, "per year", "Peritoneal to haemodialysis", A),
    ("hd_to_peritoneal", 0.015, "per year", "Haemodialysis to peritoneal", A),
    ("hd_to_home", 0.008, "per year", "Haemodialysis to home haemodialysis", A),
    ("home_to_hd", 0.15, "per year", "Home to centre haemodialysis", A),
    ("return_after_days", 190, "days", "No return to dialysis within this time", A),
)

PARATHYROIDECTOMY = _rows(
    ("ptx_rate", 0.012, "per year", "Parathyroidectomy at PTH 800 pg/mL, calcium 9.5", JOFRE),
    ("ptx_pth", 1.6, "log rate per ln PTH", "Likelier with high PTH", JOFRE),
    ("ptx_calcium", 0.5, "log rate per mg/dL", "Likelier with high calcium", JOFRE),
    ("ptx_age", -0.30, "log rate per 10 y", "Likelier when young", JOFRE),
    ("ptx_rate_ceiling", 0.6, "per year", "Highest rate", A),
    ("ptx_calcinosis", 8.0, "ratio", "Likelier after onset of calcinosis", A),
    ("ptx_log_pth", -2.9, "ln pg/mL", "PTH at once after it", "assumed: after the case report"),
    ("ptx_log_pth_late", -1.8, "ln pg/mL", "PTH in the long run after it", A),
    ("ptx_calcium_drop", -1.1, "mg/dL", "Calcium at once; 58% below 8.5 by month 2", A),
    ("ptx_calcium_late", -0.4, "mg/dL", "Calcium in the long run", A),
    ("ptx_phosphate_drop", -0.35, "ln mg/dL", "Phosphate at once", A),
    ("ptx_phosphate_late", -0.10, "ln mg/dL", "Phosphate in the long run", A),
    ("ptx_recovery_days", 180, "days", "Time constant from at once to the long run", A),
    ("resolution_share", 0.80, "share", "Calcinosis that resolves after parathyroidectomy", A),
    ("resolution_days", 90, "days", "Median time to resolution of those", A),
)

ONSET = _rows(
    (
        "baseline_shape",
        1.2,
        "power",
        "Cumulative baseline hazard: (years since first dialysis)^",
        A,
    ),
    ("reference_pth", 33.95, "pmol/L", "Reference of the baseline: 320 pg/mL", A),
    ("reference_calcium", 2.25, "mmol/L", "Reference of the baseline", A),
    ("reference_phosphate", 1.71, "mmol/L", "Reference of the baseline", A),
    ("reference_age", 60, "years", "Reference of the baseline", A),
)

DETECTION = _rows(
    ("assessment_baseline", 0.6, "share", "A first radiograph at entry", A),
    ("assessment_days", 365, "days", "Between routine radiographs", A),
    ("assessment_days_slow", 540, "days", "The same, in four centres of ten", A),
    ("assessment_done", 0.8, "share", "Routine radiographs that are done", A),
    ("radiograph_sensitivity", 0.90, "share", "Scenarios C, D: of a radiograph", A),
    ("radiograph_false_positive", 0.0002, "share", "Scenario D: of a radiograph", A),
    ("symptom_days", 500, "days", "Scenarios C, D: mean time from onset to symptoms", A),
    ("symptom_imaging", 0.7, "share", "Symptoms that lead to a radiograph the same week", A),
    ("coded_share", 0.8, "share", "Known cases that get a calcinosis code", A),
    ("inpatient_share", 0.35, "share", "Coded cases with an inpatient code", A),
    ("false_code_share", 0.0003, "share", "Scenario D: people coded without disease", A),
    ("refuted_share", 0.001, "share", "People with a refuted calcinosis code", A),
    ("wide_code_share", 0.004, "share", "People with the wide calcium code", A),
    ("connective_share", 0.010, "share", "Connective tissue disease", A),
    ("sarcoid_share", 0.001, "share", "Sarcoidosis", A),
    ("cancer_share", 0.040, "share", "Cancer", A),
    ("ulcer_share", 0.05, "share", "Ulcer of the lower limb", A),
    ("hyperparathyroidism_code_share", 0.5, "share", "Coded secondary hyperparathyroidism", A),
    ("erosion_yes", 0.02, "share", "Scenarios C, D: positive films with erosion", A),
    (
        "erosion_unknown",
        0.25,
        "share",
        "Scenarios C, D: films on which erosion was not assessed",
        A,
    ),
)

DIRT = _rows(
    ("dirt_duplicate", 0.0010, "of rows", "Rows repeated exactly", A),
    ("dirt_impossible_date", 0.0002, "of rows", "Dates that do not exist, such as 30 February", A),
    ("dirt_lab_after_death", 0.004, "of deaths", "A result dated after death", A),
    ("dirt_comparator", 1.0, "of values", "Values past the assay's range sent as a bound", A),
    ("dirt_low_bound", 0.0002, "of rows", "Results sent as below the lower limit", A),
    ("dirt_text_value", 0.0005, "of rows", "Words where a number belongs", A),
    ("dirt_swapped_centre", 1, "centre", "A centre that declares the other unit system", A),
    ("dirt_overlapping_spell", 0.002, "of spells", "Spells that end after the next begins", A),
    ("dirt_unknown_sex", 0.004, "of people", "Sex left empty", A),
    ("dirt_unknown_code", 0.002, "of diagnoses", "Codes that are in no list", A),
    ("dirt_post_dialysis", 0.003, "of results", "An extra sample after dialysis", A),
)


def assumptions(preset: str) -> tuple[Assumption, ...]:
    """Everything assumed under a preset, in a fixed order; ``ValueError`` for an unknown one."""
    if preset not in PRESETS:
        raise ValueError("preset: not one of " + ", ".join(sorted(PRESETS)))
    return (
        PRESETS[preset]
        + PEOPLE
        + LABS
        + TREATMENT
        + COURSE
        + PARATHYROIDECTOMY
        + ONSET
        + DETECTION
        + DIRT
    )


def values(preset: str) -> MappingProxyType[str, float]:
    """name -> value."""
    return MappingProxyType({row.name: float(row.value) for row in assumptions(preset)})
