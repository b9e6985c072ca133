"""Columns of text become typed columns, once, with the rule that each bad cell breaks.

Cells of text in, values and row status codes out.
Long columns with few distinct values are typed once a value.
"""
