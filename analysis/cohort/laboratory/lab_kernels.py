"""Compiled passes over the laboratory rows of a bucket, which lie in the order of people and days.

Explicit signatures and a cache on disk: compiled once, at set-up. Each is one pass that makes no
temporary; what NumPy would search for, the order of the rows gives.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from data_schema.follow_up import DAYS_A_YEAR

NO_DATE = np.iinfo(np.int32).min

_WHOLE = "Array(i4, 1, 'C', readonly=True)"  # a read-only view of Arrow memory
_VALUE = "Array(f8, 1, 'C', readonly=True)"
_OWN_CLOCK = f"Tuple((f4[:, ::1], b1))({_WHOLE}, {_WHOLE}, {_WHOLE}, i4[::1], b1)"
_IN_ORDER = "b1(i8[::1], f8[:])"
_SPANS = f"i8[:, ::1]({_WHOLE}, i8[::1], i8)"
_DAILY = (
    f"i8[::1]({_WHOLE}, i8[::1], i8[:, ::1], {_WHOLE}, f4[:, ::1], {_VALUE}, i8[::1], f8[:, ::1])"
)
_ACTS = "b1[::1](i8[::1], f8[:], f8[:])"
_WITHIN = "i8[::1](i8[::1], f8[:], i8[::1], f8[:], f8)"
_PEOPLE = f"i8[:, ::1]({_WHOLE}, {_WHOLE}, f4[::1], {_WHOLE}, i4[::1], i8[::1], f8[::1], f8[::1])"


@njit(_OWN_CLOCK, cache=True)
def own_clock(person, sample, result, origin, months):
    """Days since first dialysis of the sample, and of the later of sample and result (2, n).

    Whole numbers up to 2^24, and so exact in half the width. Also whether people and samples are
    in order.
    Dates are counted in days, or in ``months``: m of them are floor(m · 365.25 / 12) days. A sample
    without a date never comes; a result without one is known with its sample.
    """
    out, ordered = np.empty((2, person.shape[0]), np.float32), True
    for i in range(person.shape[0]):
        zero = origin[person[i]]
        sampled = known = np.inf
        if zero != NO_DATE:
            if sample[i] != NO_DATE:
                sampled = float(sample[i]) - float(zero)
                if months:
                    sampled = np.floor(sampled * DAYS_A_YEAR / 12)
            known = sampled
            if result[i] != NO_DATE:
                known = float(result[i]) - float(zero)
                if months:
                    known = np.floor(known * DAYS_A_YEAR / 12)
                known = max(sampled, known)
        out[0, i], out[1, i] = sampled, known
        if i > 0 and (
            person[i] < person[i - 1] or (person[i] == person[i - 1] and out[0, i] < out[0, i - 1])
        ):
            ordered = False
    return out, ordered


@njit(_IN_ORDER, cache=True)
def in_order(person, day):
    """Whether rows are in the order of people and days."""
    for i in range(1, person.shape[0]):
        if person[i] < person[i - 1] or (person[i] == person[i - 1] and day[i] < day[i - 1]):
            return False
    return True


@njit(_SPANS, cache=True)
def spans_of(analyte, group, n):
    """Where the rows of each of ``n`` groups begin and end if laid one group after the other."""
    size = np.zeros(n, np.int64)
    for one in analyte:
        if one >= 0 and group[one] >= 0:
            size[group[one]] += 1
    end = np.cumsum(size)
    return np.stack((end - size, end))


@njit(_DAILY, cache=True)
def daily(analyte, group, spans, person, clock, value, owner, out):
    """Of each group of analytes one value a person and sample day: the mean of all on that day.

    ``owner`` (rows) gets the person and ``out`` (3, rows) day known, day sampled and mean; those of
    a group begin where ``spans`` (from :func:`spans_of`) says, and end where the answer says.
    ``group`` is that of each analyte; rows of group or analyte -1 are left out; ``clock`` (2, rows)
    is as from :func:`own_clock`. A day's values are known when the last of them is. The mean is of
    those that are not NaN, its sum compensated (Kahan, 1965): the grouped mean of pandas, bit for
    bit.
    """
    begin, end, n = spans[0], spans[0].copy(), spans.shape[1]
    total, lost, found = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    for i in range(analyte.shape[0]):
        if analyte[i] < 0 or group[analyte[i]] < 0:
            continue
        g = group[analyte[i]]
        k = end[g] - 1
        if k < begin[g] or owner[k] != person[i] or out[1, k] != clock[0, i]:
            k += 1
            end[g] += 1
            owner[k], out[0, k], out[1, k], out[2, k] = person[i], clock[1, i], clock[0, i], np.nan
            total[g] = lost[g] = 0.0
            found[g] = 0
        out[0, k] = max(out[0, k], clock[1, i])
        if not np.isnan(value[i]):
            found[g] += 1
            term = value[i] - lost[g]
            more = total[g] + term
            lost[g] = (more - total[g]) - term
            if np.isnan(lost[g]):  # an infinite value
                lost[g] = 0.0
            total[g] = more
            out[2, k] = more if found[g] == 1 else more / found[g]
    return end


@njit(_ACTS, cache=True)
def acts(person, day, sampled):
    """Whether a value, in the order in which values become known, ever acts.

    It does unless a newer sample was known already, or another follows that is known on its day.
    """
    out = np.empty(person.shape[0], np.bool_)
    newest = -np.inf
    for i in range(person.shape[0]):
        if i == 0 or person[i] != person[i - 1]:
            newest = -np.inf
        newest = max(newest, sampled[i])
        last = i + 1 == person.shape[0] or person[i + 1] != person[i] or day[i + 1] != day[i]
        out[i] = last and sampled[i] == newest
    return out


@njit(_WITHIN, cache=True)
def last_within(owner, days, person, day, within):
    """Index of each person's last of ``(owner, days)`` up to ``day``; both sorted.

    -1 where there is none, or none on the day or the ``within`` days before it.
    """
    out = np.empty(person.shape[0], np.int64)
    past = 0
    for i in range(person.shape[0]):
        while past < owner.shape[0] and (
            owner[past] < person[i] or (owner[past] == person[i] and days[past] <= day[i])
        ):
            past += 1
        found = past > 0 and owner[past - 1] == person[i] and day[i] - days[past - 1] <= within
        out[i] = past - 1 if found else -1
    return out


@njit(_PEOPLE, cache=True)
def people_with_a_value(person, date, day, analyte, years, owner, start, stop):
    """People with a value on a day of a period, by analyte and calendar year.

    ``years`` holds the first days of the calendar years, one more than there are; ``(start, stop]``
    are the periods of ``owner``, in order, disjoint. ``analyte`` counts from 0; -1, or no date, is
    not counted.
    """
    n_analytes = analyte.max() + 1 if analyte.shape[0] else 0
    counts = np.zeros((n_analytes, years.shape[0] - 1), np.int64)
    last = np.full((n_analytes, years.shape[0] - 1), -1, np.int64)  # person counted there
    period = year = 0
    for i in range(person.shape[0]):
        if i == 0 or person[i] != person[i - 1]:
            year = 0
        while period < owner.shape[0] and (
            owner[period] < person[i] or (owner[period] == person[i] and stop[period] < day[i])
        ):
            period += 1
        if period == owner.shape[0] or owner[period] != person[i] or not day[i] > start[period]:
            continue
        if analyte[i] < 0 or date[i] == NO_DATE:
            continue
        while date[i] >= years[year + 1]:
            year += 1
        if last[analyte[i], year] != person[i]:
            last[analyte[i], year] = person[i]
            counts[analyte[i], year] += 1
    return counts
