"""Models of several causes: cause-specific hazards, Fine and Gray's subdistribution hazard.

Rows with a cause and covariates in, coefficients and cumulative incidences out.
Also incidence standardised to given people.
"""
