"""Tables about records: what was read, rejected, flagged and left out.

Released rows in, a ``Table`` out, ``None`` where there is nothing.
Counts of records and the flow of people.
"""
