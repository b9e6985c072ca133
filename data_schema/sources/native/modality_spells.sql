SELECT
    patient_id,
    start_date,
    end_date,
    modality,
    centre_id,
    _file, _row
FROM modality_spells
