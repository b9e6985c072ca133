"""Published figures that stand beside ours, each with its source."""

from __future__ import annotations

from functools import cache

from data_schema.declarations import HERE, Declaration, read_toml


class Figure(Declaration):
    """One figure as its source prints it; ``interval`` says what its bounds are where not 95 %."""

    id: str
    question: str
    says: str
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    interval: str = ""
    numerator: int | None = None
    denominator: int | None = None
    unit: str
    source: str
    verified: bool


@cache
def figures() -> tuple[Figure, ...]:
    """All of them, in file order."""
    return tuple(Figure.model_validate(f) for f in read_toml(HERE / "published.toml")["figures"])
