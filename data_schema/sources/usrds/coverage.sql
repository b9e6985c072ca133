-- Claims are complete while Medicare is the primary payer for parts A and B, fee for service. Spells without a gap
-- are one. ENDDATE is the last day of a spell.
-- A date is a number of days since the release's epoch or a day such as 01JAN2015.
WITH dated AS (
    SELECT USRDS_ID, PAYER IN ('MPAB', 'MEDICARE FFS PRIMARY PAY, FOR BOTH PART A AND PART B') AS pays, _file, _row,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(BEGDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(BEGDATE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), BEGDATE) AS BEGDATE,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(ENDDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(ENDDATE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), ENDDATE) AS ENDDATE
    FROM payhist
),
told AS (  -- a stay whose days cannot be read joins no other: it is rejected
    SELECT *, TRY_CAST(BEGDATE AS DATE) AS first_day,
           CASE WHEN ENDDATE IS NULL THEN DATE '9999-12-30' ELSE TRY_CAST(ENDDATE AS DATE) END AS end_day,
           first_day IS NULL OR end_day IS NULL AS unread
    FROM dated
),
before AS (
    SELECT *, max(end_day) OVER (PARTITION BY USRDS_ID, pays, unread
                  ORDER BY first_day, _file, _row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM told
),
stay AS (
    SELECT *, unread OR reached IS NULL OR first_day > reached + INTERVAL 1 DAY AS opens,
           sum(CASE WHEN opens THEN 1 ELSE 0 END) OVER (PARTITION BY USRDS_ID, pays, unread ORDER BY first_day, _file, _row) AS number
    FROM before
),
whole AS (
    SELECT *, max(end_day) OVER (PARTITION BY USRDS_ID, pays, unread, number) AS last_day
    FROM stay
)
SELECT
    USRDS_ID                    AS patient_id,
    domain,
    BEGDATE                     AS start_date,
    CASE WHEN unread THEN ENDDATE WHEN last_day < DATE '9999-12-30' THEN strftime(last_day + INTERVAL 1 DAY, '%Y-%m-%d') END AS end_date,
    CASE WHEN pays IS DISTINCT FROM true THEN 'not_fee_for_service' WHEN NOT opens THEN 'continues_coverage' END AS _out_of_scope,
    _file, _row
FROM whole CROSS JOIN (VALUES ('diagnoses'), ('procedures')) d(domain)
