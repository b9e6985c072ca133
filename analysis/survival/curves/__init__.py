"""Curves without a model: survival, cumulative hazard, cumulative incidence, and summaries.

Arrays of people or at-risk periods in, a ``Curve`` of values, variances and numbers at risk out.
Late entry, weights, strata and clusters throughout.
"""
