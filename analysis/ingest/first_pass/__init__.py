"""First pass over an extract: text becomes typed rows, cut into buckets of whole patients.

The holder's files in, staged rows and counts of laboratory values out.
Every record is used, out of scope or rejected, and counted as such.
"""
