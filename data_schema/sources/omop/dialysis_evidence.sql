-- Every record that speaks of kidney failure, dialysis or a kidney transplant, and the table it
-- stands in. A record's source concept is asked first, then its standard concept.
WITH records AS (
    SELECT 'condition' AS route, person_id, condition_start_date AS day,
           condition_source_concept_id AS source_id, condition_concept_id AS standard_id, _file, _row
    FROM condition_occurrence
    UNION ALL
    SELECT 'observation', person_id, observation_date, observation_source_concept_id, observation_concept_id, _file, _row
    FROM observation
    UNION ALL
    SELECT 'procedure', person_id, procedure_date, procedure_source_concept_id, procedure_concept_id, _file, _row
    FROM procedure_occurrence
    UNION ALL
    SELECT 'device', person_id, device_exposure_start_date, device_source_concept_id, device_concept_id, _file, _row
    FROM device_exposure
    UNION ALL
    SELECT 'visit', person_id, visit_start_date, visit_source_concept_id, visit_concept_id, _file, _row
    FROM visit_occurrence
)
SELECT r.person_id AS patient_id, TRY_CAST(left(r.day, 10) AS DATE) AS day, r.route,
       coalesce(s.meaning, t.meaning) AS meaning, r._file, r._row
FROM records r
LEFT JOIN known_concepts s ON s.concept_id = r.source_id
LEFT JOIN known_concepts t ON t.concept_id = r.standard_id
WHERE coalesce(s.meaning, t.meaning) IN (
    'eskd', 'dialysis', 'dialysis_hd', 'dialysis_pd', 'dialysis_session', 'dialysis_acute', 'dialysis_access', 'transplant')
