SELECT
    patient_id,
    start_date,
    end_date,
    system,
    code,
    _file, _row
FROM drugs
