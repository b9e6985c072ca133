"""Data-quality review for the data manager; it stays in the restricted folder.

Typed tables and their account in, ``restricted/review.html`` out.
Also the list of every check, and the comparison of two vintages of an extract.
"""
