"""A simulated registry written down: tables as CSV with dirt, and the truth beside them.

Simulated people in, a native extract and its truth out.
The truth lies outside the extract.
"""
