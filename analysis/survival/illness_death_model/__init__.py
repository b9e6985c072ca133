"""The illness-death model: onset seen only at assessments, death that may come first.

Assessments, exits and covariate-free hazards in, incidence of onset with intervals out.
Large cohorts as a case-cohort sample.
"""
