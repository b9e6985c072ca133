-- An observation period covers every kind of record; its end day is the last day observed.
SELECT
    o.person_id                                  AS patient_id,
    'all'                                        AS domain,
    left(o.observation_period_start_date, 10)    AS start_date,
    TRY_CAST(left(o.observation_period_end_date, 10) AS DATE) + 1 AS end_date,
    CASE WHEN d.patient_id IS NULL THEN 'person_not_on_dialysis' END AS _out_of_scope,
    o._file, o._row
FROM observation_period o
LEFT JOIN on_dialysis d ON d.patient_id = o.person_id
