-- The coding system and the code behind a concept id. The concept table says it; without one, the
-- concept sets do; else the block of ids gives the system, and the record's source value is the code.
WITH seen AS (
    SELECT condition_source_concept_id AS concept_id FROM condition_occurrence
    UNION SELECT procedure_source_concept_id FROM procedure_occurrence
    UNION SELECT observation_source_concept_id FROM observation
),
named AS (
    SELECT concept_id, vocabulary_id AS vocabulary, concept_code AS code, 1 AS rank FROM concept
    UNION ALL
    SELECT concept_id, vocabulary, code, 2 FROM concept_sets WHERE concept_id IS NOT NULL AND code IS NOT NULL
    UNION ALL
    SELECT seen.concept_id, b.vocabulary, NULL, 3
    FROM seen JOIN vocabulary_blocks b
      ON TRY_CAST(seen.concept_id AS BIGINT) BETWEEN CAST(b.first_concept_id AS BIGINT) AND CAST(b.last_concept_id AS BIGINT)
)
SELECT
    concept_id,
    CASE vocabulary WHEN 'CPT4' THEN 'cpt' WHEN 'ICD10' THEN 'icd10who' ELSE lower(vocabulary) END AS system,
    code
FROM (SELECT concept_id, arg_min(vocabulary, rank) AS vocabulary, arg_min(code, rank) AS code FROM named
      WHERE concept_id <> '0' GROUP BY concept_id)
