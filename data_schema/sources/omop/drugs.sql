-- Drugs by their standard concept (RxNorm), else by their source concept. The end day is the first day off the drug.
SELECT
    x.person_id                                  AS patient_id,
    left(x.drug_exposure_start_date, 10)         AS start_date,
    coalesce(CAST(TRY_CAST(left(x.drug_exposure_end_date, 10) AS DATE) + 1 AS VARCHAR),
             x.drug_exposure_end_date)           AS end_date,  -- what is no day is rejected
    coalesce(t.system, s.system)                 AS system,
    coalesce(t.code, s.code)                     AS code,
    CASE WHEN d.patient_id IS NULL THEN 'person_not_on_dialysis'
         WHEN coalesce(t.code, s.code) IS NULL THEN 'code_without_system' END AS _out_of_scope,
    x._file, x._row
FROM drug_exposure x
LEFT JOIN on_dialysis d ON d.patient_id = x.person_id
LEFT JOIN coding_systems t ON t.concept_id = x.drug_concept_id
LEFT JOIN coding_systems s ON s.concept_id = x.drug_source_concept_id
