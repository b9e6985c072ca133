-- Codes of UKRDC schema 3.3.0. Codes 20 to 29 are not sorted by donor; 31 and 32 are rejections, not treatments.
-- Transfer (38) ends a spell and nobody's follow-up. Recovery (90), stopping (91, 92) and loss (95) are known only
-- from how a treatment ended, and begin that day. Hybrids of peritoneal and haemodialysis count as peritoneal.
-- HOME as place of haemodialysis (qbl05) is not verified.
WITH spell AS (
    SELECT r.ukrdcid, left(t.fromtime, 10) AS fromdate, left(t.totime, 10) AS todate, t.dischargereasoncode,
           t.healthcarefacilitycode, t.admitreasoncode AS code, t._file, t._row,
           CASE WHEN t.admitreasoncode IN ('1', '2', '3', '4', '5', '9')
                THEN CASE WHEN upper(t.qbl05) = 'HOME' THEN 'HHD' ELSE 'HD' END
                WHEN t.admitreasoncode IN ('10', '11', '12', '13', '14', '15', '16', '17', '19',
                                           '111', '121', '201', '202', '203') THEN 'PD'
                WHEN t.admitreasoncode IN ('20', '21', '22', '23', '24', '25', '26', '27', '28', '29',
                                           '74', '75', '76') THEN 'TX'
                ELSE t.admitreasoncode END AS modality
    FROM treatment t LEFT JOIN patientrecord r ON t.pid = r.pid
)
SELECT
    ukrdcid                             AS patient_id,
    fromdate                            AS start_date,
    todate                              AS end_date,
    modality,
    healthcarefacilitycode              AS centre_id,
    CASE WHEN code IN ('31', '32') THEN 'not_a_modality'
         WHEN code IN ('80', '81', '82', '83') THEN 'acute'
         WHEN code IN ('93', '94') THEN 'conservative'
         WHEN code IN ('110', '900') THEN 'not_replacement' END AS _out_of_scope,
    _file, _row
FROM spell
UNION ALL
SELECT
    ukrdcid, todate, NULL,
    CASE dischargereasoncode WHEN '90' THEN 'recovered' WHEN '95' THEN 'lost' ELSE 'stopped' END,
    healthcarefacilitycode, NULL, _file, _row
FROM spell
WHERE dischargereasoncode IN ('90', '91', '92', '95') AND modality IN ('HD', 'HHD', 'PD', 'TX')
UNION ALL
SELECT
    r.ukrdcid, left(x.proceduretime, 10), left(x.tra64, 10), 'TX', NULL,
    CASE WHEN s.ukrdcid IS NOT NULL THEN 'in_treatment' END,
    x._file, x._row
FROM transplant x
LEFT JOIN patientrecord r ON x.pid = r.pid
LEFT JOIN (SELECT DISTINCT ukrdcid, fromdate FROM spell WHERE modality = 'TX') s
    ON s.ukrdcid = r.ukrdcid AND s.fromdate = left(x.proceduretime, 10)
