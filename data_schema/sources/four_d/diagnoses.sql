-- Status 1 is the first cardiovascular event; every other record is out of scope of this table.
SELECT
    id                              AS patient_id,
    strftime(DATE '2000-01-01' + CAST(round(TRY_CAST("time" AS DOUBLE) * 365.25) AS INTEGER), '%Y-%m-%d') AS "date",
    'four_d'                        AS system,
    'CARDIOVASCULAR'                AS code,
    'registry'                      AS setting,
    'confirmed'                     AS status,
    CASE WHEN status <> '1' THEN 'no_event' END AS _out_of_scope,
    _file, _row
FROM four_d
