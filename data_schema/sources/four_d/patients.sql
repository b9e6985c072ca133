-- Time is days / 365.25 since randomisation; dates are counted from a nominal 1 January 2000.
WITH dated AS (  -- what is no time stays as it is, to be rejected
    SELECT *, coalesce(strftime(DATE '2000-01-01' + CAST(round(TRY_CAST("time" AS DOUBLE) * 365.25) AS INTEGER), '%Y-%m-%d'), "time") AS day
    FROM four_d
)
SELECT
    id                              AS patient_id,
    lower(sex)                      AS sex,
    age                             AS age_at_first_dialysis,
    '2000-01-01'                    AS first_dialysis_date,
    CASE WHEN status = '2' THEN day END AS death_date,
    day                             AS last_contact_date,
    'diabetes'                      AS primary_renal_disease,
    NULL                            AS centre_id,
    _file, _row
FROM dated
