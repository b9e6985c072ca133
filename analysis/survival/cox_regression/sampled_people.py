"""People drawn from a cohort, weighted to stand for it, and the variance that the draw adds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arguments import Floats, Ints
from .residuals import score_residuals
from .result import CoxResult


@dataclass(frozen=True)
class SampledPeople:
    """People sampled without replacement from the strata of a cohort, weighted to stand for it.

    ``weight`` (n,) is people of the stratum over people sampled from it, ``stratum`` (n,) its code.
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


def sampled_covariance(fit: CoxResult, people: SampledPeople, person: Ints) -> Floats:
    """Covariance of the coefficients of a weighted Cox fit to rows of sampled people.

    ``I⁻¹``, as if all had been there, and ``I⁻¹ V I⁻¹`` with V the variance of the score by the
    sampling.

    Shapes: ``person`` (rows,), the number of each row's person among ``people``; (p, p).
    Errors: ``ValueError`` for a fit without an estimate.
    Source: Borgan, Langholz, Samuelsen, Goldstein and Pogoda (2000) Lifetime Data Analysis 6:39;
    Lin (2000) Biometrika 87:37.

    >>> X = np.array([[0.0], [1.0], [0.0], [1.0], [1.0], [0.0]])
    >>> weight = np.array([1.0, 1.0, 1.0, 2.0, 1.0, 2.0])
    >>> fit = cox(X, [1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 1, 0], weights=weight)
    >>> people = SampledPeople(weight, np.array([0, 0, 0, 1, 0, 1]))
    >>> sampled_covariance(fit, people, np.arange(6)).round(3).tolist()
    [[1.668]]
    """
    spread = people.covariance(score_residuals(fit), person)
    inverse = np.asarray(fit.covariance)
    out: Floats = inverse + inverse @ spread @ inverse
    return out
