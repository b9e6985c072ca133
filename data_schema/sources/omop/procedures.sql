-- Coded procedures with the system of their source concept, else of their standard concept.
SELECT
    p.person_id                                  AS patient_id,
    left(p.procedure_date, 10)                   AS "date",
    coalesce(s.system, t.system)                 AS system,
    CASE WHEN s.system IS NULL THEN t.code ELSE coalesce(s.code, p.procedure_source_value) END AS code,
    CASE WHEN d.patient_id IS NULL THEN 'person_not_on_dialysis'
         WHEN coalesce(s.system, t.system) IS NULL THEN 'code_without_system' END AS _out_of_scope,
    p._file, p._row
FROM procedure_occurrence p
LEFT JOIN on_dialysis d ON d.patient_id = p.person_id
LEFT JOIN coding_systems s ON s.concept_id = p.procedure_source_concept_id
LEFT JOIN coding_systems t ON t.concept_id = p.procedure_concept_id
