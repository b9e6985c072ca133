SELECT
    patient_id,
    sex,
    birth_date,
    age_at_first_dialysis,
    first_dialysis_date,
    registry_entry_date,
    death_date,
    last_contact_date,
    primary_renal_disease,
    centre_id,
    _file, _row
FROM patients
