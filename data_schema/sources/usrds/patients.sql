-- Time zero is FIRST_SE. A date is a number of days since the release's epoch or a day such as 01JAN2015.
WITH dated AS (
    SELECT USRDS_ID, SEX, DISGRPC, _file, _row,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(BORN, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(BORN, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), BORN) AS BORN,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(DIED, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(DIED, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), DIED) AS DIED,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(FIRST_SE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(FIRST_SE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), FIRST_SE) AS FIRST_SE,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(FIRSTDIAL, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(FIRSTDIAL, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), FIRSTDIAL) AS FIRSTDIAL
    FROM patients
)
SELECT
    USRDS_ID                                                        AS patient_id,
    CASE SEX WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS sex,
    BORN                                                            AS birth_date,
    FIRST_SE                                                        AS first_dialysis_date,
    DIED                                                            AS death_date,
    CASE DISGRPC WHEN '1' THEN 'diabetes' WHEN '2' THEN 'hypertension' WHEN '3' THEN 'glomerulonephritis'
         WHEN '4' THEN 'cystic' WHEN '5' THEN 'renal_other' WHEN '6' THEN 'other' ELSE 'unknown' END AS primary_renal_disease,
    CASE WHEN FIRST_SE IS NOT NULL AND FIRSTDIAL IS NULL THEN 'never_dialysed' END AS _out_of_scope,
    _file, _row
FROM dated
