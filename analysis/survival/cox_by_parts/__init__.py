"""Cox's model where the rows are too many to hold: sums over parts, or over blocks of a file.

Parts or blocks in, the same ``CoxResult`` as from all rows at once out.
Every sum is taken in the order of the parts.
"""
