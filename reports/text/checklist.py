"""STROBE with its RECORD extension: where each item is answered."""

from __future__ import annotations

AUTHORS = "for the authors"
# (item, what it asks, id of the part that answers it, or AUTHORS)
ITEMS = (
    ("1", "Title and summary name design and data source (RECORD 1.1 to 1.3)", "verdict"),
    ("2", "Background and rationale", AUTHORS),
    ("3", "Objectives", "verdict"),
    ("4", "Study design", "design"),
    ("5", "Setting, dates", "design"),
    ("6", "Participants, selection codes (RECORD 6.1, 6.2)", "flow"),
    ("6.3", "Linkage of sources (RECORD)", AUTHORS),
    ("7", "Variables with code lists (RECORD 7.1)", "case_definition"),
    ("8", "Data sources and measurement, units", "data_quality"),
    ("9", "Bias: misclassification, immortal time, late entry", "design"),
    ("10", "Study size and precision", "robustness"),
    ("11", "Quantitative variables", "design"),
    ("12", "Statistical methods, data cleaning (RECORD 12.1 to 12.3)", "design"),
    ("13", "Participants at each stage (RECORD 13.1)", "flow"),
    ("14", "Descriptive data, missing values", "table_1"),
    ("15", "Outcome data", "follow_up"),
    ("16", "Main results with intervals, absolute risks", "incidence"),
    ("17", "Other analyses", "robustness"),
    ("18", "Key results", "verdict"),
    ("19", "Limitations (RECORD 19.1)", "verdict"),
    ("20", "Interpretation", AUTHORS),
    ("21", "Generalisability", AUTHORS),
    ("22", "Funding; access to protocol and code (RECORD 22.1)", "reproduce"),
)
