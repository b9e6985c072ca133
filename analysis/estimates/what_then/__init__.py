"""What then: laboratory values and resolution after parathyroidectomy.

The cohort's tables in, ``Estimate`` rows out.
Described, not compared.
"""
