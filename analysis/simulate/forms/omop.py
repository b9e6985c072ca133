"""The simulated registry as tables of the OMOP Common Data Model 5.4, one CSV file a table.

The treatment timeline stands in four tables, as it does in real ones: visits to a dialysis
facility and devices (machine, cycler) for each dialysis spell, transplants as procedures, kidney
failure as conditions. Codes stand in ``concept`` with the dots that the vocabularies have; a
concept that no concept set names has an id from the range of local ones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.simulate.forms import Tables, write_file
from data_schema.concept_sets import LOCAL, concept_sets

DATA_END = "2019-12-31"
SETS = ("dialysis", "laboratory", "units", "visits")
VOCABULARY = {
    "icd9cm": "ICD9CM",
    "icd10cm": "ICD10CM",
    "icd9proc": "ICD9Proc",
    "icd10pcs": "ICD10PCS",
    "cpt": "CPT4",
    "atc": "ATC",
}
DOTTED = {"ICD9CM": 3, "ICD10CM": 3, "ICD9Proc": 2}  # characters before the dot
DEVICE = {"HD": "E1590", "HHD": "E1590", "PD": "E1594"}
FACILITY = ("CMS Place of Service", "65")
VISIT = {"inpatient": "9201", "outpatient": "9202"}
REGISTRY, EHR = "32879", "32817"
GENDER = {"female": "8532", "male": "8507"}
OPERATOR = {"<": "4171756", "<=": "4171754", ">": "4172704", ">=": "4171755", "": ""}
ANALYTE = {
    ("pth", "pg/mL"): "3000067",
    ("pth", "pmol/L"): "3010566",
    ("calcium", "mg/dL"): "3006906",
    ("calcium", "mmol/L"): "3015377",
    ("phosphate", "mg/dL"): "3011904",
    ("phosphate", "mmol/L"): "3003458",
    ("albumin", "g/dL"): "3024561",
    ("albumin", "g/L"): "3024561",
    ("alkaline_phosphatase", "U/L"): "3035995",
    ("vitamin_d_25oh", "ng/mL"): "3020149",
    ("vitamin_d_25oh", "nmol/L"): "40771025",
    ("bicarbonate", "mmol/L"): "3016293",
}


def person_id(ids: pd.Series) -> pd.Series:
    """P00000001 is person 100000001."""
    return "1" + ids.str[1:]


def centre_id(ids: pd.Series) -> pd.Series:
    """C001 is care site 1001."""
    return ("1" + ids.str[1:]).mask(ids == "", "")


class Concepts:
    """Concept ids of (vocabulary, code) pairs, those of the sets first, then local ones."""

    def __init__(self) -> None:
        rows = concept_sets(SETS)
        self.known = {(r.vocabulary, r.code): r.concept_id for r in rows if r.concept_id and r.code}
        self.given: dict[tuple[str, str], str] = {}

    def id(self, vocabulary: str, code: str) -> str:
        key = (vocabulary, code)
        if key not in self.given:
            self.given[key] = self.known.get(key) or str(LOCAL + 1 + len(self.given))
        return self.given[key]

    def ids(self, rows: pd.DataFrame) -> pd.Series:
        """The concept of each row's ``system`` and ``code``."""
        pairs = zip(rows["system"], rows["code"], strict=True)
        found = [self.id(VOCABULARY.get(system, system), code) for system, code in pairs]
        return pd.Series(found, index=rows.index, dtype=object)

    def table(self) -> pd.DataFrame:
        pairs = sorted(self.given.items(), key=lambda item: int(item[1]))
        return pd.DataFrame(
            [(c, f"{v} {code}", v, dotted(v, code)) for (v, code), c in pairs],
            columns=["concept_id", "concept_name", "vocabulary_id", "concept_code"],
        )


def dotted(vocabulary: str, code: str) -> str:
    """A code as its vocabulary prints it: 5856 is 585.6 in ICD-9-CM."""
    at = DOTTED.get(vocabulary, len(code))
    return f"{code[:at]}.{code[at:]}" if len(code) > at else code


def write(tables: Tables, extract: Path) -> None:
    """The extract's files, from native tables of text."""
    concepts = Concepts()
    treated = _treated(tables)
    visits = pd.concat(
        [_facility_visits(treated, concepts), _clinic_visits(tables["diagnoses"])],
        ignore_index=True,
    )
    files = _people(tables["patients"])
    files["visit_occurrence"] = _numbered(visits, "visit_occurrence_id")
    files["condition_occurrence"] = _conditions(
        tables["diagnoses"], files["visit_occurrence"], concepts
    )
    files["procedure_occurrence"] = _procedures(tables["procedures"], concepts)
    files["device_exposure"] = _devices(treated, concepts)
    files["drug_exposure"] = _drugs(tables["drugs"], concepts)
    files["measurement"] = _measurements(tables["labs"])
    files["care_site"] = pd.DataFrame({"care_site_id": centre_id(tables["centres"]["centre_id"])})
    files["concept"] = concepts.table()
    looks = tables["assessments"]
    files["assessments"] = looks.assign(patient_id=person_id(looks["patient_id"]))
    for name, frame in files.items():
        write_file(extract / f"{name}.csv", frame)


def _numbered(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    frame.insert(0, key, [str(k) for k in range(1, len(frame) + 1)])
    return frame


def _treated(tables: Tables) -> pd.DataFrame:
    """Dialysis spells, the first from first dialysis on: what was before registration is sent."""
    spells, people = tables["modality_spells"], tables["patients"].set_index("patient_id")
    begins = ~spells["patient_id"].duplicated()
    first = spells["patient_id"].map(people["first_dialysis_date"])
    spells = spells.assign(start_date=spells["start_date"].mask(begins, first))
    return spells[spells["modality"].isin(DEVICE)]


def _people(people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    whose = person_id(people["patient_id"])
    parts = people["birth_date"].str.split("-", expand=True).reindex(columns=[0, 1, 2]).fillna("")
    last = people["last_contact_date"].mask(
        people["last_contact_date"] == "", people["death_date"].where(people["death_date"] != "")
    )
    observed = {
        "person_id": whose,
        "observation_period_start_date": people["registry_entry_date"],
        "observation_period_end_date": last.fillna(DATA_END),
        "period_type_concept_id": EHR,
    }
    dead = people["death_date"] != ""
    return {
        "person": pd.DataFrame(
            {
                "person_id": whose,
                "gender_concept_id": people["sex"].map(GENDER).fillna("0"),
                "year_of_birth": parts[0],
                "month_of_birth": parts[1].str.lstrip("0"),
                "day_of_birth": parts[2].str.lstrip("0"),
                "race_concept_id": "0",
                "ethnicity_concept_id": "0",
                "care_site_id": centre_id(people["centre_id"]),
            }
        ),
        "observation_period": _numbered(pd.DataFrame(observed), "observation_period_id"),
        "death": pd.DataFrame(
            {"person_id": whose[dead], "death_date": people.loc[dead, "death_date"]}
        ),
    }


def _visits(rows: pd.DataFrame, day: str, concept: pd.Series | str, site: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "person_id": person_id(rows["patient_id"]),
            "visit_concept_id": concept,
            "visit_start_date": rows[day],
            "visit_end_date": rows[day],
            "visit_type_concept_id": EHR,
            "visit_source_concept_id": "0",
            "care_site_id": centre_id(rows[site]) if site else "",
        }
    )


def _facility_visits(treated: pd.DataFrame, concepts: Concepts) -> pd.DataFrame:
    return _visits(treated, "start_date", concepts.id(*FACILITY), "centre_id")


def _clinic_visits(diagnoses: pd.DataFrame) -> pd.DataFrame:
    """One visit a person, day and setting in which a diagnosis was made."""
    made = diagnoses[diagnoses["setting"].isin(VISIT)]
    made = made.drop_duplicates(["patient_id", "date", "setting"])
    return _visits(made, "date", made["setting"].map(VISIT), "")


def _conditions(diagnoses: pd.DataFrame, visits: pd.DataFrame, concepts: Concepts) -> pd.DataFrame:
    keys = ["person_id", "visit_start_date", "visit_concept_id"]
    clinic = visits[visits["visit_concept_id"].isin(VISIT.values())]
    number = clinic.set_index(keys)["visit_occurrence_id"]
    whose = person_id(diagnoses["patient_id"])
    kind = diagnoses["setting"].map(VISIT).fillna("")
    at = pd.MultiIndex.from_arrays([whose, diagnoses["date"], kind], names=keys)
    frame = pd.DataFrame(
        {
            "person_id": whose,
            "condition_concept_id": "0",
            "condition_start_date": diagnoses["date"],
            "condition_end_date": "",
            "condition_type_concept_id": np.where(
                diagnoses["setting"] == "registry", REGISTRY, EHR
            ),
            "visit_occurrence_id": number.reindex(at).fillna("").to_numpy(),
            "condition_source_value": diagnoses["code"],
            "condition_source_concept_id": concepts.ids(diagnoses),
            "condition_status_source_value": diagnoses["status"],
        }
    )
    return _numbered(frame, "condition_occurrence_id")


def _procedures(procedures: pd.DataFrame, concepts: Concepts) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "person_id": person_id(procedures["patient_id"]),
            "procedure_concept_id": "0",
            "procedure_date": procedures["date"],
            "procedure_type_concept_id": EHR,
            "procedure_source_value": procedures["code"],
            "procedure_source_concept_id": concepts.ids(procedures),
        }
    )
    return _numbered(frame, "procedure_occurrence_id")


def _devices(treated: pd.DataFrame, concepts: Concepts) -> pd.DataFrame:
    used = treated.assign(system="HCPCS", code=treated["modality"].map(DEVICE))
    frame = pd.DataFrame(
        {
            "person_id": person_id(used["patient_id"]),
            "device_concept_id": concepts.ids(used),
            "device_exposure_start_date": used["start_date"],
            "device_exposure_end_date": "",
            "device_type_concept_id": EHR,
            "device_source_value": used["code"],
            "device_source_concept_id": concepts.ids(used),
        }
    )
    return _numbered(frame, "device_exposure_id")


def _drugs(drugs: pd.DataFrame, concepts: Concepts) -> pd.DataFrame:
    """The end is the last day on the drug, where the native form has the first day off it."""
    off = pd.to_datetime(drugs["end_date"].where(drugs["end_date"] != ""))
    frame = pd.DataFrame(
        {
            "person_id": person_id(drugs["patient_id"]),
            "drug_concept_id": "0",
            "drug_exposure_start_date": drugs["start_date"],
            "drug_exposure_end_date": (off - pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d"),
            "drug_type_concept_id": EHR,
            "drug_source_value": drugs["code"],
            "drug_source_concept_id": concepts.ids(drugs),
        }
    )
    return _numbered(frame.fillna(""), "drug_exposure_id")


def _measurements(labs: pd.DataFrame) -> pd.DataFrame:
    units = {r.label: r.concept_id for r in concept_sets(("units",))}
    sign = labs["value"].str.extract(r"^([<>]=?)", expand=False).fillna("")
    pairs = pd.MultiIndex.from_arrays([labs["analyte"], labs["unit"]])
    frame = pd.DataFrame(
        {
            "person_id": person_id(labs["patient_id"]),
            "measurement_concept_id": pairs.map(ANALYTE),
            "measurement_date": labs["sample_date"],
            "measurement_type_concept_id": EHR,
            "operator_concept_id": sign.map(OPERATOR),
            "value_as_number": labs["value"].str.lstrip("<>="),
            "unit_concept_id": labs["unit"].map(units).fillna("0"),
            "range_high": labs["assay_upper_limit"],
            "measurement_source_concept_id": "0",
            "unit_source_value": labs["unit"],
            "value_source_value": labs["value"],
        }
    )
    return _numbered(frame, "measurement_id")
