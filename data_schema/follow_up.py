"""How follow-up is written down between the stages: states, reasons to leave, the length of a year.

A state's code is its position in ``STATES``; on one day the earlier state comes first.
"""

STATES = ("censored", "onset", "death", "transplant", "recovery")
EXIT_REASONS = ("onset", "death", "transplant", "recovery", "lost", "end_of_data")
DAYS_A_YEAR = 365.25
