"""Checks and runs the SQL of a source.

One SELECT a canonical table in, checked by its parse; rows out.
Names and texts are quoted here and nowhere else.
"""
