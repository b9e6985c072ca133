-- ICD procedures stand among the codes of institutional claims, CPT and HCPCS on the lines of physicians' claims.
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
    SELECT * FROM (
        SELECT USRDS_ID, CLM_FROM, unnest([*COLUMNS('^HSSURG[0-9]+$')]) AS code, 'P' AS cdtype,
               CASE WHEN HCFASAF IN ('Outpatient', 'O') THEN 'outpatient' ELSE 'inpatient' END AS setting,
               unnest(range(10)) AS nth, _file, _row
        FROM hosp_to2009)
    WHERE code IS NOT NULL OR nth = 0  -- a record without any code is still counted
    UNION ALL
    SELECT * FROM (
        SELECT USRDS_ID, CLM_FROM, unnest([*COLUMNS('^HSSURG[0-9]+$')]) AS code,
               unnest([*COLUMNS('^HSSURG_CDTYPE[0-9]+$')]) AS cdtype,
               CASE WHEN HCFASAF IN ('Outpatient', 'O') THEN 'outpatient' ELSE 'inpatient' END AS setting,
               unnest(range(25)) AS nth, _file, _row
        FROM hosp_2010on)
    WHERE code IS NOT NULL OR nth = 0  -- a record without any code is still counted
    UNION ALL
    SELECT USRDS_ID, coalesce(LINEFROM, CLM_FROM), HCPCS, 'HCPCS', 'outpatient', 0, _file, _row FROM ps_line
),
dated AS (
    SELECT * EXCLUDE (CLM_FROM),
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(CLM_FROM, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(regexp_extract(CLM_FROM, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), '%Y-%m-%d'), CLM_FROM) AS CLM_FROM
    FROM claim
)
SELECT
    USRDS_ID                        AS patient_id,
    CLM_FROM                        AS "date",
    CASE cdtype WHEN 'P' THEN 'icd9proc' WHEN 'Q' THEN 'icd10pcs'
                WHEN 'HCPCS' THEN CASE WHEN regexp_full_match(code, '[0-9]{4}[0-9A-Z]') THEN 'cpt' ELSE 'hcpcs' END END AS system,
    code,
    CASE WHEN code IS NULL THEN 'no_code'
         WHEN cdtype IN ('I', 'D', 'E', 'C', 'O', 'V', 'R', 'S', 'J') THEN 'not_a_procedure' END AS _out_of_scope,
    _file, _row
FROM dated
