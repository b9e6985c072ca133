"""Multiple imputation of covariates by chained equations, and pooling by Rubin's rules.

Incomplete columns in, completed copies out; estimates and covariances in, one pooled result out.
Draws come from a named seed.
"""
