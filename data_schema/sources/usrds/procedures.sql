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
    SELECT h.USRDS_ID, h.CLM_FROM, c.code, c.cdtype, CASE WHEN h.HCFASAF IN ('Outpatient', 'O') THEN 'outpatient' ELSE 'inpatient' END AS setting, c.nth, h._file, h._row
    FROM hosp_to2009 h, LATERAL (
        SELECT unnest([h.HSSURG1, h.HSSURG2, h.HSSURG3, h.HSSURG4, h.HSSURG5, h.HSSURG6, h.HSSURG7, h.HSSURG8, h.HSSURG9, h.HSSURG10]) AS code,
               unnest(['P', 'P', 'P', 'P', 'P', 'P', 'P', 'P', 'P', 'P']) AS cdtype, unnest(range(10)) AS nth) c
    WHERE c.code IS NOT NULL OR c.nth = 0
    UNION ALL
    SELECT h.USRDS_ID, h.CLM_FROM, c.code, c.cdtype, CASE WHEN h.HCFASAF IN ('Outpatient', 'O') THEN 'outpatient' ELSE 'inpatient' END AS setting, c.nth, h._file, h._row
    FROM hosp_2010on h, LATERAL (
        SELECT unnest([h.HSSURG1, h.HSSURG2, h.HSSURG3, h.HSSURG4, h.HSSURG5, h.HSSURG6, h.HSSURG7, h.HSSURG8, h.HSSURG9, h.HSSURG10, h.HSSURG11, h.HSSURG12, h.HSSURG13, h.HSSURG14, h.HSSURG15, h.HSSURG16, h.HSSURG17, h.HSSURG18, h.HSSURG19, h.HSSURG20, h.HSSURG21, h.HSSURG22, h.HSSURG23, h.HSSURG24, h.HSSURG25]) AS code,
               unnest([h.HSSURG_CDTYPE1, h.HSSURG_CDTYPE2, h.HSSURG_CDTYPE3, h.HSSURG_CDTYPE4, h.HSSURG_CDTYPE5, h.HSSURG_CDTYPE6, h.HSSURG_CDTYPE7, h.HSSURG_CDTYPE8, h.HSSURG_CDTYPE9, h.HSSURG_CDTYPE10, h.HSSURG_CDTYPE11, h.HSSURG_CDTYPE12, h.HSSURG_CDTYPE13, h.HSSURG_CDTYPE14, h.HSSURG_CDTYPE15, h.HSSURG_CDTYPE16, h.HSSURG_CDTYPE17, h.HSSURG_CDTYPE18, h.HSSURG_CDTYPE19, h.HSSURG_CDTYPE20, h.HSSURG_CDTYPE21, h.HSSURG_CDTYPE22, h.HSSURG_CDTYPE23, h.HSSURG_CDTYPE24, h.HSSURG_CDTYPE25]) AS cdtype, unnest(range(25)) AS nth) c
    WHERE c.code IS NOT NULL OR c.nth = 0
    UNION ALL
    SELECT USRDS_ID, coalesce(LINEFROM, CLM_FROM), HCPCS, 'HCPCS', 'outpatient', 0, _file, _row FROM ps_line
),
dated AS (
    SELECT * EXCLUDE (CLM_FROM),
           coalesce(strftime((SELECT day_0 FROM epoch) + TRY_CAST(regexp_extract(CLM_FROM, '^-?[0-9]{1,5}$') AS INTEGER), '%Y-%m-%d'), strftime(try_strptime(CLM_FROM, '%d%b%Y'), '%Y-%m-%d'), CLM_FROM) AS CLM_FROM
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
