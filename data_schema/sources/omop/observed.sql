-- From when to when a person is observed at all.
SELECT person_id, min(left(observation_period_start_date, 10)) AS start_date,
       max(left(observation_period_end_date, 10)) AS end_date
FROM observation_period GROUP BY person_id
