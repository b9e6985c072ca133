SELECT _file, _row FROM patients
WHERE CASE WHEN regexp_full_match(FIRST_SE, '-?[0-9]{1,5}') THEN year(DATE '1960-01-01' + TRY_CAST(FIRST_SE AS INTEGER)) ELSE year(try_strptime(FIRST_SE, '%d%b%Y')) END <> TRY_CAST(INCYEAR AS INTEGER)
