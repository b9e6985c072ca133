SELECT
    centre_id,
    pth_assay,
    calcium_correction,
    _file, _row
FROM centres
