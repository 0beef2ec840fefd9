"""Risk indicators of sites: how far each is from the others, with limits that respect small numbers.

An indicator is a count over a denominator: patients or records (binary), or days of exposure (rate). z compares a site with
the pooled value; over-dispersion widens the limits and never narrows them. Where a denominator is small the normal
approximation is not believed: the exact tail decides, at the probabilities that the same limits have under the normal.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.stats import binom, norm, poisson

from heroes.errors import MisuseError
from heroes.labels import mark
from heroes.statistics.reasons import Reason

EXACT_BELOW = 10
NOTHING_COUNTED = mark("Nothing has been counted at any site yet.")
NO_DIFFERENCE = mark("All sites together are at {share}: no site can differ.")


class Denominator(StrEnum):
    """What an indicator is counted over."""

    BINARY = "binary"  # each patient or record counts or does not
    RATE = "rate"  # events over an exposure


@dataclass(frozen=True)
class Limits:
    """Adjusted z at which a site is amber and red, below and above; None where that side is no risk. Closed on the left."""

    red_low: float | None = -3.0
    amber_low: float | None = -2.0
    amber_high: float | None = 2.0
    red_high: float | None = 3.0


@dataclass(frozen=True)
class SiteRisk:
    """One row per site, in the order given.

    sites: numerator, denominator, value (their ratio), z, z_adjusted, tail_low, tail_high (exact probabilities of so few or fewer,
    so many or more, at the pooled value), flag (−2 … 2, missing where the denominator is below `least`), by_exact_tail.
    pooled: the value of all sites. dispersion: φ, at least 1. expected_flags: how many amber or red ones chance would give.
    reason: why there are no z and flags.
    """

    sites: pd.DataFrame
    pooled: float | None
    dispersion: float | None
    expected_flags: float | None
    reason: str | None = None


def judge_sites(
    numerator, denominator, kind: Denominator = Denominator.BINARY, *, least: float = 0, limits: Limits = Limits()
) -> SiteRisk:
    """z of each site against all together, adjusted for over-dispersion, and its flag.

    least: below this denominator a site gets no flag. Denominators of 0 are left out of everything but the list.
    Raises MisuseError for counts that are negative, not whole, or (binary) above their denominator.
    Method: Spiegelhalter 2005; z = (y − p)/√(p(1 − p)/n), or (y − λ)/√(λ/T); φ = mean z², and max(1, φ) is used.
    """
    x, n = _check(numerator, denominator, kind)
    counted = n > 0
    value = np.where(counted, x / np.where(counted, n, 1), np.nan)
    frame = pd.DataFrame({"numerator": x, "denominator": n, "value": value})
    for name in ("z", "z_adjusted", "tail_low", "tail_high"):
        frame[name] = np.nan
    frame["flag"] = pd.array([None] * len(frame), dtype="Int64")
    frame["by_exact_tail"] = False
    if not counted.any():
        return SiteRisk(frame, None, None, None, Reason(NOTHING_COUNTED))
    pooled = float(x.sum() / n.sum())
    variance = pooled * (1 - pooled) if kind is Denominator.BINARY else pooled
    frame.loc[counted, "tail_low"], frame.loc[counted, "tail_high"] = _tails(x[counted], n[counted], pooled, kind)
    if variance <= 0:
        frame.loc[counted, ["z", "z_adjusted"]] = 0.0
        frame.loc[n >= max(least, 1e-12), "flag"] = 0
        return SiteRisk(frame, pooled, 1.0, 0.0, Reason(NO_DIFFERENCE, share=round(pooled, 4)))
    z = (value[counted] - pooled) / np.sqrt(variance / n[counted])
    dispersion = max(1.0, float(np.mean(z**2)))
    frame.loc[counted, "z"], frame.loc[counted, "z_adjusted"] = z, z / np.sqrt(dispersion)
    judged = counted & (n >= least)
    expected_n = n if kind is Denominator.BINARY else n * pooled  # a rate is small where few events are expected
    exact = judged & (expected_n < EXACT_BELOW)
    frame["by_exact_tail"] = exact
    flags = np.where(exact, _flag_tails(frame.tail_low, frame.tail_high, limits), _flag_z(frame.z_adjusted, limits))
    frame["flag"] = pd.array([int(flag) if known else None for flag, known in zip(flags, judged)], dtype="Int64")
    return SiteRisk(frame, pooled, dispersion, float(judged.sum()) * _chance(limits))


def funnel_limits(risk: SiteRisk, kind: Denominator, denominators, z: float) -> np.ndarray:
    """The value at which a site of each denominator would have this adjusted z: pooled + z √(φ variance / n), within 0 (and 1)."""
    if risk.pooled is None:
        raise MisuseError("There are no limits before anything is counted.")
    variance = risk.pooled * (1 - risk.pooled) if kind is Denominator.BINARY else risk.pooled
    limit = risk.pooled + z * np.sqrt(risk.dispersion * variance / np.asarray(denominators, dtype=float))
    return np.clip(limit, 0, 1 if kind is Denominator.BINARY else np.inf)


def confirm_flags(now, before) -> pd.array:
    """Flags that ask for action: red only where it was at least amber on the same side one cut ago; else amber. Missing stays missing.

    now, before: −2 … 2 of the same sites, before missing for a site that was not there.
    """
    now, before = pd.array(now, dtype="Int64"), pd.array(before, dtype="Int64")
    if len(now) != len(before):
        raise MisuseError("Flags of two cuts must be of the same sites.")
    confirmed = [
        current if pd.isna(current) or abs(current) < 2 or (not pd.isna(earlier) and earlier * current > 0) else (1 if current > 0 else -1)
        for current, earlier in zip(now, before, strict=True)]
    return pd.array(confirmed, dtype="Int64")


def _flag_z(z: pd.Series, limits: Limits) -> np.ndarray:
    """Cut at the limits, intervals closed on the left: below red_low −2, then −1, then 0, from amber_high 1, from red_high 2."""
    z = z.to_numpy(float)
    flag = np.zeros(len(z))
    for limit, value in ((limits.amber_low, -1), (limits.red_low, -2)):
        if limit is not None:
            flag[z < limit] = value
    for limit, value in ((limits.amber_high, 1), (limits.red_high, 2)):
        if limit is not None:
            flag[z >= limit] = value
    return flag


def _flag_tails(low: pd.Series, high: pd.Series, limits: Limits) -> np.ndarray:
    """The same by exact tails, each below the probability that its limit has under the normal."""
    low, high = low.to_numpy(float), high.to_numpy(float)
    flag = np.zeros(len(low))
    for limit, value in ((limits.amber_low, -1), (limits.red_low, -2)):
        if limit is not None:
            flag[low < norm.cdf(limit)] = value
    for limit, value in ((limits.amber_high, 1), (limits.red_high, 2)):
        if limit is not None:
            flag[high < norm.sf(limit)] = value
    return flag


def _chance(limits: Limits) -> float:
    low = 0.0 if limits.amber_low is None else float(norm.cdf(limits.amber_low))
    return low + (0.0 if limits.amber_high is None else float(norm.sf(limits.amber_high)))


def _tails(x: np.ndarray, n: np.ndarray, pooled: float, kind: Denominator) -> tuple[np.ndarray, np.ndarray]:
    if kind is Denominator.BINARY:
        return binom.cdf(x, n, pooled), binom.sf(x - 1, n, pooled)
    return poisson.cdf(x, n * pooled), poisson.sf(x - 1, n * pooled)


def _check(numerator, denominator, kind: Denominator) -> tuple[np.ndarray, np.ndarray]:
    x, n = np.asarray(numerator, dtype=float).reshape(-1), np.asarray(denominator, dtype=float).reshape(-1)
    if len(x) != len(n):
        raise MisuseError("Counts and denominators must be of the same sites.")
    whole = (x == np.floor(x)).all() and (kind is Denominator.RATE or (n == np.floor(n)).all())
    if not (np.isfinite(x).all() and np.isfinite(n).all() and (x >= 0).all() and (n >= 0).all() and whole):
        raise MisuseError("Counts are whole numbers from 0, and denominators are not negative.")
    if kind is Denominator.BINARY and (x > n).any() or (x[n == 0] > 0).any():
        raise MisuseError("A count exceeds its denominator.")
    return x, n
