SELECT min(_file) AS _file, min(_row) AS _row FROM patients
WHERE FIRST_SE IS NOT NULL AND INCYEAR IS NOT NULL
HAVING 2 * count(*) FILTER (CASE WHEN regexp_full_match(FIRST_SE, '-?[0-9]{1,5}') THEN year((SELECT day_0 FROM epoch) + TRY_CAST(FIRST_SE AS INTEGER)) ELSE year(coalesce(try_strptime(regexp_extract(FIRST_SE, '^[0-9]{1,2}[A-Za-z]{3}[0-9]{4}$'), '%d%b%Y'), TRY_CAST(FIRST_SE AS TIMESTAMP))) END <> TRY_CAST(INCYEAR AS INTEGER)) > count(*)
