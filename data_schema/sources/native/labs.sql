SELECT
    patient_id,
    sample_date,
    result_date,
    analyte,
    "value",
    unit,
    timing,
    assay_upper_limit,
    centre_id,
    _file, _row
FROM labs
