"""Times by which a given share has had the event: median and other quantiles, and the length of follow-up.

The recipes are those of R's survival package, quantile(survfit(…)): limits are the times at which the pointwise limits
of the curve cross the same height (Brookmeyer & Crowley 1982), so they depend on the chosen interval; on a flat
stretch of exactly that height the midpoint is taken. As there, Greenwood limits say nothing where the curve is at 0
or 1. Beta product limits exist everywhere and are used as they are.
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import OutsideStudyError
from heroes.statistics.grid import Grid, count_rows
from heroes.statistics.intervals import DEGENERATE_METHOD, check_method, lower_without_event
from heroes.statistics.reasons import INTERVAL_OPEN, NO_PATIENTS, NOT_REACHED, Reason
from heroes.statistics.survival import SurvivalCurve, curve_of

_EQUAL = float(np.sqrt(np.finfo(float).eps))  # heights no further apart than this are one


@dataclass(frozen=True)
class QuantileEstimate:
    """p: share that has had the event. estimate: None when the curve does not fall so far; a limit: None when the
    interval is open on that side. reason says why whenever one of them is None."""

    p: float
    estimate: float | None
    lower: float | None
    upper: float | None
    reason: str | None


@dataclass(frozen=True)
class FollowUp:
    """Reverse Kaplan–Meier follow-up: median with its limits, and the quartiles. What is not reached is None, and
    reason says why."""

    median: float | None
    lower: float | None
    upper: float | None
    first_quartile: float | None
    third_quartile: float | None
    reason: str | None


def estimate_quantile(curve: SurvivalCurve, p: float) -> QuantileEstimate:
    """The time by which a share p has had the event (0.5: the median), with its limits.

    Raises OutsideStudyError for a p outside 0–1.
    """
    if not 0 < p < 1:
        raise OutsideStudyError(f"A quantile lies between 0 and 1, such as 0.5 for the median; {p} does not.")
    if not curve.n:
        return QuantileEstimate(p, None, None, None, Reason(NO_PATIENTS))
    estimate = _time_at(np.insert(curve.time, 0, 0.0), np.insert(curve.survival, 0, 1.0), p)
    lower = _time_at(*_limit_curve(curve, curve.lower), p)
    upper = _time_at(*_limit_curve(curve, curve.upper), p)
    reason = None
    if estimate is None or lower is None or upper is None:
        why = NOT_REACHED if estimate is None else INTERVAL_OPEN
        reason = Reason(why, level=1 - p, last=curve.last_time)
    return QuantileEstimate(p, estimate, lower, upper, reason)


def estimate_follow_up(time, event, *, conf_type: str = "log-log", conf_level: float = 0.95) -> FollowUp:
    """How long patients have been followed: the Kaplan–Meier estimate of the time to censoring.

    Events count as censored and censored patients as events; in a tie those censored leave first, as in
    survfit(Surv(time, 1 - status)). Input and errors as `estimate_survival`.
    Method: Schemper & Smith 1996.
    """
    check_method(conf_type, conf_level)
    return follow_up_of(count_rows(time, event), conf_type, conf_level)


def follow_up_of(grid: Grid | SurvivalCurve, conf_type: str, conf_level: float) -> FollowUp:
    """The follow-up of counts per distinct time, or of the patients of a curve."""
    reverse = curve_of(Grid(grid.time, grid.censored, grid.events, grid.tolerance), conf_type, conf_level)
    first, median, third = (estimate_quantile(reverse, p) for p in (0.25, 0.5, 0.75))
    reason = median.reason or next((q.reason for q in (first, third) if q.estimate is None), None)
    return FollowUp(median.estimate, median.lower, median.upper, first.estimate, third.estimate, reason)


def _limit_curve(curve: SurvivalCurve, limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Times and heights of a limit, from time 0 on, without the rows at which it says nothing."""
    at_origin = 1.0
    if curve.conf_type == DEGENERATE_METHOD:
        if limit is curve.lower:
            at_origin = float(lower_without_event(curve.n, curve.conf_level))
        return np.insert(curve.time, 0, 0.0), np.insert(limit, 0, at_origin)
    height = np.where(curve.survival == 1, 1.0, limit)
    says = curve.survival > 0
    return np.insert(curve.time[says], 0, 0.0), np.insert(height[says], 0, at_origin)


def _time_at(time: np.ndarray, height: np.ndarray, p: float) -> float | None:
    """The time at which a step function reaches 1 − p, None when it does not.

    A limit may rise again; like R, the least failure that reaches p decides, at the first time it is reached.
    """
    failure, first = np.unique(1 - height, return_index=True)
    reached = int(np.searchsorted(failure + _EQUAL, p, side="left"))
    if reached == len(failure):
        return None
    exceeded = int(np.searchsorted(failure - _EQUAL, p, side="left"))
    start, end = time[first[reached]], time[first[exceeded]] if exceeded < len(failure) else time[-1]
    return float(start if start == end else start / 2 + end / 2)
