"""Compiled passes over the laboratory rows of a bucket, which lie in the order of people and days.

Explicit signatures and a cache on disk: compiled once, at set-up. Each is one pass that makes no
temporary; what NumPy would search for, the order of the rows gives.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from data_schema.follow_up import DAYS_A_YEAR

NO_DATE = np.iinfo(np.int32).min

_WHOLE = "Array(i4, 1, 'C', readonly=True)"  # lent by Arrow, and so not to be written
_VALUE = "Array(f8, 1, 'C', readonly=True)"
_OWN_CLOCK = f"Tuple((f4[:, ::1], b1))({_WHOLE}, {_WHOLE}, {_WHOLE}, i4[::1], b1)"
_IN_ORDER = "b1(i8[::1], f8[:])"
_ROWS = f"Tuple((i8[::1], i8[::1]))({_WHOLE}, i8)"
_DAILY = f"Tuple((i8[::1], f8[:, :]))(i8[::1], {_WHOLE}, f4[:, ::1], {_VALUE})"
_ACTS = "b1[::1](i8[::1], f8[:], f8[:])"
_UP_TO = "i8[::1](i8[::1], f8[:], i8[::1], f8[:])"
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


@njit(_ROWS, cache=True)
def rows_by_group(group, n):
    """Row numbers group by group, in their order, and where each of ``n`` begins; -1: in none."""
    begin = np.zeros(n + 1, np.int64)
    for one in group:
        if one >= 0:
            begin[one + 1] += 1
    for k in range(n):
        begin[k + 1] += begin[k]
    rows, next_ = np.empty(begin[n], np.int64), begin.copy()
    for i in range(group.shape[0]):
        if group[i] >= 0:
            rows[next_[group[i]]] = i
            next_[group[i]] += 1
    return rows, begin


@njit(_DAILY, cache=True)
def daily(rows, person, clock, value):
    """Person, and day known, day sampled and mean value (3, n), one a person and sample day.

    ``clock`` (2, all rows) as from :func:`own_clock`; ``value`` is of ``rows``. A day's values are
    known when the last of them is. The mean is of those that are not NaN, its sum compensated
    (Kahan, 1965): the grouped mean of pandas, bit for bit.
    """
    n = -1
    owner, out = np.empty(rows.shape[0], np.int64), np.empty((3, rows.shape[0]))
    total = lost = 0.0
    found = 0
    for k in range(rows.shape[0]):
        i = rows[k]
        if n < 0 or owner[n] != person[i] or out[1, n] != clock[0, i]:
            n += 1
            owner[n], out[0, n], out[1, n] = person[i], clock[1, i], clock[0, i]
            total = lost = 0.0
            found = 0
        out[0, n] = max(out[0, n], clock[1, i])
        if not np.isnan(value[k]):
            found += 1
            term = value[k] - lost
            more = total + term
            lost = (more - total) - term
            if np.isnan(lost):  # an infinite value
                lost = 0.0
            total = more
        out[2, n] = total / found if found else np.nan
    return owner[: n + 1], out[:, : n + 1]


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


@njit(_UP_TO, cache=True)
def last_up_to(owner, days, person, day):
    """Index of each person's last of ``(owner, days)`` on or before ``day``, or -1; both sorted."""
    out = np.empty(person.shape[0], np.int64)
    past = 0
    for i in range(person.shape[0]):
        while past < owner.shape[0] and (
            owner[past] < person[i] or (owner[past] == person[i] and days[past] <= day[i])
        ):
            past += 1
        out[i] = past - 1 if past > 0 and owner[past - 1] == person[i] else -1
    return out


@njit(_PEOPLE, cache=True)
def people_with_a_value(person, date, day, analyte, years, owner, start, stop):
    """People with a value on a day of a stay, by analyte and calendar year.

    ``years`` holds the first days of the calendar years, one more than there are; ``(start, stop]``
    are the stays of ``owner``, in order, disjoint. ``analyte`` counts from 0; -1, or no date, is
    not counted.
    """
    n_analytes = analyte.max() + 1 if analyte.shape[0] else 0
    counts = np.zeros((n_analytes, years.shape[0] - 1), np.int64)
    last = np.full((n_analytes, years.shape[0] - 1), -1, np.int64)  # person counted there
    stay = year = 0
    for i in range(person.shape[0]):
        if i == 0 or person[i] != person[i - 1]:
            year = 0
        while stay < owner.shape[0] and (
            owner[stay] < person[i] or (owner[stay] == person[i] and stop[stay] < day[i])
        ):
            stay += 1
        if stay == owner.shape[0] or owner[stay] != person[i] or not day[i] > start[stay]:
            continue
        if analyte[i] < 0 or date[i] == NO_DATE:
            continue
        while date[i] >= years[year + 1]:
            year += 1
        if last[analyte[i], year] != person[i]:
            last[analyte[i], year] = person[i]
            counts[analyte[i], year] += 1
    return counts
