"""Cox's model in memory: fit, residuals, predicted curves, Firth's penalty, proportional hazards.

Rows ``(start, stop, event)`` and covariates in, a ``CoxResult`` out.
A fit that does not exist is a status with its reason.
"""
