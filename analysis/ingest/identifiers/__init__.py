"""Refuses columns and values that look like direct identifiers.

Headers and cells in, the place of what must not be there out; never the value.
Shapes of text, national numbers with check digits, and the protocol's own limits.
"""
