"""Write data.csv: thirty small data sets, each hard for a Cox model in its own way.

``python tests/reference/cox/make_data.py``. An empty cell means that the set has no such thing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = [
    "start",
    "stop",
    "event",
    "stratum",
    "weight",
    "cluster",
    "offset",
    "x1",
    "x2",
    "x3",
    "x4",
]
Frame = dict[str, np.ndarray]


def plain(rng: np.random.Generator, n: int = 120, p: int = 3, days: int | None = None) -> Frame:
    """Exponential times, effects 0.5, -0.3, 0.2 ...; whole ``days`` make ties."""
    x = rng.normal(size=(n, p)).round(2)
    x[:, 0] = rng.integers(0, 2, n)
    beta = np.array([0.5, -0.3, 0.2, -0.1])[:p]
    time = rng.exponential(20 * np.exp(-x @ beta))
    censor = rng.uniform(5, 40, n)
    stop = np.minimum(time, censor)
    stop = stop.round(2) + 0.01 if days is None else np.ceil(stop / 40 * days)
    return {"stop": stop, "event": (time <= censor).astype(int), **columns(x)}


def columns(x: np.ndarray) -> Frame:
    return {f"x{j + 1}": x[:, j] for j in range(x.shape[1])}


def entry(rng: np.random.Generator, frame: Frame, days: int = 20) -> Frame:
    """Everyone enters some whole days after zero."""
    start = rng.integers(0, days, len(frame["stop"]))
    return {**frame, "start": start, "stop": frame["stop"] + start}


def few(rng: np.random.Generator, frame: Frame, n_events: int) -> Frame:
    """Keep ``n_events`` of the events."""
    event = np.zeros(len(frame["stop"]), int)
    event[rng.choice(np.flatnonzero(frame["event"]), n_events, replace=False)] = 1
    return {**frame, "event": event}


def moving(rng: np.random.Generator, people: int = 60) -> Frame:
    """Several touching intervals a person; covariates move, the event ends the last one."""
    rows = []
    for person in range(people):
        cuts = rng.integers(0, 30) + np.concatenate([[0], np.cumsum(rng.integers(1, 12, 3))])
        ends = rng.random() < 0.6
        for piece in range(3):
            x = [person % 2, *rng.normal(size=2).round(2)]
            rows.append([cuts[piece], cuts[piece + 1], int(ends and piece == 2), person, *x])
    names = ["start", "stop", "event", "cluster", "x1", "x2", "x3"]
    return {name: np.array(c) for name, c in zip(names, zip(*rows, strict=True), strict=True)}


def separated(frame: Frame, column: str) -> Frame:
    """Events only where the column is 1."""
    x = np.where(frame["event"] == 1, 1.0, np.arange(len(frame["stop"])) % 2)
    return {**frame, column: x}


def everything(rng: np.random.Generator, n: int) -> Frame:
    frame = entry(rng, plain(rng, n, 4, days=12))
    return {
        **frame,
        "stratum": rng.integers(0, 3, n),
        "weight": rng.integers(1, 8, n) / 4,
        "cluster": rng.integers(0, n // 4, n),
        "offset": rng.normal(size=n).round(2) / 4,
    }


def small_early_risk_sets(rng: np.random.Generator) -> Frame:
    """Three at risk at first, everyone else later, risk scores spread over ten logs."""
    frame = entry(rng, plain(rng, 150, 2), days=5)
    frame["start"], frame["stop"] = frame["start"] + 10, frame["stop"] + 10
    for row, stop in enumerate((2, 5, 8)):
        frame["start"][row], frame["stop"][row], frame["event"][row] = 0, stop, 1
    frame["x2"] = (3 * frame["x2"]).round(2)
    frame["x2"][:3] = [-0.5, 0.5, 0.0]
    return frame


def pairs(rng: np.random.Generator, n: int = 60) -> Frame:
    """One case and two controls a stratum."""
    stratum = np.repeat(np.arange(n), 3)
    event = np.tile([1, 0, 0], n)
    x = rng.normal(size=(3 * n, 2)).round(2)
    x[:, 0] += 0.5 * event
    return {"stop": np.ones(3 * n), "event": event, "stratum": stratum, **columns(x)}


def data_sets() -> dict[str, Frame]:
    rng = np.random.default_rng(20261122)
    n = 120
    sets = {
        "plain": plain(rng),
        "one_column": plain(rng, 60, 1),
        "heavy_ties": plain(rng, 150, 3, days=5),
        "one_event_time": plain(rng, 60, 2, days=1),
        "late_entry": entry(rng, plain(rng)),
        "late_entry_heavy_ties": entry(rng, plain(rng, 150, 3, days=6), 4),
        "small_early_risk_sets": small_early_risk_sets(rng),
        "strata": {**plain(rng, days=15), "stratum": rng.integers(0, 4, n)},
        "stratum_without_events": {**plain(rng), "stratum": rng.integers(0, 3, n)},
        "matched_sets": pairs(rng),
        "strata_late_entry": {**entry(rng, plain(rng)), "stratum": rng.integers(0, 2, n)},
        "whole_weights": {**plain(rng, days=10), "weight": rng.integers(1, 4, n)},
        "real_weights": {**plain(rng, days=10), "weight": rng.uniform(0.2, 3, n).round(2)},
        "weights_late_entry": {**entry(rng, plain(rng)), "weight": rng.integers(1, 9, n) / 4},
        "offset": {**plain(rng), "offset": rng.normal(size=n).round(2)},
        "clusters": {**plain(rng, days=20), "cluster": rng.integers(0, 25, n)},
        "moving_covariates": moving(rng),
        "moving_few_events": few(rng, moving(rng), 8),
        "everything": everything(rng, 200),
        "everything_again": everything(rng, 160),
        "all_events": {**plain(rng, 80, 2), "event": np.ones(80, int)},
        "ten_events": few(rng, plain(rng), 10),
        "ten_events_late_entry": few(rng, entry(rng, plain(rng)), 10),
        "strong_effect": {**plain(rng), "x2": np.zeros(n)},
        "far_from_zero": plain(rng),
        "one_event": few(rng, plain(rng, 60, 1), 1),
        "one_event_separated": few(rng, plain(rng, 60, 1), 1),
        "no_event": {**plain(rng, 40, 2), "event": np.zeros(40, int)},
        "separated": separated(few(rng, plain(rng), 12), "x1"),
        "separated_late_entry": separated(few(rng, entry(rng, plain(rng)), 15), "x3"),
        "separated_everything": separated(few(rng, everything(rng, 160), 12), "x1"),
        "collinear": plain(rng, 60),
        "constant": {**plain(rng, 60, 2), "x3": np.full(60, 7.25)},
    }
    sets["stratum_without_events"]["event"][sets["stratum_without_events"]["stratum"] == 1] = 0
    strong = sets["strong_effect"]
    strong["x2"] = (-strong["stop"] / 4 + rng.normal(size=n)).round(2)
    far = sets["far_from_zero"]
    far["x2"], far["x3"] = 738_000 + 100 * far["x2"], far["x3"] / 10_000
    one = sets["one_event"]
    at_risk = one["stop"] >= one["stop"][one["event"] == 1]
    one["x1"] = np.where(one["event"] == 1, 0.5, np.where(at_risk, np.arange(60) % 4, 0))
    last = sets["one_event_separated"]
    last["x1"] = np.where(last["event"] == 1, 5.0, last["x1"])
    both = sets["collinear"]
    both["x3"] = both["x1"] - 2 * both["x2"]
    return sets


def main() -> None:
    frames = []
    for name, frame in data_sets().items():
        part = pd.DataFrame(frame).reindex(columns=COLUMNS)
        frames.append(part.assign(set=name)[["set", *COLUMNS]])
    path = Path(__file__).parent / "data.csv"
    pd.concat(frames).to_csv(path, index=False, float_format="%.10g", lineterminator="\n")


if __name__ == "__main__":
    main()
