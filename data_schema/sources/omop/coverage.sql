-- An observation period covers every kind of record. Its end day is the last day observed; the
-- last period ends with the person's last contact.
SELECT
    o.person_id                                  AS patient_id,
    'all'                                        AS domain,
    left(o.observation_period_start_date, 10)    AS start_date,
    CASE WHEN left(o.observation_period_end_date, 10) < w.end_date
         THEN coalesce(CAST(TRY_CAST(left(o.observation_period_end_date, 10) AS DATE) + 1 AS VARCHAR),
                       o.observation_period_end_date) END AS end_date,  -- what is no day is rejected
    CASE WHEN d.patient_id IS NULL THEN 'person_not_on_dialysis' END AS _out_of_scope,
    o._file, o._row
FROM observation_period o
LEFT JOIN observed w ON w.person_id = o.person_id
LEFT JOIN on_dialysis d ON d.patient_id = o.person_id
