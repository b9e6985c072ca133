"""Sums over risk sets, the arithmetic beneath every partial likelihood.

Rows ranked against event times in, moments of the covariates over each risk set out.
Few event times, many event times and short rows have an algorithm each, with equal results.
"""
