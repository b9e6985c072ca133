"""Bootstrap by cluster: whole clusters drawn with replacement, any statistic of their weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from .arguments import Floats, Ints, labels, matrix, refuse, vector

Statistic = Callable[[Floats], Floats]
INTERVALS = ("percentile", "basic", "normal")
LEAST_SHARE = 0.9


@dataclass(frozen=True)
class BootstrapResult:
    """Replicates (succeeded, p) of ``observed`` (p,), in the order drawn.

    ``n_failed`` replicates had no estimate. Any makes the result ``flagged``, for what remains is
    the distribution given an estimate; more than a tenth makes it ``not_estimable``.
    """

    observed: Floats
    replicates: Floats
    std_error: Floats
    lower: Floats
    upper: Floats
    n_failed: int
    status: Literal["ok", "flagged", "not_estimable"]
    reason: str


def cluster_bootstrap(
    statistic: Statistic,
    n_clusters: int,
    *,
    replicates: int,
    seed: int,
    name: str,
    interval: Literal["percentile", "basic", "normal"] = "percentile",
    level: float = 0.95,
) -> BootstrapResult:
    """Bootstrap by cluster: ``n_clusters`` clusters sampled with replacement, ``replicates`` times.

    ``statistic`` takes a weight a cluster, how often each was sampled; all ones are the data. It
    returns the estimates (p,), with a NaN where there is none. From tables that add over clusters a
    replicate costs one product, as in the example. A model is refitted on :func:`resampled_rows`,
    or stepped by :func:`one_step`.

    Replicate b has a generator of its own, seeded by ``seed``, ``name`` and b: the same in any
    order and for any number of replicates. Intervals: quantiles of the replicates (``percentile``),
    mirrored at the estimate (``basic``), or estimate ± z standard errors (``normal``).

    Shapes: weights (n_clusters,), estimates (p,), replicates (b, p).
    Errors: ``ValueError`` for arguments out of range or a statistic that changes its shape.
    Source: Efron and Tibshirani (1993); Davison and Hinkley (1997), 3.8, for clusters.

    >>> events, years = np.array([3.0, 1.0, 4.0, 2.0]), np.array([10.0, 12.0, 9.0, 11.0])
    >>> rate = lambda w: np.array([w @ events / (w @ years)])
    >>> result = cluster_bootstrap(rate, 4, replicates=100, seed=1, name="doc")
    >>> result.observed.round(4).tolist(), result.replicates.shape, result.status
    ([0.2381], (100, 1), 'ok')
    """
    check_options(n_clusters, replicates, interval, level)
    observed = vector_of(statistic(np.ones(n_clusters)), None)
    if n_clusters < 2:
        return no_bootstrap(observed, "one cluster shows nothing of the variance between clusters")
    if not np.isfinite(observed).all():
        return no_bootstrap(observed, "the data themselves have no estimate")
    drawn = [
        vector_of(statistic(draw(n_clusters, seed, name, b).astype(np.float64)), len(observed))
        for b in range(replicates)
    ]
    values = np.array(drawn).reshape(replicates, len(observed))
    kept = values[np.isfinite(values).all(axis=1)]
    n_failed = replicates - len(kept)
    if len(kept) < max(2, LEAST_SHARE * replicates):
        return no_bootstrap(observed, f"{n_failed} of {replicates} replicates have no estimate")
    std_error = kept.std(axis=0, ddof=1)
    lower, upper = limits(observed, kept, std_error, interval, level)
    reason = f"{n_failed} of {replicates} replicates have no estimate" if n_failed else ""
    status: Literal["ok", "flagged"] = "flagged" if n_failed else "ok"
    return BootstrapResult(observed, kept, std_error, lower, upper, n_failed, status, reason)


def draw(n_clusters: int, seed: int, name: str, replicate: int) -> Ints:
    """How often each cluster is drawn in one replicate: (n_clusters,), sum n_clusters."""
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    sequence = np.random.SeedSequence([seed, key], spawn_key=(replicate,))
    picked = np.random.default_rng(sequence).integers(0, n_clusters, n_clusters)
    return np.bincount(picked, minlength=n_clusters).astype(np.int64)


def resampled_rows(cluster: ArrayLike, weights: ArrayLike) -> tuple[Ints, Ints]:
    """Rows of a bootstrap replicate, and which sampled cluster each belongs to: for a full refit.

    A cluster sampled twice appears twice, as two clusters, for a weight of 2 is not a doubled row
    under Efron's ties. A person of a cluster sampled twice is two people: join the person's id to
    the second array.

    Shapes: ``cluster`` (rows,); ``weights`` (clusters,), whole numbers in sorted order of labels.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: Davison and Hinkley (1997), 3.8.

    >>> rows, copy = resampled_rows(["b", "a", "b"], [1, 2])
    >>> rows.tolist(), copy.tolist()
    ([1, 0, 2, 0, 2], [0, 1, 1, 2, 2])
    """
    raw = np.asarray(cluster)
    codes = labels("cluster", raw, len(raw))
    assert codes is not None
    times = vector("weights", weights, int(codes.max(initial=-1)) + 1)
    refuse("weights", (times < 0) | (times != np.floor(times)), "is not a whole number")
    copies = times.astype(np.int64)
    by_cluster = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=len(copies))
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    chosen = np.repeat(np.arange(len(copies)), copies)
    sizes = sizes[chosen]
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = by_cluster[np.repeat(begins[chosen], sizes) + within]
    return rows, np.repeat(np.arange(len(chosen)), sizes)


def one_step(estimate: ArrayLike, scores: ArrayLike, information: ArrayLike) -> Statistic:
    """One Newton step from a fit to that of a bootstrap replicate: b + I_w⁻¹ Σ_c w_c U_c.

    The result is a ``statistic`` for :func:`cluster_bootstrap`. ``scores`` U at the fit sum to
    zero. ``information`` is I (p, p), kept for every replicate (then the step is linear and its
    standard error that of the sandwich), or by cluster (clusters, p, p), added up by weight (then
    it bends as the fit does). For a Cox model with dfbeta residuals D summed by cluster, pass
    ``scores=D, information=np.eye(p)``. A singular I_w is a NaN, not an error.

    Shapes: ``estimate`` (p,), ``scores`` (clusters, p), ``information`` as said.
    Errors: ``ValueError`` for shapes that do not fit.
    Source: Moulton and Zeger (1991), Computational Statistics and Data Analysis 11:53.

    >>> step = one_step([0.5], [[0.2], [-0.1], [-0.1]], [[2.0]])
    >>> step(np.array([2.0, 1.0, 0.0])).tolist()
    [0.65]
    """
    b, U = vector("estimate", estimate), matrix("scores", scores)
    tables = np.ascontiguousarray(information, dtype=np.float64)
    p = len(b)
    if U.shape[1] != p:
        raise ValueError(f"scores has {U.shape[1]} columns, expected {p}")
    if tables.shape not in ((p, p), (len(U), p, p)):
        raise ValueError(f"information has shape {tables.shape}, expected {(p, p)} or by cluster")

    def stepped(weights: Floats) -> Floats:
        total = tables if tables.ndim == 2 else np.tensordot(weights, tables, axes=1)
        try:
            return b + np.linalg.solve(total, weights @ U)
        except np.linalg.LinAlgError:
            return np.full(p, np.nan)

    return stepped


def sum_by_cluster(values: ArrayLike, cluster: ArrayLike) -> Floats:
    """Sums of rows by cluster, clusters in sorted order of their labels.

    Shapes: ``values`` (n, p), ``cluster`` (n,); the result is clusters × p.
    Errors: ``ValueError`` naming the argument and the first offending index.
    Source: none but arithmetic; for scores see Lin and Wei (1989).

    >>> sum_by_cluster([[1.0], [2.0], [4.0]], ["b", "a", "b"]).tolist()
    [[2.0], [5.0]]
    """
    rows = matrix("values", values)
    codes = labels("cluster", cluster, len(rows))
    assert codes is not None
    size = int(codes.max(initial=-1)) + 1
    out = np.zeros((size, rows.shape[1]))
    for column in range(rows.shape[1]):
        out[:, column] = np.bincount(codes, rows[:, column], size)
    return out


def limits(
    observed: Floats, kept: Floats, std_error: Floats, interval: str, level: float
) -> tuple[Floats, Floats]:
    """Normal, percentile or basic limits of each entry from the replicates kept (rows)."""
    if interval == "normal":
        margin = stats.norm.ppf(0.5 + level / 2) * std_error
        return observed - margin, observed + margin
    low, high = np.quantile(kept, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    return (low, high) if interval == "percentile" else (2 * observed - high, 2 * observed - low)


def vector_of(values: Floats, length: int | None) -> Floats:
    """A statistic as a vector; ``ValueError`` if it is none, or of another length."""
    out = np.asarray(values, dtype=np.float64)
    if out.ndim != 1 or (length is not None and len(out) != length):
        raise ValueError(f"statistic has shape {out.shape}, expected one fixed length")
    return out


def no_bootstrap(observed: Floats, reason: str) -> BootstrapResult:
    """What is observed, with the reason why nothing is known of its error."""
    unknown = np.full(len(observed), np.nan)
    none = np.zeros((0, len(observed)))
    return BootstrapResult(observed, none, unknown, unknown, unknown, 0, "not_estimable", reason)


def check_options(n_clusters: int, replicates: int, interval: str, level: float) -> None:
    """``ValueError`` naming the option that makes no sense."""
    if n_clusters < 1:
        raise ValueError("n_clusters must be at least 1")
    if replicates < 2:
        raise ValueError("replicates must be at least 2")
    if interval not in INTERVALS:
        raise ValueError(f"interval must be one of {', '.join(INTERVALS)}")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1")
