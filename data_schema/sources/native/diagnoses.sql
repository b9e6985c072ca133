SELECT
    patient_id,
    "date",
    system,
    code,
    setting,
    status,
    _file, _row
FROM diagnoses
