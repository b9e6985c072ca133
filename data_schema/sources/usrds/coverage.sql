-- Claims are complete while Medicare is the primary payer for parts A and B, fee for service. Spells without a gap
-- are one. ENDDATE is the last day of a spell.
-- A date is a number of days since the release's epoch or a day such as 01JAN2015.
WITH dated AS (
    SELECT USRDS_ID, PAYER IN ('MPAB', 'MEDICARE FFS PRIMARY PAY, FOR BOTH PART A AND PART B') AS pays, _file, _row,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(BEGDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(BEGDATE, '%d%b%Y'), '%Y-%m-%d'), BEGDATE) AS BEGDATE,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(ENDDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(ENDDATE, '%d%b%Y'), '%Y-%m-%d'), ENDDATE) AS ENDDATE
    FROM payhist
),
before AS (
    SELECT *, max(coalesce(TRY_CAST(ENDDATE AS DATE), DATE '9999-12-30')) OVER (PARTITION BY USRDS_ID, pays
                  ORDER BY BEGDATE, _file, _row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM dated
),
stay AS (
    SELECT *, reached IS NULL OR coalesce(TRY_CAST(BEGDATE AS DATE) > reached + INTERVAL 1 DAY, true) AS opens,
           sum(CASE WHEN reached IS NULL OR coalesce(TRY_CAST(BEGDATE AS DATE) > reached + INTERVAL 1 DAY, true) THEN 1 ELSE 0 END)
               OVER (PARTITION BY USRDS_ID, pays ORDER BY BEGDATE, _file, _row) AS number
    FROM before
),
whole AS (
    SELECT *, max(coalesce(TRY_CAST(ENDDATE AS DATE), DATE '9999-12-30')) OVER (PARTITION BY USRDS_ID, pays, number) AS last_day
    FROM stay
)
SELECT
    USRDS_ID                    AS patient_id,
    domain,
    BEGDATE                     AS start_date,
    CASE WHEN last_day < DATE '9999-12-30' THEN strftime(last_day + INTERVAL 1 DAY, '%Y-%m-%d') END AS end_date,
    CASE WHEN pays IS DISTINCT FROM true THEN 'not_fee_for_service' WHEN NOT opens THEN 'continues_coverage' END AS _out_of_scope,
    _file, _row
FROM whole CROSS JOIN (VALUES ('diagnoses'), ('procedures')) d(domain)
