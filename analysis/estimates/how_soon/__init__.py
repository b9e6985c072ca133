"""How soon: time from first dialysis to onset, with death and transplantation competing.

The cohort's tables in, ``Estimate`` rows out.
Cumulative incidence, hazard of onset, interval-censored onset, late entry, alternatives.
"""
