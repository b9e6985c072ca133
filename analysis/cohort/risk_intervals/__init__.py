"""Risk intervals: one row a person and period over which nothing changes.

Time at risk and laboratory series in, ``(start, stop]`` rows with covariates out.
Events and person-days are conserved, checked at run time.
"""
