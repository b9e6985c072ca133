-- Where a record was made: the setting of its visit, and the care site.
SELECT v.visit_occurrence_id, coalesce(s.meaning, t.meaning) AS setting, v.care_site_id
FROM visit_occurrence v
JOIN on_dialysis d ON d.patient_id = v.person_id
LEFT JOIN known_concepts s ON s.concept_id = v.visit_source_concept_id
LEFT JOIN known_concepts t ON t.concept_id = v.visit_concept_id
