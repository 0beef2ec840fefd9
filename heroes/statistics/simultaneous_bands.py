"""Simultaneous confidence bands: limits that hold the whole survival curve at once, between its first and its last event.

A pointwise interval is right at one time chosen beforehand; a band is right everywhere in its range together, and is
therefore wider. Hall–Wellner bands widen towards the end; equal-precision bands are a multiple of the pointwise
interval. Each is linear or on the log(−log) scale.

The critical values are computed for the very range of the data and any confidence level, not read from a table:
`hall_wellner_critical_value` and `equal_precision_critical_value` say how.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import kolmogi, wofz

from heroes.errors import MisuseError
from heroes.statistics.intervals import check_method, normal_quantile
from heroes.statistics.reasons import BAND_WITHOUT_RANGE, NO_PATIENTS, Reason
from heroes.statistics.survival import SurvivalCurve

BANDS = ("hall-wellner", "log-hall-wellner", "equal-precision", "log-equal-precision")
_NEGLIGIBLE = 40.0  # exp(−40) is below the precision of a probability
_SHORT = 1e-3  # of the stationary process: below it the probability by one step is right to 3e-8
_LEAST_MODES = 40


@dataclass(frozen=True, eq=False)
class SimultaneousBand:
    """lower, upper: one per row of the curve, within 0–1, NaN outside start–end, from each row to the next.

    start, end: the first event, and the last that leaves somebody at risk. a_start, a_end: the range on the scale
    of the Brownian bridge, nG/(1 + nG) with Greenwood's sum G. critical_value: of the sup over that range. Without a
    band all of these are None, the limits NaN, and reason says why.
    """

    method: str
    conf_level: float
    lower: np.ndarray
    upper: np.ndarray
    start: float | None
    end: float | None
    a_start: float | None
    a_end: float | None
    critical_value: float | None
    reason: str | None


def estimate_band(curve: SurvivalCurve, method: str, *, conf_level: float | None = None) -> SimultaneousBand:
    """The simultaneous band of a survival curve.

    method: one of BANDS; km.ci of R calls them hall-wellner, loghall, epband and logep (its
    authors recommend the last alone). conf_level: the curve's, unless given. Limits are cut at 0 and 1, which km.ci
    does not do. There is no band with fewer than two event times that leave somebody at risk, as when the curve
    falls to 0 at once. Raises MisuseError for an unknown method or level.
    km.ci reads its critical values from tables in steps of 0.02 and interpolates. For Hall–Wellner the tables are right
    to four digits and the limits agree to about 5e-5. For equal precision they hold the Miller–Siegmund approximation
    (too large by 0.002 to 0.05, most over a short range), begin at a_start 0.02, and the interpolation strays further:
    where the exact value is 3.0293 and the approximation gives 3.0306, km.ci takes 3.0271. Its limits differ from ours by
    up to a few thousandths.
    Method: Hall & Wellner 1980; Nair 1984.
    """
    level = curve.conf_level if conf_level is None else conf_level
    if method not in BANDS:
        raise MisuseError(f'There is no band "{method}"; there are {", ".join(BANDS)}.')
    check_method(curve.conf_type, level)
    nothing = np.full(len(curve.time), np.nan)
    rows = np.flatnonzero((curve.events > 0) & (curve.survival > 0))
    if len(rows) < 2:
        why = Reason(BAND_WITHOUT_RANGE if curve.n else NO_PATIENTS)
        return SimultaneousBand(method, float(level), nothing, nothing.copy(), None, None, None, None, None, why)
    inside = slice(rows[0], rows[-1] + 1)
    survival = curve.survival[inside]
    greenwood = (curve.std_error[inside] / survival) ** 2
    scaled = curve.n * greenwood
    a_start, a_end = (float(scaled[end] / (1 + scaled[end])) for end in (0, -1))
    if method.endswith("hall-wellner"):
        critical = hall_wellner_critical_value(a_start, a_end, level)
        half = critical * (1 + scaled) / np.sqrt(curve.n)
    else:
        critical = equal_precision_critical_value(a_start, a_end, level)
        half = critical * np.sqrt(greenwood)
    lower, upper = nothing, nothing.copy()
    if method.startswith("log-"):
        with np.errstate(over="ignore"):
            power = np.exp(-half / np.log(survival))  # 1 or more
            lower[inside], upper[inside] = survival**power, survival ** (1 / power)
    else:
        lower[inside] = np.maximum(survival - half * survival, 0.0)
        upper[inside] = np.minimum(survival + half * survival, 1.0)
    return SimultaneousBand(
        method, float(level), lower, upper, float(curve.time[rows[0]]), float(curve.time[rows[-1]]), a_start, a_end, critical, None)


def hall_wellner_critical_value(a_start: float, a_end: float, conf_level: float) -> float:
    """k such that a Brownian bridge stays within ±k from a_start to a_end with probability conf_level.

    0 < a_start < a_end < 1. Over nearly the whole range 1.3581 for 0.95, Kolmogorov's. Right to about 1e-12.
    Raises MisuseError for another range or level.
    Method: the bridge is a free Brownian motion from 0 to a_start, one killed at ±k until a_end, and a free one back
    to 0. The killed part is its eigenfunction series; the two free ones are closed forms of its terms.
    """
    _check_range(a_start, a_end, conf_level)
    widest = min(max(0.5, a_start), a_end)
    least = normal_quantile(conf_level) * np.sqrt(widest * (1 - widest))
    most = max(float(kolmogi(1 - conf_level)), least)
    return float(brentq(lambda k: _bridge_stays(k, a_start, a_end) - conf_level, least * 0.999, most * 1.001, xtol=1e-12))


def equal_precision_critical_value(a_start: float, a_end: float, conf_level: float) -> float:
    """c such that a Brownian bridge, divided by its standard deviation, stays within ±c from a_start to a_end.

    0 < a_start < a_end < 1. Right to about 1e-7. Raises MisuseError for another range or level.
    Method: in the time ½·ln(a/(1 − a)) the standardised bridge is a stationary Ornstein–Uhlenbeck process. Its
    generator, killed at ±c, is made symmetric and expanded in cosines (Galerkin); the probability of staying is a sum
    over its eigenvalues. Over a very short time one symmetric splitting step takes its place.
    """
    _check_range(a_start, a_end, conf_level)
    length = 0.5 * float(np.log(a_end) - np.log1p(-a_end) - np.log(a_start) + np.log1p(-a_start))
    least = normal_quantile(conf_level)
    most = least + 1
    while _stationary_stays(most, length) < conf_level:
        most += 1
    return float(brentq(lambda c: _stationary_stays(c, length) - conf_level, least * 0.999, most, xtol=1e-11))


def _check_range(a_start: float, a_end: float, conf_level: float) -> None:
    check_method("log-log", conf_level)
    if not 0 < a_start < a_end < 1:
        raise MisuseError(f"The range of a band lies between 0 and 1 and has a length; {a_start:g} to {a_end:g} does not.")


def _bridge_stays(k: float, a_start: float, a_end: float) -> float:
    """Probability that a Brownian bridge stays within ±k from a_start to a_end."""
    order = _cosines(k, (a_end - a_start) / 2)
    decay = np.exp(-((order * np.pi / (2 * k)) ** 2) * (a_end - a_start) / 2)
    terms = decay * _cosine_part(order, a_start, k) * _cosine_part(order, 1 - a_end, k)
    return float(np.sqrt(2 * np.pi) / k * terms.sum())


def _stationary_stays(c: float, length: float) -> float:
    """Probability that the process with covariance exp(−|s − t|) and variance 1 stays within ±c for a time of this length."""
    order = _cosines(c, length)
    if length < _SHORT:
        # half of the potential x²/4 − 1/2 before and after one step of killed Brownian motion
        spread = 2 / (1 + length / 2)
        start = np.sqrt(2 * np.pi * spread) * np.exp(length / 4) * _cosine_part(order, spread, c) / np.sqrt(c)
        return float(np.sum(np.exp(-((order * np.pi / (2 * c)) ** 2) * length) * start**2) / np.sqrt(2 * np.pi))
    start = np.sqrt(4 * np.pi) * _cosine_part(order, 2.0, c) / np.sqrt(c)
    values, vectors = np.linalg.eigh(_killed_generator(order, c))
    return float(np.sum(np.exp(-values * length) * (vectors.T @ start) ** 2) / np.sqrt(2 * np.pi))


def _cosines(half_width: float, length: float) -> np.ndarray:
    """The odd orders of cosine that matter after this time: the rest have decayed to nothing."""
    last = 2 * half_width / np.pi * np.sqrt(_NEGLIGIBLE / length)
    return np.arange(1, 2 * max(_LEAST_MODES, int(np.ceil(last / 2)) + 2), 2)


def _cosine_part(order: np.ndarray, variance: float, half_width: float) -> np.ndarray:
    """∫ cos(order·πx/2h)·φ(x; variance) dx over ±h, h the half width and φ the normal density; order odd."""
    frequency = order * np.pi / (2 * half_width)
    tail = wofz((1j * half_width - frequency * variance) / np.sqrt(2 * variance))
    quarter_turns = np.where(order % 4 == 1, -1j, 1j)  # (−i)^order
    return np.exp(-(frequency**2) * variance / 2) - np.exp(-(half_width**2) / (2 * variance)) * (quarter_turns * tail).real


def _killed_generator(order: np.ndarray, c: float) -> np.ndarray:
    """−d²/dx² + x²/4 − 1/2 on ±c between the cosines of these odd orders, each of norm 1 and 0 at ±c."""
    plus, minus = order[:, None] + order[None, :], order[:, None] - order[None, :]
    same = minus == 0
    sign_plus, sign_minus = 1 - 2 * (plus // 2 % 2), 1 - 2 * (minus // 2 % 2)
    square = 8 * c**2 / np.pi**2 * (sign_plus / plus**2 + np.where(same, 0.0, sign_minus / np.where(same, 1, minus) ** 2))
    square = square + np.diag(np.full(len(order), c**2 / 3))
    return square / 4 + np.diag((order * np.pi / (2 * c)) ** 2 - 0.5)
