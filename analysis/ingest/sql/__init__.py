"""What a source's SQL may do, and how it is run.

One SELECT a canonical table in, checked by its parse; rows out.
Names and texts are quoted here and nowhere else.
"""
