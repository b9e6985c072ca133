-- A code travels with its standard. Causes of kidney failure that exclude the disease or point to it
-- (groups of data_schema/codelists, system edta_prd) are diagnoses too, dated where they are.
SELECT
    r.ukrdcid                               AS patient_id,
    left(d.identificationtime, 10)          AS "date",
    CASE WHEN d.diagnosiscodestd IN ('EDTA', 'EDTA2') THEN 'edta_prd' ELSE lower(d.diagnosiscodestd) END AS system,
    d.diagnosiscode                         AS code,
    NULL                                    AS setting,
    CASE d.verificationstatus WHEN 'refuted' THEN 'refuted' WHEN 'entered-in-error' THEN 'entered_in_error'
         WHEN 'unconfirmed' THEN 'unconfirmed' WHEN 'provisional' THEN 'unconfirmed'
         WHEN 'differential' THEN 'unconfirmed' ELSE 'confirmed' END AS status,
    NULL                                    AS _out_of_scope,
    d._file, d._row
FROM diagnosis d
LEFT JOIN patientrecord r ON d.pid = r.pid
UNION ALL
SELECT
    r.ukrdcid, left(d.identificationtime, 10), 'edta_prd', d.diagnosiscode, 'registry', 'confirmed',
    CASE WHEN d.diagnosiscodestd NOT IN ('EDTA', 'EDTA2') OR d.diagnosiscode NOT IN (
        '82', '2578', '2584', '84', '1486', '1493', '87', '1527', '1536', '1969', '1976', '93', '3662', '3160',
        '53', '3194', '3207', '3211', '3731', '1850') THEN 'cause_not_on_a_list' END,
    d._file, d._row
FROM renaldiagnosis d
LEFT JOIN patientrecord r ON d.pid = r.pid
