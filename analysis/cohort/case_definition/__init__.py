"""Who is a case, since when, and how surely.

A bucket's diagnoses, assessments and procedures in, dated tiers of certainty out.
Also assessments that were negative, sites, an expert's verdict, and unverified codes.
"""
