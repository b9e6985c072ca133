"""Laboratory values as they were known at the time.

A bucket's laboratory rows in, series with validity, corrected calcium and counts out.
Never a value from the future; parathyroidectomy ends what was valid before it.
"""
