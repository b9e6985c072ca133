"""The simulated registry as standard analysis files of the USRDS, release of 2024, as CSV.

Written with its traps: dates of the core files as days since 1960-01-01 and of claims as 01JAN2015,
claims split by setting, year and kind of file, two CMS-2728 forms of one person in twenty, payer
spells that continue each other, spells of death and of uncertain treatment.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis import store
from analysis.simulate.forms.losses import backdated, folded
from analysis.simulate.forms.usrds.claims import claims
from analysis.simulate.forms.usrds.crownweb import monthly

SHORT_SPELL_DAYS = 60
FORMS_TWICE, PAYER_TWICE, HEALTH_PLAN, UNCERTAIN = 20, 3, 4, 6  # one in so many
RXGROUP = {
    "HD": "1",
    "HHD": "3",
    "PD": "7",
    "TX": "T",
    "recovered": "Z",
    "stopped": "B",
    "lost": "X",
}
DISGRPC = {
    "diabetes": "1",
    "hypertension": "2",
    "glomerulonephritis": "3",
    "cystic": "4",
    "renal_other": "5",
    "congenital": "6",
    "other": "6",
    "unknown": "7",
    "": "8",
}
FEE_FOR_SERVICE = ("MPAB", "MEDICARE FFS PRIMARY PAY, FOR BOTH PART A AND PART B")


def person_id(ids: pd.Series) -> pd.Series:
    """P00000001 is USRDS_ID 100000001."""
    return "1" + ids.str[1:]


def centre_id(ids: pd.Series) -> pd.Series:
    """No file names a centre."""
    return ids


def write(tables: dict[str, pd.DataFrame], extract: Path) -> None:
    """The extract's files, from native tables of text."""
    people = tables["patients"]
    spells = folded(backdated(tables["modality_spells"], people), SHORT_SPELL_DAYS)
    files = {
        "patients": _patients(people),
        "rxhist60": _treatment_history(spells, people),
        "tx": _transplants(spells),
        "medevid": _evidence(people),
        "payhist": _payers(tables["coverage"]),
        "crownweb_clinical": monthly(tables["labs"]),
    }
    files |= claims(tables["diagnoses"], tables["procedures"])
    for name, frame in files.items():
        text = frame.assign(USRDS_ID=person_id(frame["USRDS_ID"]))
        store.write_text(extract / f"{name}.csv", text.to_csv(index=False, lineterminator="\n"))


def sas_days(dates: pd.Series, plus: int = 0) -> pd.Series:
    """Days since 1960-01-01 as text; an empty cell stays empty."""
    given = dates != ""
    days = (pd.to_datetime(dates.where(given)) - pd.Timestamp(1960, 1, 1)).dt.days + plus
    return days.map(lambda day: "" if pd.isna(day) else str(int(day))).astype(object)


def numbers(ids: pd.Series) -> np.ndarray:
    """The number in a native id, to choose some people by."""
    return ids.str[1:].astype(int).to_numpy()


def _patients(people: pd.DataFrame) -> pd.DataFrame:
    first = people["first_dialysis_date"]
    race = np.array(["1", "1", "1", "2", "2", "4", "3"])[numbers(people["patient_id"]) % 7]
    return pd.DataFrame(
        {
            "USRDS_ID": people["patient_id"],
            "BORN": sas_days(people["birth_date"]),
            "DIED": sas_days(people["death_date"]),
            "FIRST_SE": sas_days(first),
            "FIRSTDIAL": sas_days(first),
            "INCYEAR": first.str[:4],
            "SEX": people["sex"].map({"male": "1", "female": "2"}).fillna("U"),
            "RACE": race,
            "DISGRPC": people["primary_renal_disease"].map(DISGRPC),
            "PDIS": "25040",
            "CDTYPE": "I",
        }
    )


def _treatment_history(spells: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Spells end on their last day; death is one more spell."""
    begin, end = sas_days(spells["start_date"]), sas_days(spells["end_date"], plus=-1)
    treated = pd.DataFrame(
        {
            "USRDS_ID": spells["patient_id"],
            "BEGDATE": begin,
            "ENDDATE": end,
            "DEATH": "0",
            "RXGROUP": spells["modality"].map(RXGROUP),
        }
    )
    dead = people[people["death_date"] != ""]
    died = sas_days(dead["death_date"])
    death = pd.DataFrame(
        {
            "USRDS_ID": dead["patient_id"],
            "BEGDATE": died,
            "ENDDATE": died,
            "DEATH": "1",
            "RXGROUP": "D",
        }
    )
    some = treated[numbers(treated["USRDS_ID"]) % UNCERTAIN == 0]
    uncertain = some.drop_duplicates("USRDS_ID").assign(RXGROUP="A")
    return pd.concat([treated, death, uncertain], ignore_index=True)


def _transplants(spells: pd.DataFrame) -> pd.DataFrame:
    grafts = spells[spells["modality"] == "TX"]
    return pd.DataFrame(
        {
            "USRDS_ID": grafts["patient_id"],
            "TDATE": sas_days(grafts["start_date"]),
            "FAILDATE": sas_days(grafts["end_date"]),
            "DTYPE": "C",
        }
    )


def _evidence(people: pd.DataFrame) -> pd.DataFrame:
    """CMS-2728 forms; the simulator has no albumin from before the first visit."""
    again = people[numbers(people["patient_id"]) % FORMS_TWICE == 0]
    whose = pd.concat([people, again], ignore_index=True)
    second = np.arange(len(whose)) >= len(people)
    return pd.DataFrame(
        {
            "USRDS_ID": whose["patient_id"],
            "ALBUM": "",
            "ALBUMDT": "",
            "ALBUMLM": "3.5",
            "DIALDAT": sas_days(whose["first_dialysis_date"]),
            "DIALTYP": "1",
            "FORMVERSION": np.where(whose["first_dialysis_date"] < "2015-10-01", "2005", "2015"),
            "TYPE2728": np.where(second, "2", "1"),
            "MESEQ": np.where(second, "2", "1"),
        }
    )


def _payers(coverage: pd.DataFrame) -> pd.DataFrame:
    """Fee for service while covered, in one spell or in two that continue each other."""
    rows = coverage[coverage["domain"] == "diagnoses"].reset_index(drop=True)
    number = numbers(rows["patient_id"])
    begin = sas_days(rows["start_date"])
    end = sas_days(rows["end_date"], plus=-1)
    label = np.where(number % 2 == 0, *FEE_FOR_SERVICE)
    whole = pd.DataFrame(
        {"USRDS_ID": rows["patient_id"], "PAYER": label, "BEGDATE": begin, "ENDDATE": end}
    )
    start = begin.astype(int)
    long = (number % PAYER_TWICE == 0) & ((end == "") | (pd.to_numeric(end) - start > 60))
    first = whole[long].assign(ENDDATE=(start[long] + 30).astype(str))
    second = whole[long].assign(BEGDATE=(start[long] + 31).astype(str))
    wait = whole[number % HEALTH_PLAN == 0].assign(
        PAYER="HMO",
        BEGDATE=lambda frame: (frame["BEGDATE"].astype(int) - 90).astype(str),
        ENDDATE=lambda frame: (frame["BEGDATE"].astype(int) + 89).astype(str),
    )
    return pd.concat([wait, second, first, whole[~long]], ignore_index=True)
