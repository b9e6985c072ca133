"""How common: prevalence on a date and in a period, beside the published range.

The cohort's tables in, ``Estimate`` rows out.
By definition, group, centre and year; standardised; corrected for misclassification.
"""
