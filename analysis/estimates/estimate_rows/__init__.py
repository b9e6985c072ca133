"""Builders of ``Estimate`` rows that several questions share.

Counts, curves and intervals in, rows out.
One numerator over one denominator, one interval method by name.
"""
