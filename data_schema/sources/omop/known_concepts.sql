-- What each concept id means to us: by its id, or by the code that the extract's concept table gives it.
SELECT concept_id, min("group") AS meaning, min(label) AS label
FROM (
    SELECT concept_id, "group", label FROM concept_sets WHERE concept_id IS NOT NULL
    UNION ALL
    SELECT c.concept_id, s."group", s.label
    FROM concept c JOIN concept_sets s ON s.vocabulary = c.vocabulary_id AND s.code = replace(c.concept_code, '.', '')
)
GROUP BY concept_id
