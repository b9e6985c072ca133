-- A value known by its month acts from the end of the month. Values are those before dialysis; the guide states no
-- unit for parathyroid hormone. Albumin of the CMS-2728 form is read from a person's last form.
-- A date is a number of days since the release's epoch or a day such as 01JAN2015.
WITH month AS (
    SELECT *, CASE WHEN regexp_full_match(REPORT_MONTH_YEAR, '20[0-9][0-9](0[1-9]|1[0-2])')
                   THEN strftime(last_day(strptime(REPORT_MONTH_YEAR, '%Y%m')), '%Y-%m-%d')
                   WHEN regexp_full_match(REPORT_MONTH_YEAR, '(0[1-9]|1[0-2])20[0-9][0-9]')
                   THEN strftime(last_day(strptime(REPORT_MONTH_YEAR, '%m%Y')), '%Y-%m-%d')
                   ELSE REPORT_MONTH_YEAR END AS month_end
    FROM crownweb_clinical
),
held AS (
    SELECT USRDS_ID, _file, _row,
           unnest(['calcium', 'calcium_corrected', 'phosphate', 'albumin', 'pth', 'pth', 'pth']) AS analyte,
           unnest([CALCIUM_UNCORRECTED, CALCIUM_CORRECTED, PHOSPHORUS, ALBUMIN, SERUM_PTH_HD, SERUM_PTH_PD, PTH]) AS number,
           unnest(['mg/dL', 'mg/dL', 'mg/dL', 'g/dL', 'pg/mL', 'pg/mL', 'pg/mL']) AS unit,
           unnest([month_end, month_end, month_end, month_end, SERUM_PTH_COLL_DATE_HD, SERUM_PTH_COLL_DATE_PD, PTH_COLL_DATE]) AS day,
           unnest([NULL, NULL, NULL, NULL, NULL, NULL, PTH_UPPER_LIMIT]) AS upper_limit,
           unnest(range(7)) AS nth,
           coalesce(CALCIUM_UNCORRECTED, CALCIUM_CORRECTED, PHOSPHORUS, ALBUMIN, SERUM_PTH_HD, SERUM_PTH_PD, PTH) IS NULL AS empty
    FROM month
),
form AS (
    SELECT *, row_number() OVER (PARTITION BY USRDS_ID ORDER BY TRY_CAST(MESEQ AS INTEGER) DESC, _file, _row) AS nth FROM medevid
),
every AS (
    SELECT USRDS_ID, day, analyte, number, unit, upper_limit, CASE WHEN empty THEN 'no_result' END AS scope, _file, _row
    FROM held WHERE number IS NOT NULL OR (empty AND nth = 0)
    UNION ALL
    SELECT USRDS_ID, ALBUMDT, 'albumin', ALBUM, 'g/dL', NULL,
           CASE WHEN nth > 1 THEN 'second_2728' WHEN ALBUM IS NULL THEN 'no_result' END, _file, _row
    FROM form
),
dated AS (
    SELECT * EXCLUDE (day),
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(day, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(day, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), day) AS day
    FROM every
)
SELECT
    USRDS_ID                                                    AS patient_id,
    day                                                         AS sample_date,
    analyte,
    number                                                      AS "value",
    unit,
    CASE analyte WHEN 'pth' THEN 'not_applicable' ELSE 'pre' END AS timing,
    upper_limit                                                 AS assay_upper_limit,
    scope                                                       AS _out_of_scope,
    _file, _row
FROM dated
