"""Compiled loops of the infinitesimal jackknife of cumulative incidences.

A person's weighted influence on ``log S`` is U, on ``F_c`` it is Ψ_c. With the increments

    f_k = S(t_k−) d_ck / n_k,   c_k = d_k / (n_k (n_k − d_k)),   a_k = f_k / n_k

a row of weight w at risk at ``t_k`` without an event gains ``w c_k`` in U and ``−w a_k`` in Ψ_c;
an event gains ``−w / n_k`` in U instead, and ``w S(t_k−) / n_k`` more in its own Ψ_c; everybody,
at risk or not, gains ``f_k U`` in Ψ_c. So U and Ψ of a row are differences of cumulative sums, and
the sums of squares over people follow from three tables by time: linear in rows plus times.
"""

from __future__ import annotations

import numpy as np

from ..arguments import Floats, Ints
from ..numerics.compiled import compiled

_SIGNATURE_ROWS = (
    "Tuple((f8[:, :, ::1], f8[:, :, ::1], f8[:, :, ::1]))"
    "(i8[::1], i8[::1], i8[::1], i8[::1], i8[::1], f8[::1], f8[:, :, ::1])"
)
_SIGNATURE_TIMES = (
    "f8[:, ::1](f8[::1], f8[:, ::1], f8[::1], f8[:, :, ::1], f8[:, :, ::1], f8[:, :, ::1])"
)


@compiled(_SIGNATURE_ROWS)
def influence_tables(
    order: Ints, ids: Ints, first: Ints, last: Ints, cause: Ints, weights: Floats, sums: Floats
) -> tuple[Floats, Floats, Floats]:
    """Tables (times + 1) × causes × kind of what comes into, and goes out of, the risk set.

    Rows are taken in ``order`` (by person and start) if it is not empty; ``sums`` holds, before
    each time, the sums C of c_k, of f_k and of ``f_k C − a_k``. Kinds: ``Σw²``, ``ΣwU``,
    ``ΣwΨ_c``; for the events ``Σw²`` and ``ΣwU`` of the cause, ``ΣwΨ_c`` over all events and over
    those of the cause.
    """
    sum_c, sum_f, sum_g = sums[0], sums[1], sums[2]
    n_times, n_causes = sum_f.shape[0] - 1, sum_f.shape[1]
    comes = np.zeros((n_times + 1, n_causes, 3))
    goes = np.zeros((n_times + 1, n_causes, 3))
    events = np.zeros((n_times + 1, n_causes, 4))
    psi = np.zeros(n_causes)
    u, previous, until = 0.0, -1, 0
    for j in range(first.shape[0]):
        i = order[j] if order.shape[0] > 0 else j
        person = ids[i] if order.shape[0] > 0 else i
        begin, end, w = first[i], last[i], weights[i]
        if person != previous:
            u, until = 0.0, begin
            psi[:] = 0.0
        previous = person
        for c in range(n_causes):
            psi[c] += u * (sum_f[begin, c] - sum_f[until, c])
            comes[begin, c, 0] += w * w
            comes[begin, c, 1] += w * u
            comes[begin, c, 2] += w * psi[c]
            passed = sum_f[end, c] - sum_f[begin, c]
            psi[c] += u * passed
            psi[c] += w * (sum_g[end, c] - sum_g[begin, c] - sum_c[begin, 0] * passed)
        u += w * (sum_c[end, 0] - sum_c[begin, 0])
        until = end
        for c in range(n_causes):
            goes[end, c, 0] += w * w
            goes[end, c, 1] += w * u
            goes[end, c, 2] += w * psi[c]
            if cause[i] > 0:
                events[end - 1, c, 2] += w * psi[c]
        if cause[i] > 0:
            c = cause[i] - 1
            events[end - 1, c, 0] += w * w
            events[end - 1, c, 1] += w * u
            events[end - 1, c, 3] += w * psi[c]
    return comes, goes, events


@compiled(_SIGNATURE_TIMES)
def influence_variance(
    at_risk: Floats,
    n_event: Floats,
    event_free_before: Floats,
    comes: Floats,
    goes: Floats,
    events: Floats,
) -> Floats:
    """Sum over people of squared influences on ``F_c``, at each time (times × causes)."""
    n_times, n_causes = n_event.shape
    out = np.zeros((n_times, n_causes))
    for c in range(n_causes):
        ww, u, psi = 0.0, 0.0, 0.0
        uu, upsi, psipsi = 0.0, 0.0, 0.0
        for k in range(n_times):
            ww += comes[k, c, 0] - goes[k, c, 0]
            u += comes[k, c, 1] - goes[k, c, 1]
            psi += comes[k, c, 2] - goes[k, c, 2]
            n = at_risk[k]
            d, w_events, wu_events = 0.0, 0.0, 0.0
            for j in range(n_causes):
                d += n_event[k, j]
                w_events += events[k, j, 0]
                wu_events += events[k, j, 1]
            if d > 0:
                jump = event_free_before[k] / n
                f = jump * n_event[k, c]
                a = f / n
                rise = d / (n * (n - d)) if n > d else 0.0
                fall = 1 / (n - d) if n > d else 1 / n
                psipsi += f * (2 * upsi + f * uu)
                upsi += f * uu
                psi += f * u
                psipsi += a * (a * ww - 2 * psi)
                upsi += rise * psi - a * u - a * rise * ww
                uu += rise * (2 * u + rise * ww)
                psi -= a * ww
                u += rise * ww
                uu += fall * (fall * w_events - 2 * wu_events)
                upsi += jump * (events[k, c, 1] - fall * events[k, c, 0]) - fall * events[k, c, 2]
                psipsi += jump * (jump * events[k, c, 0] + 2 * events[k, c, 3])
            out[k, c] = max(psipsi, 0.0)
    return out
