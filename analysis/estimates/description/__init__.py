"""Who was studied: Table 1, follow-up, published figures beside ours, known truth, metadata.

The cohort's tables and the protocol in, ``Estimate`` rows and ``study.json`` out.
No tests of baseline differences.
"""
