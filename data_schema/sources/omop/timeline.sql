-- One row a person with evidence: is the kidney failure chronic, and when did dialysis for it begin?
-- Chronic since: the first record of end-stage kidney disease, of dialysis as a status or a service
-- for the chronically ill, or of a transplant; or a dialysis session with another 90 to 180 days later.
-- First dialysis: the first dialysis not more than 90 days before that. Earlier dialysis was acute.
WITH sessions AS (
    SELECT patient_id, day,
           count(*) OVER (PARTITION BY patient_id ORDER BY day
                          RANGE BETWEEN INTERVAL 90 DAY FOLLOWING AND INTERVAL 180 DAY FOLLOWING) > 0 AS goes_on
    FROM dialysis_evidence WHERE meaning IN ('dialysis_hd', 'dialysis_pd', 'dialysis_session')
),
chronic AS (
    SELECT patient_id, min(day) AS since
    FROM (SELECT patient_id, day FROM dialysis_evidence WHERE meaning IN ('eskd', 'dialysis', 'transplant')
          UNION ALL SELECT patient_id, day FROM sessions WHERE goes_on)
    GROUP BY patient_id
)
SELECT
    e.patient_id,
    min(e.day) FILTER (e.meaning NOT IN ('eskd', 'transplant', 'dialysis_access')
                       AND e.day >= c.since - INTERVAL 90 DAY) AS first_dialysis_date,
    CASE WHEN first_dialysis_date IS NOT NULL THEN NULL
         WHEN count(c.since) > 0 THEN 'no_treatment_timeline'
         ELSE 'dialysis_not_chronic' END AS why_not
FROM dialysis_evidence e LEFT JOIN chronic c ON c.patient_id = e.patient_id
GROUP BY e.patient_id
