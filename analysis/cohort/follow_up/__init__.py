"""When each person is in the registry, observable, and at risk; and why it ends.

A bucket's tables in, half-open periods ``(start, stop]`` in days since first dialysis out.
Also follow-up under other choices than the protocol's.
"""
