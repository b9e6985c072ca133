-- Only LOINC is read: codes of the other standards (UKRR, PV, LOCAL, SNOMED) are counted as other_test.
-- The LOINC codes are those of analytes.toml, which says which of them were verified.
SELECT
    r.ukrdcid                                                       AS patient_id,
    left(coalesce(o.specimencollectedtime, i.observationtime), 10)  AS sample_date,
    coalesce(c.analyte, '')                                         AS analyte,
    i.resultvalue                                                   AS "value",
    i.resultvalueunits                                              AS unit,
    CASE i.prepost WHEN 'PRE' THEN 'pre' WHEN 'POST' THEN 'post' WHEN 'NA' THEN 'not_applicable' ELSE 'unknown' END AS timing,
    nullif(regexp_extract(i.referencerange, '^\s*[0-9.]+\s*-\s*([0-9.]+)\s*$', 1), '') AS assay_upper_limit,
    o.receivinglocationcode                                         AS centre_id,
    CASE WHEN i.status = 'D' THEN 'deleted_result' WHEN c.analyte IS NULL THEN 'other_test' END AS _out_of_scope,
    i._file, i._row
FROM resultitem i
LEFT JOIN laborder o ON i.orderid = o.id
LEFT JOIN patientrecord r ON o.pid = r.pid
LEFT JOIN (VALUES
    ('2731-8', 'pth'), ('14866-3', 'pth'), ('35568-5', 'pth_whole'),
    ('17861-6', 'calcium'), ('2000-8', 'calcium'),
    ('2777-1', 'phosphate'), ('14879-1', 'phosphate'),
    ('1751-7', 'albumin'), ('61151-7', 'albumin'), ('61152-5', 'albumin'), ('54347-0', 'albumin'),
    ('6768-6', 'alkaline_phosphatase'),
    ('1989-3', 'vitamin_d_25oh'), ('62292-8', 'vitamin_d_25oh'), ('14635-7', 'vitamin_d_25oh'),
    ('1963-8', 'bicarbonate'), ('2028-9', 'bicarbonate')
) c(loinc, analyte) ON i.serviceidcodestd = 'LOINC' AND i.serviceidcode = c.loinc
