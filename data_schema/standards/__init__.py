"""Named standard populations, each with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from data_schema.declarations import Declaration, read_toml

HERE = Path(__file__).parent


class AgeBand(Declaration):
    """Ages from ``from_age`` to the next band, and how many of the standard are of them."""

    from_age: float
    people: float


class Standard(Declaration):
    name: str
    title: str
    source: str
    verified: bool
    remark: str = ""
    bands: tuple[AgeBand, ...]

    def weights(self, starts: tuple[float, ...]) -> tuple[float, ...]:
        """People of the standard from each of ``starts`` to the next; the last has no end.

        ``ValueError`` where a start is not the start of a band of the standard.
        """
        known = [band.from_age for band in self.bands]
        for place, start in enumerate(starts):
            if start not in known:
                raise ValueError(f"starts[{place}] is not the start of a band of {self.name}")
        ends = (*starts[1:], float("inf"))
        return tuple(
            sum(band.people for band in self.bands if start <= band.from_age < end)
            for start, end in zip(starts, ends, strict=True)
        )


def standard_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in HERE.glob("*.toml")))


@cache
def standard(name: str) -> Standard:
    """A standard by name; ``ValueError`` for one that is not shipped."""
    if name not in standard_names():
        raise ValueError("standard: not one of " + ", ".join(standard_names()))
    raw = read_toml(HERE / f"{name}.toml")
    bands = [{"from_age": row["from"], "people": row["people"]} for row in raw.pop("bands")]
    return Standard.model_validate({**raw, "bands": bands})
