-- Days of SAS are counted from here; the release of 2015 was met with another epoch.
SELECT DATE '1960-01-01' AS day_0
