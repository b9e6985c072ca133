"""The protocol and the provenance as data, for the report to show."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from analysis.estimates.model import EstimateModel
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


def about(
    study: Study,
    extract: dict[str, str],
    n: int | None,
    seed: int | None,
    models: Sequence[EstimateModel] = (),
) -> dict:
    """Plain data: no path, no host, no time of day."""
    form = source(study.source)
    given = f"N={n} SEED={seed} " if study.simulated else "EXTRACT=<folder> "
    given += "MODELS=<folder> " if any(one.sha256 for one in models) else ""
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
        "analyses": [_analysis(one) for one in models],
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


def _analysis(one: EstimateModel) -> dict:
    """A model as it ran; ``sha256`` is that of its file where it is not the project's."""
    named = {"name": one.name, "question": one.question, "title": one.title}
    return named | {"labels": dict(one.labels), "sha256": one.sha256}
