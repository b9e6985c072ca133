"""Unit that a centre's laboratory values are in, by analyte and quarter.

Histograms of values in, a verdict with its evidence out.
Verdicts are never taken value by value.
"""
