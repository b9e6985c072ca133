SELECT
    patient_id,
    domain,
    start_date,
    end_date,
    _file, _row
FROM coverage
