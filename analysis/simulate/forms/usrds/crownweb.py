"""CROWNWeb: one row a person and month, the last values of the month."""

from __future__ import annotations

import pandas as pd

from analysis.simulate.forms.losses import converted

COLUMNS = {"albumin": "ALBUMIN", "calcium": "CALCIUM_UNCORRECTED", "phosphate": "PHOSPHORUS"}
UNITS = {
    "albumin": ("g/dL", 1),
    "calcium": ("mg/dL", 1),
    "phosphate": ("mg/dL", 1),
    "pth": ("pg/mL", 0),
}
BEGINS, PTH_ENDS, PTH_AGAIN = "2012-05-01", "2014-05-01", "2022-07-01"


def monthly(labs: pd.DataFrame) -> pd.DataFrame:
    """The file's rows; ids are native ones.

    Parathyroid hormone has its own day of collection, in one column on haemodialysis and in
    another on peritoneal dialysis until April 2014, in none until June 2022, then in a new one.
    """
    rows = labs[(labs["sample_date"] >= BEGINS) & labs["analyte"].isin(UNITS)]
    rows = rows[rows["timing"] != "post"]
    pth = rows["analyte"] == "pth"
    gap = (rows["sample_date"] >= PTH_ENDS) & (rows["sample_date"] < PTH_AGAIN)
    rows = rows[~(pth & gap)]
    rows = rows.assign(month=rows["sample_date"].str[:7])
    last = rows.sort_values("sample_date", kind="stable").drop_duplicates(
        ["patient_id", "analyte", "month"], keep="last"
    )
    keys = ["patient_id", "month"]
    months = rows[keys].drop_duplicates().sort_values(keys)
    place = pd.MultiIndex.from_frame(months)
    columns = {
        "USRDS_ID": months["patient_id"].to_numpy(),
        "REPORT_MONTH_YEAR": (months["month"].str[5:] + months["month"].str[:4]).to_numpy(),
    }
    for analyte, name in COLUMNS.items():
        columns[name] = _values(last, analyte).reindex(place).fillna("").to_numpy()
    columns["CALCIUM_CORRECTED"] = [""] * len(months)
    return pd.DataFrame(columns | _hormone(last, labs, place))


def _values(last: pd.DataFrame, analyte: str) -> pd.Series:
    rows = last[last["analyte"] == analyte]
    written = converted(rows["analyte"], rows["value"], rows["unit"], *UNITS[analyte])
    return pd.Series(
        written.to_numpy(), index=pd.MultiIndex.from_frame(rows[["patient_id", "month"]])
    )


def _hormone(last: pd.DataFrame, labs: pd.DataFrame, place: pd.MultiIndex) -> dict[str, pd.Series]:
    """Values with their days, in the columns of the time and of the modality."""
    rows = last[last["analyte"] == "pth"]
    index = pd.MultiIndex.from_frame(rows[["patient_id", "month"]])
    value = _values(last, "pth")
    day = pd.Series(_sas_days(rows["sample_date"]), index=index)
    peritoneal = labs[(labs["analyte"] == "calcium") & (labs["timing"] == "not_applicable")]
    days = pd.MultiIndex.from_frame(peritoneal[["patient_id", "sample_date"]])
    on_peritoneal = pd.MultiIndex.from_frame(rows[["patient_id", "sample_date"]]).isin(days)
    old = (rows["sample_date"] < PTH_ENDS).to_numpy()
    columns = {}
    for suffix, chosen in (("_HD", old & ~on_peritoneal), ("_PD", old & on_peritoneal)):
        columns[f"SERUM_PTH{suffix}"] = value[chosen]
        columns[f"SERUM_PTH_COLL_DATE{suffix}"] = day[chosen]
    columns |= {"PTH": value[~old], "PTH_COLL_DATE": day[~old]}
    filled = {name: cells.reindex(place).fillna("").to_numpy() for name, cells in columns.items()}
    return filled | {"PTH_UPPER_LIMIT": [""] * len(place)}


def _sas_days(dates: pd.Series) -> list[str]:
    days = (pd.to_datetime(dates) - pd.Timestamp(1960, 1, 1)).dt.days
    return [str(day) for day in days]
