"""Holder's files: found, surveyed, read as text, each record numbered.

CSV, Parquet, SAS, Stata, SPSS and workbooks in, cells of text with file and record number out.
What no reader survives is refused first, by file, row and rule.
"""
