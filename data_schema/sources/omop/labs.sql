-- An analyte by concept id or LOINC. The unit as sent is the source value, else the unit concept's.
SELECT
    m.person_id                                  AS patient_id,
    left(m.measurement_date, 10)                 AS sample_date,
    coalesce(t.meaning, s.meaning)               AS analyte,
    coalesce(CASE m.operator_concept_id WHEN '4171756' THEN '<' WHEN '4171754' THEN '<='
                                        WHEN '4172704' THEN '>' WHEN '4171755' THEN '>=' ELSE '' END
             || m.value_as_number, m.value_source_value) AS "value",
    coalesce(m.unit_source_value, u.label)       AS unit,
    m.range_high                                 AS assay_upper_limit,
    coalesce(v.care_site_id, p.care_site_id)     AS centre_id,
    CASE WHEN d.patient_id IS NULL THEN 'person_not_on_dialysis'
         WHEN coalesce(t.meaning, s.meaning) IS NULL THEN 'not_an_analyte'
         WHEN u.label <> w.label THEN 'unit_contradicted' END AS _out_of_scope,
    m._file, m._row
FROM measurement m
LEFT JOIN on_dialysis d ON d.patient_id = m.person_id
LEFT JOIN known_concepts t ON t.concept_id = m.measurement_concept_id
LEFT JOIN known_concepts s ON s.concept_id = m.measurement_source_concept_id
LEFT JOIN known_concepts u ON u.concept_id = m.unit_concept_id
LEFT JOIN known_concepts w ON w.meaning = 'unit' AND lower(w.label) = lower(m.unit_source_value)
LEFT JOIN visits v ON v.visit_occurrence_id = m.visit_occurrence_id
LEFT JOIN care_sites p ON p.person_id = m.person_id
