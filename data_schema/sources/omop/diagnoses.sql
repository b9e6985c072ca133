-- Coded diagnoses with the system of their source concept. Status and history codes (Z99.2, V45.11)
-- stand in observation.
WITH records AS (
    SELECT 'condition' AS route, person_id, condition_start_date AS day, condition_source_concept_id AS source_id,
           condition_concept_id AS standard_id, condition_source_value AS code, visit_occurrence_id,
           condition_type_concept_id AS type_id, condition_status_source_value AS status, _file, _row
    FROM condition_occurrence
    UNION ALL
    SELECT 'observation', person_id, observation_date, observation_source_concept_id, NULL, observation_source_value,
           visit_occurrence_id, observation_type_concept_id, NULL, _file, _row
    FROM observation
)
SELECT
    r.person_id                                  AS patient_id,
    left(r.day, 10)                              AS "date",
    coalesce(s.system, t.system)                 AS system,
    CASE WHEN s.system IS NULL THEN t.code ELSE coalesce(s.code, r.code) END AS code,
    coalesce(v.setting, CASE r.type_id WHEN '32879' THEN 'registry' END) AS setting,
    lower(r.status)                              AS status,
    CASE WHEN d.patient_id IS NULL THEN 'person_not_on_dialysis'
         WHEN r.route = 'observation' AND coalesce(s.system NOT LIKE 'icd%', TRUE) THEN 'not_a_diagnosis'
         WHEN coalesce(s.system, t.system) IS NULL THEN 'code_without_system' END AS _out_of_scope,
    r._file, r._row
FROM records r
LEFT JOIN on_dialysis d ON d.patient_id = r.person_id
LEFT JOIN coding_systems s ON s.concept_id = r.source_id
LEFT JOIN coding_systems t ON t.concept_id = r.standard_id
LEFT JOIN visits v ON v.visit_occurrence_id = r.visit_occurrence_id
