"""Second pass: one bucket after the other becomes its typed tables and its part of the account.

Staged rows in, canonical tables, flags and rejects out.
Units, repeats, lifetimes and rules across tables are settled here.
"""
