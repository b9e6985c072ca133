-- Everybody in the database; those without dialysis for chronic kidney failure are out of scope.
-- Observation that ends with death is not a loss of contact.
SELECT
    p.person_id                                  AS patient_id,
    CASE p.gender_concept_id WHEN '8532' THEN 'female' WHEN '8507' THEN 'male' ELSE 'unknown' END AS sex,
    CASE WHEN p.day_of_birth IS NOT NULL AND p.month_of_birth IS NOT NULL
         THEN concat(p.year_of_birth, '-', lpad(p.month_of_birth, 2, '0'), '-', lpad(p.day_of_birth, 2, '0'))
         WHEN p.month_of_birth IS NOT NULL THEN concat(p.year_of_birth, '-', lpad(p.month_of_birth, 2, '0'))
         ELSE p.year_of_birth END                AS birth_date,
    t.first_dialysis_date,
    o.start_date                                 AS registry_entry_date,
    left(d.death_date, 10)                       AS death_date,
    nullif(o.end_date, left(d.death_date, 10))   AS last_contact_date,
    p.care_site_id                               AS centre_id,
    CASE WHEN t.patient_id IS NULL THEN 'no_kidney_failure' ELSE t.why_not END AS _out_of_scope,
    p._file, p._row
FROM person p
LEFT JOIN timeline t ON t.patient_id = p.person_id
LEFT JOIN observed o ON o.person_id = p.person_id
LEFT JOIN (SELECT person_id, min(death_date) AS death_date FROM death GROUP BY person_id) d ON d.person_id = p.person_id
