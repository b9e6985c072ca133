SELECT
    patient_id,
    "date",
    method,
    site,
    calcification,
    erosion,
    _file, _row
FROM assessments
