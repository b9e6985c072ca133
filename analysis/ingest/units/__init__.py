"""Which unit a centre's laboratory values are really in, by centre, analyte and quarter.

Histograms of values in, a verdict with its evidence out.
Verdicts are never taken value by value.
"""
