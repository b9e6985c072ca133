"""The simulated registry as tables of the UK Renal Data Collection, one CSV file a table.

Written with its traps: a second record (pid) of one person in seven, that sends the later spells
and repeats some of what the first one sends; transfers between the two; deleted results; tests,
acute spells and rejections that no study asks for. Where the collection codes in SNOMED CT the
simulator has no code, and writes its own under the name of its system.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis import store

SECOND_RECORD, REPEATED, DELETED = 7, 5, 50  # one in so many
LOINC = {
    ("pth", "pg/mL"): "2731-8",
    ("pth", "pmol/L"): "14866-3",
    ("calcium", "mg/dL"): "17861-6",
    ("calcium", "mmol/L"): "2000-8",
    ("phosphate", "mg/dL"): "2777-1",
    ("phosphate", "mmol/L"): "14879-1",
    ("albumin", "g/dL"): "1751-7",
    ("albumin", "g/L"): "54347-0",
    ("alkaline_phosphatase", "U/L"): "6768-6",
    ("vitamin_d_25oh", "ng/mL"): "62292-8",
    ("vitamin_d_25oh", "nmol/L"): "14635-7",
    ("bicarbonate", "mmol/L"): "1963-8",
}
TREATMENT = {"HD": "1", "HHD": "1", "PD": "10", "TX": "20"}
DISCHARGE = {"recovered": "90", "stopped": "91", "lost": "95"}
GENDER = {"male": "1", "female": "2", "unknown": "9", "": "9"}
PREPOST = {"pre": "PRE", "post": "POST", "not_applicable": "NA", "unknown": "UNK", "": ""}
STATUS = {"entered_in_error": "entered-in-error"}
CAUSE = {
    "diabetes": "81",
    "hypertension": "72",
    "glomerulonephritis": "12",
    "cystic": "41",
    "congenital": "60",
    "renal_other": "20",
    "other": "83",
    "unknown": "0",
    "": "0",
}
TRANSPLANTATION = (("icd9proc", "5569"), ("cpt", "50360"))


def person_id(ids: pd.Series) -> pd.Series:
    """P00000001 is ukrdcid 100000001."""
    return "1" + ids.str[1:]


def centre_id(ids: pd.Series) -> pd.Series:
    """C001 is the facility RX001."""
    return "RX" + ids.str[1:]


def write(tables: dict[str, pd.DataFrame], extract: Path) -> None:
    """The extract's files, from native tables of text."""
    people = tables["patients"]
    files = _records(people) | _treatments(tables["modality_spells"], people)
    files |= _laboratory(tables["labs"])
    files |= _diagnoses(tables["diagnoses"], people)
    files |= _procedures(tables["procedures"])
    files["medication"] = _medication(tables["drugs"])
    for name, frame in files.items():
        text = frame.to_csv(index=False, lineterminator="\n")
        store.write_text(extract / f"{name}.csv", text)


def _number(ids: pd.Series) -> np.ndarray:
    return ids.str[1:].astype(int).to_numpy()


def _pid(ids: pd.Series, second: np.ndarray | bool = False) -> pd.Series:
    """The record of a person: the first unit's, or the second's."""
    return pd.Series(np.where(second, "6", "5"), index=ids.index) + ids.str[1:]


def _time(dates: pd.Series) -> pd.Series:
    return dates.mask(dates != "", dates + " 00:00:00")


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    frame.insert(0, "id", [str(10**8 + k) for k in range(len(frame))])
    return frame


def _records(people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A second record where a person has one: later, and with fewer facts."""
    second = people[_number(people["patient_id"]) % SECOND_RECORD == 0]
    whose = pd.concat([people, second], ignore_index=True)
    later = np.arange(len(whose)) >= len(people)
    pid = _pid(whose["patient_id"], later)
    record = pd.DataFrame(
        {
            "pid": pid,
            "ukrdcid": person_id(whose["patient_id"]),
            "sendingfacility": centre_id(whose["centre_id"]).mask(later, "RX999"),
            "sendingextract": "UKRDC",
            "repositorycreationdate": _time(whose["registry_entry_date"].mask(later, "2019-12-31")),
        }
    )
    patient = pd.DataFrame(
        {
            "pid": pid,
            "birthtime": _time(whose["birth_date"]),
            "deathtime": _time(whose["death_date"].mask(later, "")),
            "gender": whose["sex"].map(GENDER).mask(later, "9"),
        }
    )
    return {"patientrecord": record, "patient": patient}


def _treatments(spells: pd.DataFrame, people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Treatments end for a reason; states without treatment are that reason."""
    first = people.set_index("patient_id")["first_dialysis_date"]
    treated = spells[spells["modality"].isin(TREATMENT)]
    treated = pd.concat([treated, _same_day(treated, people)], ignore_index=True)
    states = spells[~spells["modality"].isin(TREATMENT)]
    reason = states.set_index(["patient_id", "start_date"])["modality"].map(DISCHARGE)
    ends = pd.MultiIndex.from_frame(treated[["patient_id", "end_date"]])
    discharge = pd.Series(reason.reindex(ends).to_numpy(), dtype=object).fillna("")
    if (discharge != "").sum() != len(states):
        raise ValueError("tables: a state without treatment does not follow a treatment")
    whose = treated["patient_id"]
    order = treated.groupby("patient_id").cumcount().to_numpy()
    later = (order > 0) & (_number(whose) % SECOND_RECORD == 0)
    moves = np.append(later[1:] & (order[1:] == 1), False)
    start = treated["start_date"].mask(order == 0, whose.map(first))
    frame = pd.DataFrame(
        {
            "pid": _pid(whose, later),
            "fromtime": _time(start),
            "totime": _time(treated["end_date"]),
            "admitreasoncode": treated["modality"].map(TREATMENT),
            "dischargereasoncode": discharge.mask(moves & (discharge == ""), "38"),
            "healthcarefacilitycode": centre_id(treated["centre_id"]),
            "qbl05": treated["modality"].map({"HD": "HOSP", "HHD": "HOME"}).fillna(""),
        }
    )
    begins = order == 0
    early = frame[begins & (_number(whose) % REPEATED == 0)]
    traps = [
        early.assign(pid=_pid(whose[early.index]), admitreasoncode=code, dischargereasoncode=end)
        for code, end in (("81", "84"), ("31", ""), ("900", ""))
    ]
    repeated = frame[begins & (_number(whose) % (SECOND_RECORD * REPEATED) == 0)]
    again = repeated.assign(pid=_pid(whose[repeated.index], True))
    return {"treatment": _numbered(pd.concat([frame, *traps, again]))}


def _same_day(treated: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Who died on the day of first dialysis was treated all the same, for no whole day."""
    without = people[~people["patient_id"].isin(treated["patient_id"])]
    return pd.DataFrame(
        {
            "patient_id": without["patient_id"],
            "start_date": without["first_dialysis_date"],
            "end_date": without["death_date"],
            "modality": "HD",
            "centre_id": without["centre_id"],
        }
    )


def _laboratory(labs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """An order a person and day; some results deleted, some of no use, some sent by two units."""
    keys = labs[["patient_id", "sample_date", "centre_id"]]
    orders = _numbered(keys.drop_duplicates())
    whose = keys.merge(orders, on=list(keys.columns), how="left")["id"]
    pairs = zip(labs["analyte"], labs["unit"], strict=True)
    limit = labs["assay_upper_limit"]
    results = pd.DataFrame(
        {
            "orderid": whose,
            "serviceidcode": [LOINC[pair] for pair in pairs],
            "serviceidcodestd": "LOINC",
            "resultvalue": labs["value"],
            "resultvalueunits": labs["unit"],
            "referencerange": limit.mask(limit != "", "0.5 - " + limit),
            "observationtime": _time(labs["sample_date"]),
            "prepost": labs["timing"].map(PREPOST),
            "status": "F",
        }
    )
    some = results[np.arange(len(results)) % DELETED == 0]
    deleted = some.assign(resultvalue="0", status="D")
    other = some.assign(serviceidcode="QHB01", serviceidcodestd="UKRR", resultvalue="112")
    number = _number(orders["patient_id"])
    shared = orders[(number % SECOND_RECORD == 0) & (np.arange(len(orders)) % REPEATED == 0)]
    sent = results[results["orderid"].isin(shared["id"])]
    laborder = pd.concat([orders, shared.assign(id="9" + shared["id"])], ignore_index=True)
    second = np.arange(len(laborder)) >= len(orders)
    return {
        "laborder": pd.DataFrame(
            {
                "id": laborder["id"],
                "pid": _pid(laborder["patient_id"], second),
                "specimencollectedtime": _time(laborder["sample_date"]),
                "receivinglocationcode": centre_id(laborder["centre_id"]),
            }
        ),
        "resultitem": _numbered(
            pd.concat([results, deleted, other, sent.assign(orderid="9" + sent["orderid"])])
        ),
    }


def _diagnoses(diagnoses: pd.DataFrame, people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    found = pd.DataFrame(
        {
            "pid": _pid(diagnoses["patient_id"]),
            "diagnosiscode": diagnoses["code"],
            "diagnosiscodestd": diagnoses["system"].str.upper(),
            "identificationtime": _time(diagnoses["date"]),
            "verificationstatus": diagnoses["status"].replace(STATUS),
        }
    )
    cause = pd.DataFrame(
        {
            "pid": _pid(people["patient_id"]),
            "diagnosiscode": people["primary_renal_disease"].map(CAUSE),
            "diagnosiscodestd": "EDTA",
            "identificationtime": _time(people["first_dialysis_date"]),
        }
    )
    return {"diagnosis": _numbered(found), "renaldiagnosis": cause}


def _procedures(procedures: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Transplantations in their own table."""
    pairs = zip(procedures["system"], procedures["code"], strict=True)
    grafted = np.array([pair in TRANSPLANTATION for pair in pairs], dtype=bool)
    frame = pd.DataFrame(
        {
            "pid": _pid(procedures["patient_id"]),
            "proceduretypecode": procedures["code"],
            "proceduretypecodestd": procedures["system"].str.upper(),
            "proceduretime": _time(procedures["date"]),
        }
    )
    transplant = _numbered(frame[grafted]).assign(tra64="", tra77="")
    return {"procedure": _numbered(frame[~grafted]), "transplant": transplant}


def _medication(drugs: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "pid": _pid(drugs["patient_id"]),
            "fromtime": _time(drugs["start_date"]),
            "totime": _time(drugs["end_date"]),
            "drugproductidcode": drugs["code"],
            "drugproductidcodestd": drugs["system"].str.upper(),
            "drugproductgeneric": "",
        }
    )
    return _numbered(frame)
