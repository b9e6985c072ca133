SELECT
    patient_id,
    "date",
    system,
    code,
    _file, _row
FROM procedures
