"""Who: cause-specific hazard ratios of covariates that move in time.

Risk intervals in, ``Estimate`` rows out.
On complete rows, and on covariates completed by multiple imputation.
"""
