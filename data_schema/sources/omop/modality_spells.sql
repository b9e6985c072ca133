-- One row a record of evidence; the record with which the treatment changes begins a spell, which
-- lasts until the next one. A record that does not say the kind of dialysis goes on with the kind
-- before it, else takes the first kind said later, else it is haemodialysis. Of one day's records
-- a transplant counts before peritoneal dialysis and that before haemodialysis.
WITH said AS (
    SELECT e.*, d.first_dialysis_date, e.day >= d.first_dialysis_date AND e.meaning NOT IN ('eskd', 'dialysis_access') AS treats,
           CASE WHEN e.meaning = 'transplant' THEN 'TX' WHEN e.meaning = 'dialysis_pd' THEN 'PD'
                WHEN e.meaning IN ('dialysis_hd', 'dialysis_acute') THEN 'HD' END AS modality
    FROM dialysis_evidence e LEFT JOIN on_dialysis d ON d.patient_id = e.patient_id
),
ordered AS (
    SELECT *, row_number() OVER (PARTITION BY patient_id, day, treats
        ORDER BY CASE modality WHEN 'TX' THEN 1 WHEN 'PD' THEN 2 WHEN 'HD' THEN 3 ELSE 4 END, _file, _row) AS nth
    FROM said
),
filled AS (
    SELECT *, coalesce(last_value(modality IGNORE NULLS) OVER before, first_value(modality IGNORE NULLS) OVER later, 'HD') AS kind
    FROM ordered WHERE treats AND nth = 1
    WINDOW before AS (PARTITION BY patient_id ORDER BY day ROWS UNBOUNDED PRECEDING),
           later AS (PARTITION BY patient_id ORDER BY day ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
),
changes AS (
    SELECT _file, _row, kind, kind IS DISTINCT FROM lag(kind) OVER (PARTITION BY patient_id ORDER BY day) AS begins
    FROM filled
)
SELECT
    o.patient_id,
    o.day                        AS start_date,
    c.kind                       AS modality,
    CASE WHEN o.first_dialysis_date IS NULL THEN 'person_not_on_dialysis'
         WHEN o.day IS NULL THEN NULL  -- evidence without a day is rejected
         WHEN o.treats IS NOT TRUE THEN 'not_a_treatment'
         WHEN c.begins THEN NULL ELSE 'within_a_spell' END AS _out_of_scope,
    o._file, o._row
FROM ordered o LEFT JOIN changes c ON c._file = o._file AND c._row = o._row
