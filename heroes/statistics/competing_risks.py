"""Cumulative incidence when one event prevents another: the share of patients with each cause first (Aalen–Johansen).

Two standard errors are in use and both are given by name: the delta method (std_error, the one of R's survival) and
Aalen's (std_error_aalen, the one of R's cmprsk, the default of SAS and tidycmprsk, somewhat larger).
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import MisuseError
from heroes.statistics.grid import merge_times
from heroes.statistics.intervals import check_method, normal_quantile
from heroes.statistics.reasons import ALL_OF_THIS_CAUSE, BEYOND_FOLLOW_UP, NO_EVENT_OF_THIS_CAUSE, NO_PATIENTS, Reason
from heroes.statistics.survival import check_moment, count_remaining, row_at


@dataclass(frozen=True, eq=False)
class CauseCurve:
    """One cause, one row per distinct time: events of it, incidence after them (0–1), both standard errors, and the
    log(−log) limits by each. Limits are NaN where incidence is 0 or 1; before the first row incidence is 0."""

    cause: int
    events: np.ndarray
    incidence: np.ndarray
    std_error: np.ndarray
    std_error_aalen: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    lower_aalen: np.ndarray
    upper_aalen: np.ndarray


@dataclass(frozen=True, eq=False)
class IncidenceCurves:
    """All causes over the same distinct times, ascending. event_free: share without any event, after each time.

    At every time event_free and the incidences of all causes add up to one.
    """

    time: np.ndarray
    at_risk: np.ndarray
    censored: np.ndarray
    event_free: np.ndarray
    causes: tuple[CauseCurve, ...]
    n: int
    n_censored: int
    conf_level: float
    tolerance: float


@dataclass(frozen=True)
class FixedTimeIncidence:
    """Incidence of one cause at one time; what does not exist is None, and reason says why."""

    cause: int
    time: float
    estimate: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    std_error_aalen: float | None
    lower_aalen: float | None
    upper_aalen: float | None
    interval_method: str | None
    at_risk: int
    n_events: int
    reason: str | None


def estimate_incidence(time, cause, *, causes=None, conf_level: float = 0.95) -> IncidenceCurves:
    """Cumulative incidence of each cause from rows of patients, in any order.

    time: as for `estimate_survival`. cause: 0 censored, else the number of the cause that came first. causes: those to
    report; by default all that occur. In a tie events come before censoring, and all causes share one risk set.
    Raises OutsideStudyError for impossible times, MisuseError for causes that are not whole numbers from 0.
    Method: Aalen & Johansen 1978; interval log(−log).
    """
    check_method("log-log", conf_level)
    distinct, place, tolerance = merge_times(time)
    cause = as_causes(cause)
    if len(cause) != len(place):
        raise MisuseError(f"There are {len(place)} times but {len(cause)} causes; each patient needs one of both.")
    found = tuple(int(k) for k in np.unique(cause[cause > 0]))
    reported = found if causes is None else tuple(causes)
    if not set(found) <= set(reported):
        raise MisuseError(f"Causes {found} occur, but only {reported} were asked for.")
    return incidence_of(distinct, place, tolerance, cause, reported, conf_level)


def incidence_of(distinct, place, tolerance: float, cause, causes, conf_level: float) -> IncidenceCurves:
    """Cumulative incidence of rows whose times are already merged: place is each row's position in distinct."""
    events = {k: np.bincount(place[cause == k], minlength=len(distinct)) for k in causes}
    leaving = np.bincount(place, minlength=len(distinct))
    at_risk = leaving[::-1].cumsum()[::-1]
    any_event = sum(events.values(), np.zeros(len(distinct), dtype=np.int64))
    event_free = np.cumprod((at_risk - any_event) / at_risk)
    before = np.insert(event_free, 0, 1.0)[:-1]
    curves = tuple(_cause_curve(k, events[k], any_event, at_risk, before, event_free, conf_level) for k in causes)
    total = event_free + sum((curve.incidence for curve in curves), np.zeros(len(distinct)))
    assert np.all(np.abs(total - 1) <= 1e-12), "event-free share and incidences must add up to one"
    censored = leaving - any_event
    return IncidenceCurves(
        distinct, at_risk, censored, event_free, curves, len(place), int(censored.sum()), float(conf_level), tolerance)


def incidence_at(curves: IncidenceCurves, time: float) -> tuple[FixedTimeIncidence, ...]:
    """The incidence of each cause at one given time; an event at that very time has happened.

    Beyond the longest follow-up, while some are event-free, nothing is estimated. Where no event of a cause, or
    nothing but that cause, has happened its limits are None: Greenwood-type variances are 0 there.
    Raises OutsideStudyError for a negative or missing time.
    """
    time = check_moment(time)
    row, at_risk = row_at(curves, time), count_remaining(curves, time)
    absent = None
    if not curves.n:
        absent = Reason(NO_PATIENTS)
    elif time > curves.time[-1] + curves.tolerance and curves.event_free[-1] > 0:
        absent = Reason(BEYOND_FOLLOW_UP, time=time, last=float(curves.time[-1]))
    return tuple(_at_row(curve, time, row, at_risk, absent) for curve in curves.causes)


def _at_row(curve: CauseCurve, time: float, row: int, at_risk: int, absent: Reason | None) -> FixedTimeIncidence:
    n_events = int(curve.events[: row + 1].sum())
    if absent:
        return FixedTimeIncidence(
            curve.cause, time, None, None, None, None, None, None, None, None, at_risk, n_events, absent)
    estimate = float(curve.incidence[row]) if row >= 0 else 0.0
    std_error, aalen = (float(curve.std_error[row]), float(curve.std_error_aalen[row])) if row >= 0 else (0.0, 0.0)
    if n_events == 0 or not 0 < estimate < 1:
        reason = Reason(ALL_OF_THIS_CAUSE if n_events else NO_EVENT_OF_THIS_CAUSE)
        return FixedTimeIncidence(
            curve.cause, time, estimate, std_error, None, None, aalen, None, None, None, at_risk, n_events, reason)
    limits = (float(side[row]) for side in (curve.lower, curve.upper))
    limits_aalen = (float(side[row]) for side in (curve.lower_aalen, curve.upper_aalen))
    return FixedTimeIncidence(
        curve.cause, time, estimate, std_error, *limits, aalen, *limits_aalen, "log-log", at_risk, n_events, None)


def as_causes(cause) -> np.ndarray:
    """Causes as whole numbers, 0 for censored; MisuseError for anything else."""
    try:
        given = np.asarray(cause, dtype=float).reshape(-1)
        fine = bool(np.all((given >= 0) & (given == np.floor(given)) & (given < 2**53)))
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise MisuseError("A cause must be 0 (censored) or the whole number of a cause, on every row.")
    return given.astype(np.int64)


def _cause_curve(cause, events, any_event, at_risk, before, event_free, conf_level) -> CauseCurve:
    alone = np.cumsum(any_event - events) == 0  # without another cause the two shares are complements to the last digit
    incidence = np.where(alone, 1 - event_free, np.cumsum(before * events / at_risk))
    delta = np.where(incidence == 1, 0.0, np.sqrt(_delta_variance(events, any_event, at_risk, before, incidence)))
    aalen = np.sqrt(_aalen_variance(events, any_event, at_risk, before, event_free, incidence))
    z = normal_quantile(conf_level)
    return CauseCurve(
        cause, events, incidence, delta, aalen, *_log_log_limits(incidence, delta, z), *_log_log_limits(incidence, aalen, z))


def _delta_variance(events, any_event, at_risk, before, incidence):
    """Variance after each time by the delta method, its sums of squares written out as running sums."""
    n, d, e = at_risk.astype(float), any_event.astype(float), events.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(d < n, d / (n * (n - d)), 0.0)  # at survival 0 the incidence is final: weight 0
    own = np.cumsum(before**2 * e * (n - e) / n**3)
    shared = before * e / n**2
    square = incidence**2 * np.cumsum(hazard) - 2 * incidence * np.cumsum(incidence * hazard) + np.cumsum(incidence**2 * hazard)
    cross = incidence * np.cumsum(shared) - np.cumsum(incidence * shared)
    return np.maximum(square + own - 2 * cross, 0.0)


def _aalen_variance(events, any_event, at_risk, before, event_free, incidence):
    """Variance after each time as in cmprsk::cuminc (Aalen 1978), which moves on at events of the cause itself."""
    n, own, other = at_risk.astype(float), events.astype(float), (any_event - events).astype(float)
    safe = np.where(event_free > 0, event_free, np.inf)
    tied = np.maximum(n - 1, 1.0)
    # what an event of another cause, and one of this cause, adds to the variance of the transition hazards
    by_other = np.where((other > 0) & (event_free > 0), before**2 * (1 - np.maximum(other - 1, 0) / tied) * other / n**2, 0.0)
    by_own = before**2 * np.where(own > 0, 1 - (own - 1) / tied, 0.0) * own / n**2
    weight_own, ratio, inverse = 1 + incidence / safe, incidence / safe, 1 / safe
    first = np.cumsum(ratio**2 * by_other + weight_own**2 * by_own)
    second = np.cumsum(inverse * (ratio * by_other + weight_own * by_own))
    third = np.cumsum(inverse**2 * (by_other + by_own))
    variance = np.maximum(first + incidence**2 * third - 2 * incidence * second, 0.0)
    latest = np.maximum.accumulate(np.where(events > 0, np.arange(len(events)), -1))
    return np.where(latest >= 0, variance[latest], 0.0)


def _log_log_limits(incidence, std_error, z):
    """Limits on the log(−log) scale, NaN where incidence is 0 or 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(incidence)
        ratio = np.exp(-z * std_error / (incidence * logarithm))
        limits = np.exp(logarithm * ratio), np.exp(logarithm / ratio)
    has = (incidence > 0) & (incidence < 1)
    return tuple(np.where(has, side, np.nan) for side in limits)
