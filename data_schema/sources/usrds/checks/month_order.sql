WITH shape AS (
    SELECT regexp_full_match(REPORT_MONTH_YEAR, '20[0-9][0-9](0[1-9]|1[0-2])') AS year_first,
           regexp_full_match(REPORT_MONTH_YEAR, '(0[1-9]|1[0-2])20[0-9][0-9]') AS month_first, _file, _row
    FROM crownweb_clinical WHERE REPORT_MONTH_YEAR IS NOT NULL
)
SELECT _file, _row FROM shape WHERE NOT year_first AND NOT month_first
UNION ALL
SELECT min(_file), min(_row) FROM shape
HAVING bool_or(year_first AND NOT month_first) AND bool_or(month_first AND NOT year_first)
