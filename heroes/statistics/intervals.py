"""Pointwise confidence limits of a survival curve, by transformation (DOMAIN: Kaplan–Meier intervals).

Greenwood's variance is 0 where the curve is at 1 and undefined where it is at 0: there, and for conf_type
"beta-product", the limits are those of the beta product confidence procedure (Fay, Brittain & Proschan 2013, by the
method of moments of Fay & Brittain 2016), which is exact without censoring and never shows "100 % [100; 100]".
"""

from statistics import NormalDist

import numpy as np
from scipy.special import betaincinv

from heroes.errors import MisuseError
from heroes.statistics.likelihood_ratio import likelihood_ratio_limits

CONF_TYPES = ("plain", "log", "log-log", "logit", "arcsin", "rothman", "thomas-grunkemeier", "beta-product")
DEGENERATE_METHOD = "beta-product"
_ROWS_AT_A_TIME = 1 << 14


def check_method(conf_type: str, conf_level: float) -> None:
    """Raises MisuseError for an unknown interval or a level outside 0–1."""
    if conf_type not in CONF_TYPES:
        raise MisuseError(f'There is no interval "{conf_type}"; there are {", ".join(CONF_TYPES)}.')
    if not 0 < conf_level < 1:
        raise MisuseError(f"A confidence level lies between 0 and 1, such as 0.95; {conf_level} does not.")


def normal_quantile(conf_level: float) -> float:
    """1.959964 for 0.95."""
    return NormalDist().inv_cdf((1 + conf_level) / 2)


def pointwise_limits(at_risk, events, censored, survival, std_error, conf_type: str, conf_level: float):
    """Lower and upper limits, one of each per row of a curve.

    at_risk, events, censored: patients at each distinct time, ascending; survival after it; std_error:
    Greenwood's, of survival (anything where survival is 0). Limits lie within 0–1 and are never missing.
    """
    if conf_type == "beta-product":
        return beta_product_limits(at_risk, events, censored, conf_level)
    lower, upper = np.zeros(len(survival)), np.ones(len(survival))
    had_event = events > 0
    first = int(had_event.argmax()) if had_event.any() else len(survival)
    last = len(survival) - bool(len(survival) and survival[-1] == 0)
    remaining = at_risk[:first] - events[:first] - censored[:first]
    lower[:first] = lower_without_event(remaining, conf_level)
    if last < len(survival):
        upper[-1] = upper_at_zero(at_risk, events, conf_level)
    if conf_type == "thomas-grunkemeier":
        lower[first:last], upper[first:last] = likelihood_ratio_limits(
            at_risk[first:last], events[first:last], normal_quantile(conf_level))
        return lower, upper
    limits, z = _LIMITS[conf_type], normal_quantile(conf_level)
    for start in range(first, last, _ROWS_AT_A_TIME):
        rows = slice(start, min(start + _ROWS_AT_A_TIME, last))
        lower[rows], upper[rows] = limits(survival[rows], std_error[rows], z)
    return lower, upper


def lower_without_event(remaining, conf_level: float):
    """Exact lower limit of a survival of 1 when `remaining` patients are still followed: (α/2)^(1/n), 0 when nobody is."""
    remaining = np.asarray(remaining, dtype=float)
    with np.errstate(divide="ignore"):
        return ((1 - conf_level) / 2) ** (1 / remaining)


def beta_product_limits(at_risk, events, censored, conf_level: float):
    """Limits of the beta product confidence procedure after each distinct time.

    The upper limit treats survival as a product of Beta(n−d+1, d) over the events so far; the lower one multiplies it
    by Beta(n', 1) for an event that might follow at once, n' patients remaining. Each product is read as the beta
    distribution with its mean and variance.
    """
    log_mean, log_spread = (np.cumsum(terms) for terms in _log_moments(at_risk, events))
    remaining = (at_risk - events - censored).astype(float)
    tail = (1 - conf_level) / 2
    some = log_mean < 0
    upper = np.ones(len(log_mean))
    upper[some] = _beta_quantile(1 - tail, log_mean[some], log_spread[some])
    lower = np.where(some, 0.0, lower_without_event(remaining, conf_level))
    both = some & (remaining > 0)
    left = remaining[both]
    lower[both] = _beta_quantile(
        tail, log_mean[both] + np.log1p(-1 / (left + 1)), log_spread[both] + np.log1p(1 / (left * (left + 2))))
    return lower, upper


def upper_at_zero(at_risk, events, conf_level: float) -> float:
    """The beta product upper limit after the last row, where the curve is at 0; the lower limit there is 0."""
    log_mean = log_spread = 0.0
    for start in range(0, len(events), _ROWS_AT_A_TIME):
        rows = slice(start, start + _ROWS_AT_A_TIME)
        mean, spread = _log_moments(at_risk[rows], events[rows])
        log_mean, log_spread = log_mean + mean.sum(), log_spread + spread.sum()
    return float(_beta_quantile((1 + conf_level) / 2, log_mean, log_spread))


def _log_moments(at_risk, events):
    """What each row's Beta(n−d+1, d) adds to the logarithms of E[X] and of E[X²]/E[X]²: exact for any number of patients."""
    n, d = np.asarray(at_risk, dtype=float), np.asarray(events, dtype=float)
    return np.log1p(-d / (n + 1)), np.log1p(d / ((n - d + 1) * (n + 2)))


def _beta_quantile(probability: float, log_mean, log_spread):
    """Quantile of the beta distribution with that mean and with variance mean²·(exp(log_spread) − 1)."""
    mean, failure = np.exp(log_mean), -np.expm1(log_mean)
    total = failure / (mean * np.expm1(log_spread)) - 1
    return betaincinv(mean * total, failure * total, probability)


def _plain(survival, std_error, z):
    half = z * std_error
    return np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)


def _log(survival, std_error, z):
    ratio = np.exp(z * std_error / survival)
    return survival / ratio, np.minimum(survival * ratio, 1.0)


def _log_log(survival, std_error, z):
    log_survival = np.log(survival)
    ratio = np.exp(-z * std_error / (survival * log_survival))  # 1 or more
    return np.exp(log_survival * ratio), np.exp(log_survival / ratio)


def _logit(survival, std_error, z):
    odds = survival / (1 - survival)
    ratio = np.exp(z * std_error / (survival * (1 - survival)))
    return 1 / (1 + ratio / odds), 1 / (1 + 1 / (odds * ratio))


def _arcsin(survival, std_error, z):
    angle = np.arcsin(np.sqrt(survival))
    half = 0.5 * z * std_error / np.sqrt(survival * (1 - survival))
    return np.sin(np.maximum(angle - half, 0.0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2


def _rothman(survival, std_error, z):
    variance = std_error**2
    effective = survival * (1 - survival) / variance  # patients without censoring who would know as much
    centre = survival + z**2 / (2 * effective)
    half = z * np.sqrt(variance + z**2 / (4 * effective**2))
    shrink = effective / (effective + z**2)
    return np.maximum(shrink * (centre - half), 0.0), np.minimum(shrink * (centre + half), 1.0)


_LIMITS = {"plain": _plain, "log": _log, "log-log": _log_log, "logit": _logit, "arcsin": _arcsin, "rothman": _rothman}
