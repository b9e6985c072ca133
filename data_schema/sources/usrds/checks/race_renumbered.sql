SELECT min(_file) AS _file, min(_row) AS _row FROM patients
WHERE RACE IS NOT NULL
HAVING 2 * count(*) FILTER (RACE = '4') > count(*)
