"""People drawn from a cohort, weighted to stand for it, and the variance that the draw adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats, Ints
from .residuals import score
from .result import CoxResult


@dataclass(frozen=True)
class DrawnPeople:
    """Simple random samples without replacement from each stratum of a cohort.

    ``weight`` (n,) is people of the stratum over people drawn from it, ``stratum`` (n,) its code.
    """

    weight: Floats
    stratum: Ints

    def covariance(self, influence: Floats, person: Ints) -> Floats:
        """Covariance by the draw of ``Σ w ψ``, which estimates ``Σ ψ`` over the cohort: (q, q).

        ``influence`` ψ (rows, q), ``person`` (rows,) says whose row it is. With u the weighted sums
        by person, n drawn from a stratum and f their share of it: ``Σ n (1 − f) cov(u)``.
        Source: Cochran (1977), 5.3; for Cox regression Borgan, Langholz, Samuelsen, Goldstein and
        Pogoda (2000) Lifetime Data Analysis 6:39, estimator II; Lin (2000) Biometrika 87:37.
        """
        size = len(self.weight)
        columns = [self.weight * np.bincount(person, one, size) for one in influence.T]
        sums: Floats = np.stack(columns, axis=1)
        total = np.zeros((influence.shape[1],) * 2)
        for code in np.unique(self.stratum):
            of = self.stratum == code
            left_out = 1 - 1 / float(self.weight[of][0])
            if left_out > 0:
                u = sums[of] - sums[of].mean(axis=0)
                total += left_out * len(u) / max(len(u) - 1, 1) * (u.T @ u)
        return total


def drawn_covariance(fit: CoxResult, people: DrawnPeople, person: Ints) -> Floats:
    """Covariance of the coefficients of a weighted Cox fit to rows of drawn people: (p, p).

    ``I⁻¹``, as if all had been there, and ``I⁻¹ V I⁻¹`` with V the variance of the score by the
    draw. Errors: ``ValueError`` for a fit without an estimate.
    """
    spread = people.covariance(score(fit), person)
    inverse = np.asarray(fit.covariance)
    out: Floats = inverse + inverse @ spread @ inverse
    return out
