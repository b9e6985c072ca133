"""What a Cox fit hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import chdtrc

from ..arguments import Floats, Ints
from .data import CoxData, Evaluation
from .newton import Maximum


@dataclass(frozen=True)
class Chi2Test:
    """A chi-squared statistic, its degrees of freedom and upper tail probability."""

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True)
class Fitted:
    """What residuals, curves and tests of a fit are computed from; rows in the caller's order."""

    data: CoxData
    at: Evaluation
    X: Floats
    start: Floats | None
    stop: Floats
    event: Ints
    stratum: Ints
    strata_labels: tuple
    weight: Floats
    offset: Floats
    cluster: Ints | None


@dataclass(frozen=True)
class CoxResult:
    """A fitted Cox model, or the reason why there is none.

    ``status`` is ``ok``, ``not_estimable`` or ``not_converged``; unless it is ``ok`` the estimates
    are ``None``, ``reason`` says why and ``columns`` names the columns of ``X`` at fault.
    ``coefficients`` are log hazard ratios a unit of each column (p); ``covariance`` is the inverse
    observed information (p × p); ``robust_covariance`` the sandwich by cluster, ``None`` without
    clusters; the Wald test uses it where it is there. ``log_likelihood`` is
    (null, fitted); penalised where there is a penalty.
    """

    status: str
    reason: str
    columns: tuple[int, ...]
    n: int
    n_events: int
    n_clusters: int | None
    iterations: int
    ties: str
    penalty: str | None
    coefficients: Floats | None = None
    covariance: Floats | None = None
    robust_covariance: Floats | None = None
    log_likelihood: tuple[float, float] | None = None
    score_test: Chi2Test | None = None
    wald_test: Chi2Test | None = None
    likelihood_ratio_test: Chi2Test | None = None
    fitted: Fitted | None = field(default=None, repr=False, compare=False)

    @property
    def std_error(self) -> Floats | None:
        """Square roots of the diagonal of ``covariance``."""
        return None if self.covariance is None else np.sqrt(np.diag(self.covariance))

    @property
    def robust_std_error(self) -> Floats | None:
        """Square roots of the diagonal of ``robust_covariance``."""
        robust = self.robust_covariance
        return None if robust is None else np.sqrt(np.diag(robust))


def chi2_test(statistic: Any, df: int) -> Chi2Test:
    """Upper tail of the chi-squared distribution."""
    p_value = float(chdtrc(df, statistic)) if df else 1.0
    return Chi2Test(float(statistic), df, p_value)


def as_result(
    best: Maximum,
    about: dict[str, Any],
    robust: Floats | None = None,
    fitted: Fitted | None = None,
) -> CoxResult:
    """The result of a fit; ``about`` has what is known of the data, ``robust`` the sandwich."""
    about = {**about, "iterations": best.iterations, "columns": best.columns}
    if best.at is None or best.covariance is None:
        return CoxResult(best.status, best.reason, **about)
    slope, curvature = best.null_score, best.null_information
    assert slope is not None and curvature is not None
    beta, variance = best.at.beta, best.covariance if robust is None else robust
    null_value, value = best.log_likelihood
    return CoxResult(
        status=best.status,
        reason=best.reason,
        coefficients=beta,
        covariance=best.covariance,
        robust_covariance=robust,
        log_likelihood=best.log_likelihood,
        score_test=chi2_test(slope @ np.linalg.solve(curvature, slope), len(beta)),
        wald_test=chi2_test(beta @ np.linalg.solve(variance, beta), len(beta)),
        likelihood_ratio_test=chi2_test(2 * (value - null_value), len(beta)),
        fitted=fitted,
        **about,
    )
