"""What each row of a Cox fit adds to a number made of its hazard steps and coefficients."""

from __future__ import annotations

import numpy as np

from ..arguments import Floats
from ..cox_regression.likelihood import by_time, exposed
from ..cox_regression.residuals import of_fit, score_residuals
from ..cox_regression.result import CoxResult


def hazard_influence(model: CoxResult, by_step: Floats, by_beta: Floats) -> Floats:
    """``∂g/∂w_i`` of numbers g of one stratum's fit, by the weight of each row: (rows, M).

    ``by_step`` (M, times) is ``∂g/∂h_k`` by the hazard steps at the events' centre, β held, and
    ``by_beta`` (M, p) the whole derivative by β. With U_i the score residual and S0_k the risk set,

        ψ_i = g_β I⁻¹ U_i + Σ_k g_k (event_i / S0_k at its time − exp(η_i) h_k / S0_k at risk),

    averaged over Efron's steps. Source: Reid and Crépeau (1985) Biometrika 72:1; Lin (2000)
    Biometrika 87:37.
    """
    kept = of_fit(model)
    data, at = kept.data, kept.at
    sets, steps = data.sets, data.steps
    shift = np.exp(-data.offset_centre[0])
    falls = at.hazard**2 / steps.weight  # h / S0 of each step
    columns = np.column_stack([at.hazard, steps.weight, falls, steps.fraction * falls])
    hazard, weight, whole, tied = by_time(data, columns).T
    slopes = shift * by_step.T
    risk = at.risk / data.weight
    own = -risk[:, None] * exposed(data, slopes * whole[:, None], slopes * tied[:, None])
    k = sets.last[sets.event_rows]
    own[sets.event_rows] += slopes[k] * (hazard / weight)[k, None]
    out = np.zeros((len(kept.stop), len(by_beta)))
    out[sets.order] = own
    result: Floats = out + score_residuals(model) @ np.asarray(model.covariance) @ by_beta.T
    return result
