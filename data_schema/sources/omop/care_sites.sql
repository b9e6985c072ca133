-- The care site of each person on dialysis.
SELECT p.person_id, p.care_site_id FROM person p JOIN on_dialysis d ON d.patient_id = p.person_id
