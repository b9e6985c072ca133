"""The cohort stage's tables, as the estimates read them.

The cohort's folder in, frames that are never changed in place out.
Read when a question asks, not kept.
"""
