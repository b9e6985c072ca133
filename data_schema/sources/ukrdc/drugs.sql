SELECT
    r.ukrdcid                       AS patient_id,
    left(m.fromtime, 10)            AS start_date,
    left(m.totime, 10)              AS end_date,
    lower(m.drugproductidcodestd)   AS system,
    m.drugproductidcode             AS code,
    m._file, m._row
FROM medication m
LEFT JOIN patientrecord r ON m.pid = r.pid
