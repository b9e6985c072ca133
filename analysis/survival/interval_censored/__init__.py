"""Time to onset known only between two assessments, with late entry.

Bounds of onset in, Turnbull's non-parametric curve or a parametric model out.
Parametric: Weibull, Royston-Parmar, piecewise exponential.
"""
