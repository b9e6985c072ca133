"""The protocol and the provenance as data, for the report to show."""

from __future__ import annotations

from importlib.metadata import version

from analysis.study import Study
from data_schema.codelists import NAMES, codelist
from data_schema.concept_sets import concept_sets
from data_schema.declarations import source

SHOWN_VERSIONS = (
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "duckdb",
    "pyarrow",
    "statsmodels",
    "lifelines",
    "matplotlib",
    "seaborn",
)


def about(study: Study, extract: dict[str, str], n: int | None, seed: int | None) -> dict:
    """Plain data: no path, no host, no time of day."""
    form = source(study.source)
    given = f"N={n} SEED={seed} " if study.simulated else "EXTRACT=<folder> "
    protocol = f"PROTOCOL=data_schema/protocols/{study.name}.toml"
    return {
        "protocol": study.model_dump(mode="json"),
        "protocol_hash": study.hash,
        "versions": {name: version(name) for name in SHOWN_VERSIONS},
        "source": form.model_dump(
            mode="json",
            include={"title", "attribution", "precision", "calendar", "time_zero", "cannot_carry"},
        ),
        "extract": extract,
        "n": n,
        "seed": seed,
        "command": f"make report {given}{protocol}",
        "concepts": [row._asdict() for row in concept_sets(form.concept_sets)],
        "codelists": [
            {"list": name, **row._asdict()}
            for name in NAMES
            for row in codelist(name)
            if row.enabled
        ]
        if study.outcome.kind == "calcinosis"
        else [],
    }
