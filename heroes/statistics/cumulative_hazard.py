"""Cumulative hazard: the number of events that one patient, replaced at each event, would have had by a time (Nelson–Aalen).

It is a rate added up, not a probability: it starts at 0, only rises, and may exceed 1.
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import MisuseError
from heroes.statistics.intervals import normal_quantile
from heroes.statistics.reasons import BEYOND_FOLLOW_UP, HAZARD_WITHOUT_EVENT, NO_PATIENTS, Reason
from heroes.statistics.survival import SurvivalCurve, check_moment, row_at

HAZARD_CONF_TYPES = ("log", "plain")


@dataclass(frozen=True, eq=False)
class CumulativeHazard:
    """One row per row of the survival curve it was made from, in the same order.

    hazard: after the events of that time (0 before the first row). std_error: of hazard. lower, upper: pointwise
    limits, 0 or more; NaN before the first event, where no interval exists.
    """

    time: np.ndarray
    hazard: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    conf_type: str
    conf_level: float
    tolerance: float


@dataclass(frozen=True)
class FixedTimeHazard:
    """Cumulative hazard at one time; what does not exist is None, and reason says why."""

    time: float
    estimate: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    reason: str | None


def estimate_cumulative_hazard(curve: SurvivalCurve, *, conf_type: str = "log") -> CumulativeHazard:
    """The Nelson–Aalen estimate from the patients of a survival curve, at the curve's confidence level.

    conf_type: "log" (hazard · exp(±z·se/hazard), above 0) or "plain" (hazard ± z·se, cut at 0). Tied events count
    as one step of d/n, and the standard error is √Σ d/n²: survfit(…, stype = 2, ctype = 1) of R's survival.
    Raises MisuseError for another conf_type.
    Method: Nelson 1972, Aalen 1978; intervals as in Klein & Moeschberger 2003, ch. 4.
    """
    if conf_type not in HAZARD_CONF_TYPES:
        raise MisuseError(f'There is no interval "{conf_type}" of a cumulative hazard; there are {", ".join(HAZARD_CONF_TYPES)}.')
    at_risk = curve.at_risk.astype(float)
    hazard = np.cumsum(curve.events / at_risk)
    std_error = np.sqrt(np.cumsum(curve.events / at_risk**2))
    half = normal_quantile(curve.conf_level) * std_error
    some = hazard > 0
    lower, upper = np.full(len(hazard), np.nan), np.full(len(hazard), np.nan)
    if conf_type == "log":
        factor = np.exp(half[some] / hazard[some])
        lower[some], upper[some] = hazard[some] / factor, hazard[some] * factor
    else:
        lower[some], upper[some] = np.maximum(hazard[some] - half[some], 0.0), hazard[some] + half[some]
    return CumulativeHazard(curve.time, hazard, std_error, lower, upper, conf_type, curve.conf_level, curve.tolerance)


def cumulative_hazard_at(hazard: CumulativeHazard, time: float) -> FixedTimeHazard:
    """The cumulative hazard at one given time; an event at that very time has happened.

    After the longest follow-up nobody is at risk, so nothing is estimated, even when all have had the event. Before
    the first event the estimate is 0 without limits. Raises OutsideStudyError for a negative or missing time.
    """
    time = check_moment(time)
    if not len(hazard.time):
        return FixedTimeHazard(time, None, None, None, None, Reason(NO_PATIENTS))
    if time > hazard.time[-1] + hazard.tolerance:
        return FixedTimeHazard(time, None, None, None, None, Reason(BEYOND_FOLLOW_UP, time=time, last=float(hazard.time[-1])))
    row = row_at(hazard, time)
    if row < 0 or hazard.hazard[row] == 0:
        return FixedTimeHazard(time, 0.0, 0.0, None, None, Reason(HAZARD_WITHOUT_EVENT))
    return FixedTimeHazard(
        time, float(hazard.hazard[row]), float(hazard.std_error[row]), float(hazard.lower[row]), float(hazard.upper[row]), None)
