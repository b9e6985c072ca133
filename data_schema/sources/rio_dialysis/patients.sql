-- Month 1 is January 1998. The form has no identifier: the record number stands for the person.
WITH dated AS (  -- what is no month stays as it is, to be rejected
    SELECT *, coalesce(strftime(DATE '1997-12-01' + to_months(TRY_CAST("begin" AS INTEGER)), '%Y-%m-%d'), "begin") AS started,
           coalesce(strftime(DATE '1997-12-01' + to_months(TRY_CAST("end" AS INTEGER)), '%Y-%m-%d'), "end") AS ended
    FROM rio_dialysis
)
SELECT
    CAST(_row AS VARCHAR)                                                              AS patient_id,
    'unknown'                                                                          AS sex,
    age                                                                                AS age_at_first_dialysis,
    started                                                                            AS first_dialysis_date,
    CASE WHEN event = '1' THEN ended END                                               AS death_date,
    ended                                                                              AS last_contact_date,
    CASE disease WHEN 'hypert' THEN 'hypertension' WHEN 'renal' THEN 'renal_other' WHEN 'congen' THEN 'congenital'
                 ELSE disease END                                                      AS primary_renal_disease,
    center                                                                             AS centre_id,
    _file, _row
FROM dated
