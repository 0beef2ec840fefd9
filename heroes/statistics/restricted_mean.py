"""Restricted mean survival time: the area under the curve up to a given time."""

from dataclasses import dataclass

import numpy as np

from heroes.statistics.reasons import MEAN_BEYOND_FOLLOW_UP, NO_PATIENTS, Reason
from heroes.statistics.survival import SurvivalCurve, check_moment


@dataclass(frozen=True)
class RestrictedMean:
    """Mean event-free time within the first tau; None with a reason when the curve is not known up to tau."""

    tau: float
    estimate: float | None
    std_error: float | None
    reason: str | None


def estimate_restricted_mean(curve: SurvivalCurve, tau: float) -> RestrictedMean:
    """Mean event-free time within the first tau, in the unit of time, with its standard error.

    When follow-up ends before tau and the curve has not reached 0, both are None: the last value is never carried on.
    Raises OutsideStudyError for a negative or missing tau.
    Method: variance Σ A²·d/[n(n−d)] over events up to tau, A the area from the event to tau, as summary(survfit, rmean).
    """
    tau = check_moment(tau)
    if not curve.n:
        return RestrictedMean(tau, None, None, Reason(NO_PATIENTS))
    if tau > curve.last_time + curve.tolerance and not curve.reaches_zero:
        return RestrictedMean(tau, None, None, Reason(MEAN_BEYOND_FOLLOW_UP, time=tau, last=curve.last_time))
    rows = int(np.searchsorted(curve.time, tau, side="right"))
    edges = np.concatenate(([0.0], curve.time[:rows], [tau]))
    areas = np.diff(edges) * np.insert(curve.survival[:rows], 0, 1.0)
    area_after = areas.sum() - np.cumsum(areas[:-1])
    events, at_risk = curve.events[:rows], curve.at_risk[:rows]
    surviving = (at_risk - events).astype(float)
    counts = (events > 0) & (surviving > 0)
    share = area_after[counts] / (tau or 1.0)  # squares of very long or short times would leave the range of numbers
    variance = np.sum(share**2 * events[counts] / (at_risk[counts] * surviving[counts]))
    return RestrictedMean(tau, float(areas.sum()), float(tau * np.sqrt(variance)), None)
