"""Claims: institutional ones by setting and year, hospital stays in one wide row, physicians'."""

from __future__ import annotations

import numpy as np
import pandas as pd

CDTYPE = {"icd9cm": "I", "icd10cm": "D", "icd9proc": "P", "icd10pcs": "Q"}
TO_2009, FROM_2010 = "2010-01-01", 26
OTHER_CODES = 9  # one claim in so many has a revenue code beside it


def claims(diagnoses: pd.DataFrame, procedures: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """File -> its rows; ids are native ones. Yearly files are named ``ip_dxp_2015``."""
    diagnosis = _coded(diagnoses, diagnoses["setting"].replace("", "unknown"))
    operation = _coded(procedures, pd.Series("inpatient", index=procedures.index))
    hospital = operation["CDTYPE"] != ""
    institutional = pd.concat([diagnosis, operation[hospital]], ignore_index=True)
    inpatient = institutional[institutional["setting"] == "inpatient"]
    by_stay = inpatient["number"] % 2 == 0
    outpatient = institutional[institutional["setting"] == "outpatient"]
    at_hospital = outpatient["number"] % 2 == 0
    physician = pd.concat(
        [
            outpatient[~at_hospital],
            institutional[~institutional["setting"].isin(["inpatient", "outpatient"])],
        ]
    )
    files = _stays(inpatient[by_stay])
    files |= _by_year("ip_dxp", _lines(inpatient[~by_stay]))
    files |= _by_year("op_dxp", _lines(outpatient[at_hospital]))
    files |= _by_year("ps_dx", _lines(physician).rename(columns={"CODE": "DIAG"}))
    files |= _by_year("ps_line", _physician_lines(operation[~hospital]))
    return files


def claim_dates(dates: pd.Series) -> pd.Series:
    """2015-01-31 as 31JAN2015."""
    return pd.to_datetime(dates).dt.strftime("%d%b%Y").str.upper()


def _coded(rows: pd.DataFrame, setting: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USRDS_ID": rows["patient_id"],
            "CDTYPE": rows["system"].map(CDTYPE).fillna(""),
            "CODE": rows["code"],
            "date": rows["date"],
            "setting": setting,
            "number": rows["patient_id"].str[1:].astype(int),
        }
    )


def _lines(rows: pd.DataFrame) -> pd.DataFrame:
    lines = pd.DataFrame(
        {
            "USRDS_ID": rows["USRDS_ID"],
            "CDTYPE": rows["CDTYPE"],
            "CODE": rows["CODE"],
            "CLM_FROM": claim_dates(rows["date"]),
        }
    )
    other = lines[rows["number"].to_numpy() % OTHER_CODES == 0].assign(CDTYPE="R", CODE="0821")
    return pd.concat([lines, other], ignore_index=True)


def _physician_lines(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "USRDS_ID": rows["USRDS_ID"],
            "HCPCS": rows["CODE"],
            "CLM_FROM": claim_dates(rows["date"]),
            "LINEFROM": claim_dates(rows["date"]),
            "SRVCCT": "1",
        }
    )


def _by_year(name: str, lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    year = lines["CLM_FROM"].str[-4:]
    return {
        f"{name}_{one}": part.reset_index(drop=True) for one, part in lines.groupby(year, sort=True)
    }


def _stays(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One row a person and day, codes side by side; the file to 2009 knows ICD-9 only."""
    early = (rows["date"] < TO_2009).to_numpy()
    return {
        "hosp_to2009": _wide(rows[early], 10, 10, typed=False),
        "hosp_2010on": _wide(rows[~early], FROM_2010, FROM_2010 - 1, typed=True),
    }


def _wide(rows: pd.DataFrame, diagnoses: int, operations: int, typed: bool) -> pd.DataFrame:
    is_diagnosis = rows["CDTYPE"].isin(["I", "D"])
    kinds = (("DIAG", rows[is_diagnosis], diagnoses), ("SURG", rows[~is_diagnosis], operations))
    stays = rows[["USRDS_ID", "date"]].drop_duplicates().reset_index(drop=True)
    columns: dict[str, np.ndarray | pd.Series] = {
        "USRDS_ID": stays["USRDS_ID"],
        "CLM_FROM": claim_dates(stays["date"]),
        "HCFASAF": pd.Series("Inpatient", index=stays.index),
    }
    place = pd.MultiIndex.from_frame(stays)
    for kind, found, most in kinds:
        nth = found.groupby(["USRDS_ID", "date"]).cumcount()
        if len(nth) and nth.max() >= most:
            raise ValueError("diagnoses: more codes on one day than a stay has room for")
        for k in range(most):
            cells = found[nth == k].set_index(["USRDS_ID", "date"])
            for column, name in (
                ("CODE", f"HS{kind}{k + 1}"),
                ("CDTYPE", f"HS{kind}_CDTYPE{k + 1}"),
            ):
                if column == "CODE" or typed:
                    columns[name] = cells[column].reindex(place).fillna("").to_numpy()
    return pd.DataFrame(columns)
