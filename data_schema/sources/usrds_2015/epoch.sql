-- Met once: 1960-based files of the release of 2014 and 1970-based ones of 2015. The check date_epoch decides.
SELECT DATE '1970-01-01' AS day_0
