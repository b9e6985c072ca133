-- The people this study can follow.
SELECT patient_id, first_dialysis_date FROM timeline WHERE first_dialysis_date IS NOT NULL
