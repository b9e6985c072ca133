-- Transplantations stand in a table of their own; one without a code is still one.
SELECT
    r.ukrdcid                       AS patient_id,
    left(p.proceduretime, 10)       AS "date",
    lower(p.proceduretypecodestd)   AS system,
    p.proceduretypecode             AS code,
    p._file, p._row
FROM procedure p
LEFT JOIN patientrecord r ON p.pid = r.pid
UNION ALL
SELECT
    r.ukrdcid, left(x.proceduretime, 10), coalesce(lower(x.proceduretypecodestd), 'ukrdc'),
    coalesce(x.proceduretypecode, 'TRANSPLANT'), x._file, x._row
FROM transplant x
LEFT JOIN patientrecord r ON x.pid = r.pid
