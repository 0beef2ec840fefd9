"""Kaplan–Meier survival: the curve, its value at a fixed time, the numbers at risk, and where its tail stops being reliable.

The estimator works on counts per distinct time, so it takes rows of patients or counts from a query. Every patient is
followed from the origin, time 0; late entry (left truncation) is another estimator and is refused where an entry column
is offered (`describe`). Agrees with R's survival::survfit; intervals are in `intervals`, quantiles and follow-up in
`quantiles`, the restricted mean in `restricted_mean`, the comparison of groups in `logrank`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from heroes.errors import OutsideStudyError
from heroes.statistics.grid import Grid, check_times, count_counts, count_rows
from heroes.statistics.intervals import DEGENERATE_METHOD, check_method, lower_without_event, pointwise_limits
from heroes.statistics.reasons import BEYOND_FOLLOW_UP, NO_PATIENTS, NO_STANDARD_ERROR_AT_ZERO, Reason

_ROWS_AT_A_TIME = 1 << 14  # what stays in the processor's cache


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """One row per distinct time, ascending, whether an event or a censoring happened at it.

    at_risk: patients with that time or a longer one. events, censored: those who leave at it, events first.
    survival: after the events of that time (before the first row it is 1). std_error: Greenwood, of survival; NaN
    where survival is 0. lower, upper: pointwise limits, within 0–1, never missing; from each row to the next.
    tolerance: times no further apart than this are one time.
    """

    time: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    std_error: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    n: int
    n_events: int
    n_censored: int
    conf_type: str
    conf_level: float
    tolerance: float

    @property
    def last_time(self) -> float | None:
        """The longest follow-up, of event or censoring; None without patients."""
        return float(self.time[-1]) if self.n else None

    @property
    def reaches_zero(self) -> bool:
        """Whether the longest follow-up ended in events for all, so that the curve is known ever after."""
        return bool(self.n) and bool(self.survival[-1] == 0)

    @cached_property
    def remaining(self) -> np.ndarray:
        """Patients still followed after each row."""
        return self.at_risk - self.events - self.censored

    @cached_property
    def cumulative_events(self) -> np.ndarray:
        """Events up to and including each row."""
        return np.cumsum(self.events)


@dataclass(frozen=True)
class FixedTimeEstimate:
    """Survival at one time. What does not exist is None, and reason says why.

    interval_method: the interval the limits come from, "beta-product" where survival is 1 or 0; None without limits.
    at_risk: patients with this time or a longer one. n_events, n_censored: up to and including this time.
    """

    time: float
    estimate: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    interval_method: str | None
    at_risk: int
    n_events: int
    n_censored: int
    reason: str | None


def estimate_survival(time, event, *, conf_type: str = "log-log", conf_level: float = 0.95) -> SurvivalCurve:
    """The Kaplan–Meier curve of rows of patients, in any order.

    time: length of follow-up from the origin, 0 or more, whole or not. event: true/false or 1/0, true when the event
    was seen. No patients give a curve without rows. A patient with an event at time 0 counts: the curve falls at 0.
    Raises OutsideStudyError for negative, missing or infinite times, MisuseError for another event coding, an unknown
    conf_type or a conf_level outside 0–1.
    Method: Kaplan & Meier 1958; variance Greenwood 1926; log(−log) interval Borgan & Liestøl 1990.
    """
    check_method(conf_type, conf_level)
    return curve_of(count_rows(time, event), conf_type, conf_level)


def survival_from_counts(
    time, events, censored, *, conf_type: str = "log-log", conf_level: float = 0.95
) -> SurvivalCurve:
    """The Kaplan–Meier curve of counts: patients with an event and patients censored at each time, in any order.

    Equals `estimate_survival` of the rows that were counted, and raises what it raises.
    """
    check_method(conf_type, conf_level)
    return curve_of(count_counts(time, events, censored), conf_type, conf_level)


def curve_of(grid: Grid, conf_type: str, conf_level: float) -> SurvivalCurve:
    """The Kaplan–Meier curve of counts per distinct time that are already in order."""
    events, censored = grid.events, grid.censored
    at_risk = np.empty(len(events), dtype=np.int64)
    survival, std_error = np.empty(len(events)), np.empty(len(events))
    n_events, n_censored = int(events.sum()), int(censored.sum())
    remaining, height, greenwood = n_events + n_censored, 1.0, 0.0
    for start in range(0, len(events), _ROWS_AT_A_TIME):
        rows = slice(start, start + _ROWS_AT_A_TIME)
        leaving = events[rows] + censored[rows]
        gone = np.cumsum(leaving)
        n = remaining - gone + leaving
        surviving = n - events[rows]
        share = surviving / n
        share[0] *= height
        with np.errstate(divide="ignore", invalid="ignore"):
            sums = events[rows] / (n * surviving.astype(float))
            sums[0] += greenwood
            np.cumsum(sums, out=sums)
            np.cumprod(share, out=survival[rows])
            np.multiply(survival[rows], np.sqrt(sums), out=std_error[rows])
        at_risk[rows] = n
        remaining, height, greenwood = remaining - int(gone[-1]), survival[rows][-1], sums[-1]
    lower, upper = pointwise_limits(at_risk, events, censored, survival, std_error, conf_type, conf_level)
    return SurvivalCurve(
        grid.time, at_risk, events, censored, survival, std_error, lower, upper,
        n_events + n_censored, n_events, n_censored, conf_type, float(conf_level), grid.tolerance,
    )


def survival_at(curve: SurvivalCurve, time: float) -> FixedTimeEstimate:
    """Probability of being event-free at one given time, with its interval.

    time: protocol milestone in days for the 1-year estimate. An event at that very time has happened.

    When nobody is followed to that time and the curve has not reached 0, estimate, std_error and limits are None and
    reason says how far follow-up goes; the last value is never carried on. Where the curve is at 0 only std_error is
    None. Raises OutsideStudyError for a negative or missing time.
    """
    time = check_moment(time)
    row = row_at(curve, time)
    at_risk = int(count_remaining(curve, time))
    n_events = int(curve.cumulative_events[row]) if row >= 0 else 0
    n_censored = (curve.n - int(curve.remaining[row]) - n_events) if row >= 0 else 0
    absent = _why_absent(curve, time)
    if absent:
        return FixedTimeEstimate(time, None, None, None, None, None, at_risk, n_events, n_censored, absent)
    if row < 0:
        lower = float(lower_without_event(curve.n, curve.conf_level))
        return FixedTimeEstimate(time, 1.0, 0.0, lower, 1.0, DEGENERATE_METHOD, at_risk, 0, 0, None)
    survival = float(curve.survival[row])
    is_zero = survival == 0
    return FixedTimeEstimate(
        time, survival, None if is_zero else float(curve.std_error[row]),
        float(curve.lower[row]), float(curve.upper[row]),
        DEGENERATE_METHOD if survival in (0, 1) else curve.conf_type,
        at_risk, n_events, n_censored, Reason(NO_STANDARD_ERROR_AT_ZERO) if is_zero else None,
    )


def count_at_risk(curve: SurvivalCurve, ticks) -> pd.DataFrame:
    """The table under a curve: tick, at_risk, censored, events, one row per tick in the order given.

    at_risk: patients with that time or a longer one; censored, events: those who left before the tick. The three add
    up to all patients at every tick (Morris et al. 2019). Raises OutsideStudyError for a negative tick.
    """
    ticks = check_times(np.asarray(ticks, dtype=float).reshape(-1))
    after = np.searchsorted(curve.time, ticks - curve.tolerance, side="left")
    at_risk = np.append(curve.at_risk, 0)[after]
    events = np.insert(curve.cumulative_events, 0, 0)[after]
    return pd.DataFrame({"tick": ticks, "at_risk": at_risk, "censored": curve.n - at_risk - events, "events": events})


def reliable_until(curve: SurvivalCurve, drop: float | None, share: float | None) -> float:
    """The time after which so few remain that the tail of the curve is drawn grey.

    drop: grey as soon as one more event would lower the curve by more than this (n at risk < survival / drop).
    share: grey as soon as fewer than this share of all patients is at risk. A rule that is None is not applied; with
    neither, or when nothing is unreliable, the end of follow-up. 0 when the first event would already be too much,
    or without patients.
    """
    if not curve.n:
        return 0.0
    remaining = np.insert(curve.remaining, 0, curve.n)
    survival = np.insert(curve.survival, 0, 1.0)
    is_few = np.zeros(len(remaining), dtype=bool)
    if drop is not None:
        is_few |= remaining < survival / drop
    if share is not None:
        is_few |= remaining < share * curve.n
    if not is_few.any():
        return float(curve.time[-1])
    first = int(is_few.argmax())
    return float(curve.time[first - 1]) if first else 0.0


def check_moment(time: float) -> float:
    """A single time as a number, or OutsideStudyError when it is negative, missing or infinite."""
    time = float(time)
    if not (time >= 0 and np.isfinite(time)):
        raise OutsideStudyError(f"{time} is not a time of the study: times run from 0, the origin, onwards.")
    return time


def row_at(curve, time: float) -> int:
    """The row that holds at a time, −1 before the first."""
    return int(np.searchsorted(curve.time, time + curve.tolerance, side="right")) - 1


def count_remaining(curve, time: float) -> int:
    """Patients with this time or a longer one."""
    after = int(np.searchsorted(curve.time, time - curve.tolerance, side="left"))
    return int(curve.at_risk[after]) if after < len(curve.time) else 0


def _why_absent(curve: SurvivalCurve, time: float) -> Reason | None:
    if not curve.n:
        return Reason(NO_PATIENTS)
    if time > curve.time[-1] + curve.tolerance and not curve.reaches_zero:
        return Reason(BEYOND_FOLLOW_UP, time=time, last=curve.last_time)
    return None
