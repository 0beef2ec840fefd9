"""Exact binomial probabilities, and the checks that designs and interim looks share."""

import numpy as np
from scipy.special import betainc, gammaln, xlog1py, xlogy

from heroes.errors import MisuseError

_ROUNDING = 1 + 1e-12  # a tail that equals its bound on paper may exceed it in the last digit


def probability_at_least(r, n, p):
    """P(X ≥ r) for X binomial(n, p), exact to rounding, elementwise; 1 for r ≤ 0 and 0 for r > n."""
    r, n = np.asarray(r), np.asarray(n)
    tail = betainc(np.maximum(r, 1), np.maximum(n - r + 1, 1), p)
    return np.where(r <= 0, 1.0, np.where(r > n, 0.0, tail))


def binomial_mass(n: int, p: float) -> np.ndarray:
    """P(X = 0), …, P(X = n) for X binomial(n, p)."""
    k = np.arange(n + 1)
    return np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p))


def smallest_critical(n: int, p: float, bound: float) -> int:
    """The smallest r with P(X ≥ r) ≤ bound; n + 1 when not even r = n is that improbable."""
    return int(np.argmax(probability_at_least(np.arange(n + 2), n, p) <= bound * _ROUNDING))


def is_at_most(probability, bound):
    """probability ≤ bound, up to rounding in the last digits."""
    return probability <= bound * _ROUNDING


def is_at_least(probability, bound):
    """probability ≥ bound, up to rounding in the last digits."""
    return probability * _ROUNDING >= bound


def check_probability(value: float, name: str) -> float:
    """The value as a number strictly between 0 and 1, or MisuseError."""
    if not 0 < value < 1:
        raise MisuseError(f"{name} lies between 0 and 1; {value} does not.")
    return float(value)


def check_count(value: int, name: str, least: int = 0) -> int:
    """The value as a whole number of at least `least`, or MisuseError."""
    if isinstance(value, bool) or not float(value).is_integer() or value < least:
        raise MisuseError(f"{name} is a whole number from {least}; {value} is not.")
    return int(value)


def check_part(x: int, n: int) -> tuple[int, int]:
    """x of n as whole numbers, or MisuseError when x exceeds n."""
    x, n = check_count(x, "A count of patients"), check_count(n, "A number of patients")
    if x > n:
        raise MisuseError(f"{x} of {n} is not a proportion.")
    return x, n
