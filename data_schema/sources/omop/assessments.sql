-- OMOP has no field for an assessment for calcification: a holder may put assessments in the native form beside the tables.
SELECT patient_id, "date", method, site, calcification, erosion, _file, _row FROM assessments
