-- One person has several records (pid), one a unit that sends; ukrdcid says who is the same.
-- Time zero is the first chronic dialysis of any unit. PRD codes 0-99 are read where their standard is EDTA.
WITH person AS (
    SELECT ukrdcid, min(pid) AS first_pid, min(left(repositorycreationdate, 10)) AS registered
    FROM patientrecord GROUP BY ukrdcid
),
facts AS (
    SELECT r.ukrdcid, min(left(p.birthtime, 10)) AS born, min(left(p.deathtime, 10)) AS died,
           min(p.gender) FILTER (p.gender IN ('1', '2')) AS gender
    FROM patient p JOIN patientrecord r ON p.pid = r.pid GROUP BY r.ukrdcid
),
treated AS (
    SELECT r.ukrdcid,
           min(left(t.fromtime, 10)) FILTER (t.admitreasoncode IN ('1', '2', '3', '4', '5', '9', '10', '11', '12', '13',
               '14', '15', '16', '17', '19', '111', '121', '201', '202', '203')) AS first_dialysis,
           max(left(t.totime, 10)) FILTER (t.dischargereasoncode = '95') AS lost,
           max(left(t.fromtime, 10)) AS last_start,
           arg_min(t.healthcarefacilitycode, left(t.fromtime, 10) || lpad(t.id, 20, '0')) AS facility
    FROM treatment t JOIN patientrecord r ON t.pid = r.pid GROUP BY r.ukrdcid
),
cause AS (
    SELECT r.ukrdcid, min(CAST(d.diagnosiscode AS INTEGER)) AS code
    FROM renaldiagnosis d JOIN patientrecord r ON d.pid = r.pid
    WHERE d.diagnosiscodestd = 'EDTA' AND regexp_full_match(d.diagnosiscode, '[0-9]{1,2}') GROUP BY r.ukrdcid
)
SELECT
    r.ukrdcid                                                       AS patient_id,
    CASE f.gender WHEN '1' THEN 'male' WHEN '2' THEN 'female' ELSE 'unknown' END AS sex,
    f.born                                                          AS birth_date,
    t.first_dialysis                                                AS first_dialysis_date,
    person.registered                                               AS registry_entry_date,
    f.died                                                          AS death_date,
    CASE WHEN t.lost >= t.last_start THEN t.lost END                AS last_contact_date,
    CASE WHEN c.code IN (80, 81)                                    THEN 'diabetes'
         WHEN c.code IN (71, 72)                                    THEN 'hypertension'
         WHEN c.code BETWEEN 10 AND 19 OR c.code IN (76, 78)        THEN 'glomerulonephritis'
         WHEN c.code BETWEEN 40 AND 49                              THEN 'cystic'
         WHEN c.code BETWEEN 50 AND 66                              THEN 'congenital'
         WHEN c.code BETWEEN 20 AND 39                              THEN 'renal_other'
         WHEN c.code IS NULL OR c.code IN (0, 99)                   THEN 'unknown'
         ELSE 'other' END                                           AS primary_renal_disease,
    t.facility                                                      AS centre_id,
    CASE WHEN r.pid <> person.first_pid THEN 'other_record_of_person'
         WHEN r.ukrdcid IS NOT NULL AND t.first_dialysis IS NULL THEN 'never_on_dialysis' END AS _out_of_scope,
    p._file, p._row
FROM patient p
LEFT JOIN patientrecord r ON p.pid = r.pid
LEFT JOIN person ON r.ukrdcid = person.ukrdcid
LEFT JOIN facts f ON r.ukrdcid = f.ukrdcid
LEFT JOIN treated t ON r.ukrdcid = t.ukrdcid
LEFT JOIN cause c ON r.ukrdcid = c.ukrdcid
