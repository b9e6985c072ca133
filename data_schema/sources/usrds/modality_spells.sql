-- ENDDATE is the last day of a spell. A transplantation of TX that begins no spell of RXHIST60 is one.
-- A date is a number of days since the release's epoch or a day such as 01JAN2015.
WITH spell AS (
    SELECT USRDS_ID, RXGROUP, _file, _row,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(BEGDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(BEGDATE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), BEGDATE) AS BEGDATE,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(ENDDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(ENDDATE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), ENDDATE) AS ENDDATE
    FROM rxhist60
),
graft AS (
    SELECT USRDS_ID, _file, _row,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(TDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(TDATE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), TDATE) AS TDATE,
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(FAILDATE, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(FAILDATE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), FAILDATE) AS FAILDATE
    FROM tx
)
SELECT
    USRDS_ID                            AS patient_id,
    BEGDATE                             AS start_date,
    coalesce(strftime(TRY_CAST(ENDDATE AS DATE) + INTERVAL 1 DAY, '%Y-%m-%d'), ENDDATE) AS end_date,
    CASE WHEN RXGROUP IN ('1', '2', 'N') THEN 'HD' WHEN RXGROUP = '3' THEN 'HHD'
         WHEN RXGROUP IN ('5', '7', '9') THEN 'PD' WHEN RXGROUP = 'T' THEN 'TX'
         WHEN RXGROUP = 'Z' THEN 'recovered' WHEN RXGROUP = 'B' THEN 'stopped' WHEN RXGROUP = 'X' THEN 'lost'
         ELSE RXGROUP END               AS modality,
    CASE RXGROUP WHEN 'D' THEN 'death_is_in_patients' WHEN 'A' THEN 'uncertain_treatment' END AS _out_of_scope,
    _file, _row
FROM spell
UNION ALL
SELECT
    graft.USRDS_ID, graft.TDATE, graft.FAILDATE, 'TX',
    CASE WHEN known.USRDS_ID IS NOT NULL THEN 'in_treatment_history' END, graft._file, graft._row
FROM graft
LEFT JOIN (SELECT DISTINCT USRDS_ID, BEGDATE FROM spell WHERE RXGROUP = 'T') known
    ON known.USRDS_ID = graft.USRDS_ID AND known.BEGDATE = graft.TDATE
