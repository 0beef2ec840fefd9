"""A whole survival or cumulative-incidence analysis of any table, as plain values ready for JSON.

The shapes are relied on by people's scripts: keys are added, never taken away. A number that does not exist is None
with a reason beside it, never NaN.
"""

import math
from dataclasses import asdict

import numpy as np
import pandas as pd

from heroes.errors import MisuseError
from heroes.statistics.columns import read_causes, read_events, read_groups, read_times, refuse_late_entry
from heroes.statistics.competing_risks import CauseCurve, IncidenceCurves, incidence_at, incidence_of
from heroes.statistics.cumulative_hazard import estimate_cumulative_hazard
from heroes.statistics.gray import gray_test
from heroes.statistics.grid import Grid, merge_times, without_empty
from heroes.statistics.intervals import check_method
from heroes.statistics.logrank import logrank
from heroes.statistics.one_sample_logrank import exponential_reference, one_sample_logrank
from heroes.statistics.quantiles import estimate_quantile, follow_up_of
from heroes.statistics.reasons import (
    ALL_OF_THIS_CAUSE, NO_EVENT_OF_THIS_CAUSE, NO_PATIENTS, NO_STANDARD_ERROR_AT_ZERO, Reason)
from heroes.statistics.restricted_mean import estimate_restricted_mean
from heroes.statistics.simultaneous_bands import estimate_band
from heroes.statistics.survival import SurvivalCurve, curve_of, survival_at

_TIES = "events before censorings"
_UNIT = "as given"
_QUANTILES = (0.25, 0.5, 0.75)


class _Rows(list):
    """Rows of plain values, of which there may be millions: nothing in them needs to be looked at again."""


def describe_km(
    frame: pd.DataFrame, *, time: str, event: str, group: str | None = None, conf_type: str = "log-log",
    conf_level: float = 0.95, at=(), rmst=(), entry: str | None = None, time_unit: str = _UNIT, band: str | None = None,
    strata: str | None = None, rho: int = 0, reference: tuple[float, float] | None = None, with_curve: bool = True,
) -> dict:
    """Kaplan–Meier analysis of a table with one row per patient: what `heroes km --json` prints.

    time, event, group, entry, strata: columns of frame; group None makes one group, "all". at: times to estimate
    survival at; rmst: times to restrict the mean to. Times of all groups are merged together, as in R.
    band: a simultaneous band of each curve. strata, rho: of the log-rank test. reference: a survival and the time it
    belongs to, for a one-sample log-rank test of each group against a constant rate.
    "curve" has a row per distinct time (none without with_curve); "logrank" is None with a single group, "band" and "one_sample" unless asked for.
    Raises MisuseError for columns that cannot be read and for strata or rho without a group, OutsideStudyError for
    impossible times, an impossible reference and late entry.
    """
    check_method(conf_type, conf_level)
    if group is None and (strata is not None or rho):
        raise MisuseError("Strata and rho belong to the comparison of groups: name the column of the groups too.")
    against = None if reference is None else exponential_reference(*reference)
    refuse_late_entry(frame, {time, event, group, strata}, entry)
    times, events = read_times(frame, time), read_events(frame, event)
    numbers, names = read_groups(frame, group)
    blocks = None if strata is None else read_groups(frame, strata)[0]
    distinct, place, tolerance = merge_times(times)
    groups = []
    for number, name in enumerate(names):
        own = numbers == number
        counts = [np.bincount(place[own & seen], minlength=len(distinct)) for seen in (events, ~events)]
        grid = without_empty(Grid(distinct, *counts, tolerance))
        curve = curve_of(grid, conf_type, conf_level)
        groups.append({
            **_describe_curve(name, curve, at, rmst, with_curve),
            "band": band and _describe_band(curve, band),
            "one_sample": against and {
                "reference_survival": reference[0], "reference_time": reference[1],
                **asdict(one_sample_logrank(times[own], events[own], against)),
            },
        })
    test = logrank(times, events, numbers, strata=blocks, rho=rho) if len(names) > 1 else None
    return _plain({
        "method": {"conf_type": conf_type, "conf_level": conf_level, "time_unit": time_unit, "ties": _TIES},
        "groups": groups,
        "logrank": test and {
            "chi2": test.chi2, "df": test.df, "p": test.p, "reason": test.reason,
            "rho": test.rho, "strata": strata, "n_strata": test.n_strata, "groups": _compared(test.groups, names),
        },
    })


def describe_cif(
    frame: pd.DataFrame, *, time: str, cause: str, group: str | None = None, at=(), conf_level: float = 0.95,
    entry: str | None = None, time_unit: str = _UNIT, with_curve: bool = True,
) -> dict:
    """Cumulative incidence of a table with one row per patient: what `heroes cif --json` prints.

    cause: column with 0 for censored, else the number of the cause that came first. Every group reports every cause
    that occurs in the table. std_error and its limits are by the delta method (R survival), std_error_aalen and its
    limits by Aalen's variance (cmprsk); both intervals log(−log). "gray" has Gray's test for each cause, and is None
    with a single group. Raises what `describe_km` raises.
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
        groups.append(_describe_incidence(name, curves, at, with_curve))
    tests = [asdict(gray_test(times, causes, numbers, of=k)) for k in found] if len(names) > 1 else None
    return _plain({
        "method": {
            "conf_type": "log-log", "conf_level": conf_level, "time_unit": time_unit, "ties": _TIES,
            "std_error": "delta, as R survival", "std_error_aalen": "Aalen, as R cmprsk",
        },
        "groups": groups,
        "gray": tests,
    })


def _describe_curve(name: str, curve: SurvivalCurve, at, rmst, with_curve: bool) -> dict:
    quantiles = [asdict(estimate_quantile(curve, p)) for p in _QUANTILES]
    median = {key: value for key, value in quantiles[1].items() if key != "p"}
    columns = ("time", "at_risk", "events", "censored", "survival", "std_error", "lower", "upper")
    hazard = estimate_cumulative_hazard(curve)
    rows = with_curve and _rows(
        {
            **{column: getattr(curve, column) for column in columns},
            "cumulative_hazard": hazard.hazard, "cumulative_hazard_std_error": hazard.std_error,
        },
        np.where(curve.survival == 0, str(Reason(NO_STANDARD_ERROR_AT_ZERO)), None),
    )
    return {
        "group": name, "n": curve.n, "events": curve.n_events, "censored": curve.n_censored,
        "curve": rows or [],
        "at": [asdict(survival_at(curve, moment)) for moment in at],
        "median": median, "quantiles": quantiles,
        "rmst": [asdict(estimate_restricted_mean(curve, tau)) for tau in rmst],
        "follow_up": asdict(follow_up_of(curve, curve.conf_type, curve.conf_level)),
        "reason": None if curve.n else Reason(NO_PATIENTS),
    }


def _describe_band(curve: SurvivalCurve, method: str) -> dict:
    """The band with a row per time of the curve within its range."""
    band = estimate_band(curve, method)
    inside = ~np.isnan(band.lower)
    return {
        "method": band.method, "conf_level": band.conf_level, "start": band.start, "end": band.end,
        "a_start": band.a_start, "a_end": band.a_end, "critical_value": band.critical_value, "reason": band.reason,
        "rows": _rows({"time": curve.time[inside], "lower": band.lower[inside], "upper": band.upper[inside]}),
    }


def _compared(groups: pd.DataFrame, names: list[str]) -> list[dict]:
    """Observed and expected events of each group, by its name."""
    return [{**row, "group": names[row["group"]]} for row in groups.to_dict("records")]


def _describe_incidence(name: str, curves: IncidenceCurves, at, with_curve: bool) -> dict:
    moments = [incidence_at(curves, moment) for moment in at]
    return {
        "group": name, "n": curves.n, "events": curves.n - curves.n_censored, "censored": curves.n_censored,
        "causes": [
            {
                "cause": curve.cause, "events": int(curve.events.sum()),
                "curve": _incidence_rows(curves, curve) if with_curve else [],
                "at": [{key: value for key, value in asdict(moment[k]).items() if key != "cause"} for moment in moments],
            }
            for k, curve in enumerate(curves.causes)
        ],
        "reason": None if curves.n else Reason(NO_PATIENTS),
    }


def _incidence_rows(curves: IncidenceCurves, curve: CauseCurve) -> _Rows:
    columns = {
        "time": curves.time, "at_risk": curves.at_risk, "events": curve.events, "censored": curves.censored,
        "incidence": curve.incidence, "std_error": curve.std_error, "lower": curve.lower, "upper": curve.upper,
        "std_error_aalen": curve.std_error_aalen, "lower_aalen": curve.lower_aalen, "upper_aalen": curve.upper_aalen,
        "event_free": curves.event_free,
    }
    nobody, everybody = str(Reason(NO_EVENT_OF_THIS_CAUSE)), str(Reason(ALL_OF_THIS_CAUSE))
    return _rows(columns, np.select([curve.incidence <= 0, curve.incidence >= 1], [nobody, everybody], None))


def _rows(columns: dict[str, np.ndarray], reason: np.ndarray | None = None) -> _Rows:
    """Columns as rows of plain values, None for NaN; reason: one text or None per row, as the last column."""
    plain = {name: _cells(column) for name, column in columns.items()}
    if reason is not None:
        plain["reason"] = reason.tolist()
    names = list(plain)
    return _Rows(dict(zip(names, values)) for values in zip(*plain.values()))


def _cells(column: np.ndarray) -> list:
    if column.dtype.kind == "f" and np.isnan(column).any():
        return [None if math.isnan(value) else value for value in column.tolist()]
    return column.tolist()


def _plain(value):
    """The same with nothing but dict, list, str, int, float and None in it; NaN becomes None."""
    if isinstance(value, _Rows):
        return list(value)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return None if math.isnan(value) else float(value)
    return value
