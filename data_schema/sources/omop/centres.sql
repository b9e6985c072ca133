SELECT care_site_id AS centre_id, _file, _row FROM care_site
