"""A whole survival or cumulative-incidence analysis of any table, as plain values ready for JSON.

The shapes are relied on by people's scripts: keys are added, never taken away. A number that does not exist is None
with a reason beside it, never NaN.
"""

import math
from dataclasses import asdict

import numpy as np
import pandas as pd

from heroes.statistics.columns import read_causes, read_events, read_groups, read_times, refuse_late_entry
from heroes.statistics.competing_risks import CauseCurve, IncidenceCurves, incidence_at, incidence_of
from heroes.statistics.grid import Grid, merge_times, without_empty
from heroes.statistics.intervals import check_method
from heroes.statistics.logrank import logrank
from heroes.statistics.quantiles import estimate_quantile, follow_up_of
from heroes.statistics.reasons import (
    ALL_OF_THIS_CAUSE, NO_EVENT_OF_THIS_CAUSE, NO_PATIENTS, NO_STANDARD_ERROR_AT_ZERO, Reason)
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.survival import SurvivalCurve, curve_of, survival_at

_TIES = "events before censorings"
_UNIT = "as given"
_QUANTILES = (0.25, 0.5, 0.75)


def describe_km(
    frame: pd.DataFrame, *, time: str, event: str, group: str | None = None, conf_type: str = "log-log",
    conf_level: float = 0.95, at=(), rmst=(), entry: str | None = None, time_unit: str = _UNIT,
) -> dict:
    """Kaplan–Meier analysis of a table with one row per patient: what `heroes km --json` prints.

    time, event, group, entry: columns of frame; group None makes one group, "all". at: times to estimate survival at;
    rmst: times to restrict the mean to. Times of all groups are merged together, as in R.
    "curve" has a row per distinct time; "logrank" is None with a single group.
    Raises MisuseError for columns that cannot be read, OutsideStudyError for impossible times and for late entry.
    """
    check_method(conf_type, conf_level)
    refuse_late_entry(frame, {time, event, group}, entry)
    times, events = read_times(frame, time), read_events(frame, event)
    numbers, names = read_groups(frame, group)
    distinct, place, tolerance = merge_times(times)
    groups = []
    for number, name in enumerate(names):
        own = numbers == number
        counts = [np.bincount(place[own & seen], minlength=len(distinct)) for seen in (events, ~events)]
        grid = without_empty(Grid(distinct, *counts, tolerance))
        groups.append(_describe_curve(name, curve_of(grid, conf_type, conf_level), at, rmst))
    test = logrank(times, events, numbers) if len(names) > 1 else None
    return _plain({
        "method": {"conf_type": conf_type, "conf_level": conf_level, "time_unit": time_unit, "ties": _TIES},
        "groups": groups,
        "logrank": test and {"chi2": test.chi2, "df": test.df, "p": test.p, "reason": test.reason},
    })


def describe_cif(
    frame: pd.DataFrame, *, time: str, cause: str, group: str | None = None, at=(), conf_level: float = 0.95,
    entry: str | None = None, time_unit: str = _UNIT,
) -> dict:
    """Cumulative incidence of a table with one row per patient: what `heroes cif --json` prints.

    cause: column with 0 for censored, else the number of the cause that came first. Every group reports every cause
    that occurs in the table. std_error and its limits are by the delta method (R survival), std_error_aalen and its
    limits by Aalen's variance (cmprsk); both intervals log(−log). Raises what `describe_km` raises.
    """
    check_method("log-log", conf_level)
    refuse_late_entry(frame, {time, cause, group}, entry)
    times, causes = read_times(frame, time), read_causes(frame, cause)
    numbers, names = read_groups(frame, group)
    distinct, place, tolerance = merge_times(times)
    found = [int(k) for k in np.unique(causes[causes > 0])]
    groups = []
    for number, name in enumerate(names):
        own = numbers == number
        used, own_place = np.unique(place[own], return_inverse=True)
        curves = incidence_of(distinct[used], own_place, tolerance, causes[own], found, conf_level)
        groups.append(_describe_incidence(name, curves, at))
    return _plain({
        "method": {
            "conf_type": "log-log", "conf_level": conf_level, "time_unit": time_unit, "ties": _TIES,
            "std_error": "delta, as R survival", "std_error_aalen": "Aalen, as R cmprsk",
        },
        "groups": groups,
    })


def _describe_curve(name: str, curve: SurvivalCurve, at, rmst) -> dict:
    quantiles = [asdict(estimate_quantile(curve, p)) for p in _QUANTILES]
    median = {key: value for key, value in quantiles[1].items() if key != "p"}
    columns = ("time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper")
    rows = _rows({column: getattr(curve, column) for column in columns})
    for row in rows:
        row["reason"] = Reason(NO_STANDARD_ERROR_AT_ZERO) if row["survival"] == 0 else None
    return {
        "group": name, "n": curve.n, "events": curve.n_events, "censored": curve.n_censored,
        "curve": rows,
        "at": [asdict(survival_at(curve, moment)) for moment in at],
        "median": median, "quantiles": quantiles,
        "rmst": [asdict(estimate_restricted_mean(curve, tau)) for tau in rmst],
        "follow_up": asdict(follow_up_of(curve, curve.conf_type, curve.conf_level)),
        "reason": None if curve.n else Reason(NO_PATIENTS),
    }


def _describe_incidence(name: str, curves: IncidenceCurves, at) -> dict:
    moments = [incidence_at(curves, moment) for moment in at]
    return {
        "group": name, "n": curves.n, "events": curves.n - curves.n_censored, "censored": curves.n_censored,
        "causes": [
            {
                "cause": curve.cause, "events": int(curve.events.sum()),
                "curve": _incidence_rows(curves, curve),
                "at": [{key: value for key, value in asdict(moment[k]).items() if key != "cause"} for moment in moments],
            }
            for k, curve in enumerate(curves.causes)
        ],
        "reason": None if curves.n else Reason(NO_PATIENTS),
    }


def _incidence_rows(curves: IncidenceCurves, curve: CauseCurve) -> list[dict]:
    rows = _rows({
        "time": curves.time, "at_risk": curves.at_risk, "events": curve.events, "censored": curves.censored,
        "incidence": curve.incidence, "std_error": curve.std_error, "lower": curve.lower, "upper": curve.upper,
        "std_error_aalen": curve.std_error_aalen, "lower_aalen": curve.lower_aalen, "upper_aalen": curve.upper_aalen,
        "event_free": curves.event_free,
    })
    for row in rows:
        has_limits = 0 < row["incidence"] < 1
        row["reason"] = None if has_limits else Reason(
            ALL_OF_THIS_CAUSE if row["incidence"] else NO_EVENT_OF_THIS_CAUSE)
    return rows


def _rows(columns: dict[str, np.ndarray]) -> list[dict]:
    """Columns as rows of plain values."""
    names = list(columns)
    return [dict(zip(names, values)) for values in zip(*(column.tolist() for column in columns.values()))]


def _plain(value):
    """The same with nothing but dict, list, str, int, float and None in it; NaN becomes None."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    return value
