-- Setting comes from the file: the claims of 2022 and later do not say it. Undotted codes collide between ICD-9-CM and
-- ICD-10-CM: the system is CDTYPE's, and ICD-9 external causes (E) are a system of their own. A claim counts from CLM_FROM.
-- The hospital file of 2010 and later keeps a code's type beside it; the one before knows only ICD-9.
-- A date is a number of days since the release's epoch or a day such as 01JAN2015.
WITH claim AS (
    SELECT USRDS_ID, CLM_FROM, CODE AS code, CDTYPE AS cdtype, 'inpatient' AS setting, 0 AS nth, _file, _row FROM ip_dxp
    UNION ALL
    SELECT USRDS_ID, CLM_FROM, CODE AS code, CDTYPE AS cdtype, 'outpatient' AS setting, 0 AS nth, _file, _row FROM op_dxp
    UNION ALL
    SELECT USRDS_ID, CLM_FROM, CODE AS code, CDTYPE AS cdtype, 'unknown' AS setting, 0 AS nth, _file, _row FROM sn_dxp
    UNION ALL
    SELECT USRDS_ID, CLM_FROM, CODE AS code, CDTYPE AS cdtype, 'unknown' AS setting, 0 AS nth, _file, _row FROM hh_dxp
    UNION ALL
    SELECT USRDS_ID, CLM_FROM, CODE AS code, CDTYPE AS cdtype, 'unknown' AS setting, 0 AS nth, _file, _row FROM hs_dxp
    UNION ALL
    SELECT USRDS_ID, CLM_FROM, DIAG, CDTYPE, 'outpatient', 0, _file, _row FROM ps_dx
    UNION ALL
    SELECT * FROM (
        SELECT USRDS_ID, CLM_FROM, unnest([*COLUMNS('^HSDIAG[0-9]+$')]) AS code, 'I' AS cdtype,
               CASE WHEN HCFASAF IN ('Outpatient', 'O') THEN 'outpatient' ELSE 'inpatient' END AS setting,
               unnest(range(10)) AS nth, _file, _row
        FROM hosp_to2009)
    WHERE code IS NOT NULL OR nth = 0  -- a record without any code is still counted
    UNION ALL
    SELECT * FROM (
        SELECT USRDS_ID, CLM_FROM, unnest([*COLUMNS('^HSDIAG[0-9]+$')]) AS code,
               unnest([*COLUMNS('^HSDIAG_CDTYPE[0-9]+$')]) AS cdtype,
               CASE WHEN HCFASAF IN ('Outpatient', 'O') THEN 'outpatient' ELSE 'inpatient' END AS setting,
               unnest(range(26)) AS nth, _file, _row
        FROM hosp_2010on)
    WHERE code IS NOT NULL OR nth = 0  -- a record without any code is still counted
    UNION ALL
    SELECT USRDS_ID, FIRST_SE, PDIS, 'PDIS', 'registry', 0, _file, _row FROM patients
),
dated AS (
    SELECT * EXCLUDE (CLM_FROM),
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(CLM_FROM, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(CLM_FROM, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), CLM_FROM) AS CLM_FROM
    FROM claim
)
SELECT
    USRDS_ID                        AS patient_id,
    CLM_FROM                        AS "date",
    CASE cdtype WHEN 'I' THEN 'icd9cm' WHEN 'D' THEN 'icd10cm' WHEN 'E' THEN 'icd9cm_external'
                WHEN 'PDIS' THEN 'usrds_pdis' END AS system,
    code,
    setting,
    'confirmed'                     AS status,
    CASE WHEN cdtype = 'PDIS' AND coalesce(code, '') NOT IN ('135Z', '2030', '20300', '2030A', '2030Z', '203Z', 'C9000', '7101', '7101B', '7101Z', 'M3489', '2718', '2718B', '2718Z', 'E7253', '2754A', '27549', 'E8352') THEN 'cause_not_on_a_list'
         WHEN code IS NULL THEN 'no_code'
         WHEN cdtype IN ('P', 'Q', 'C', 'O', 'V', 'R', 'S', 'J') THEN 'not_a_diagnosis' END AS _out_of_scope,
    _file, _row
FROM dated
