"""Numerical pieces that several estimators share: ranks, Cholesky factors, chunks of rows.

Arrays in, arrays out; nothing here knows of survival.
Sums are taken in a fixed order, whatever the threads.
"""
