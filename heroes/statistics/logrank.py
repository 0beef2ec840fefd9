"""Log-rank test: do the groups' events come at the same rate?

Every event counts the same (rho 0, Mantel's), or early events count more (rho 1, Peto and Peto's modification of the
Wilcoxon test). Either can be stratified: patients are compared only with those of their own stratum.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from heroes.errors import MisuseError
from heroes.statistics.grid import as_events, merge_times
from heroes.statistics.reasons import NO_VARIANCE, ONE_GROUP, Reason

WEIGHTS = (0, 1)


@dataclass(frozen=True)
class LogRank:
    """chi2, df and p of the test; None with a reason when the groups cannot be compared.

    groups: one row per group in ascending order, with group, n, observed, expected and variance of their difference,
    summed over strata; with rho 1 observed and expected are weighted. n_strata: 1 when the test is not stratified.
    """

    chi2: float | None
    df: int | None
    p: float | None
    groups: pd.DataFrame
    reason: str | None
    rho: int = 0
    n_strata: int = 1


def logrank(time, event, group, *, strata=None, rho: int = 0) -> LogRank:
    """The log-rank test of two or more groups of patients, in any order.

    time, event: as for `estimate_survival`; group: a label per patient, none missing. strata: a label per patient, or
    None. rho: 0, or 1 to weigh each event by the survival of its stratum just before it. A group in which nobody is at
    risk when an event happens is left out of the degrees of freedom, as in R's survdiff.
    Raises what `estimate_survival` raises, and MisuseError for a missing group or stratum or another rho.
    Method: Mantel 1966; Peto & Peto 1972, as Harrington & Fleming 1982; variance hypergeometric, so ties are exact.
    """
    if rho not in WEIGHTS:
        raise MisuseError(f"There is no rho {rho}; there are 0 (log-rank) and 1 (Peto and Peto).")
    event = as_events(event)
    distinct, place, _ = merge_times(time)
    if not len(place) == len(event) == len(group):
        raise MisuseError("Times, events and groups must be equally long.")
    label, names = _labels(group, "group")
    stratum, strata_names = _labels(np.zeros(len(place)) if strata is None else strata, "stratum")
    if len(stratum) != len(place):
        raise MisuseError("Times, events and strata must be equally long.")
    observed, expected, variance = np.zeros(len(names)), np.zeros(len(names)), np.zeros((len(names),) * 2)
    for number in range(len(strata_names)):
        own = stratum == number
        used, own_place = np.unique(place[own], return_inverse=True)
        parts = _compare(own_place, len(used), event[own], label[own], len(names), rho)
        observed, expected, variance = (whole + part for whole, part in zip((observed, expected, variance), parts, strict=True))
    table = pd.DataFrame({
        "group": list(names), "n": np.bincount(label, minlength=len(names)),
        "observed": observed.astype(np.int64) if rho == 0 else observed, "expected": expected, "variance": np.diag(variance),
    })
    n_strata = max(len(strata_names), 1)
    compared = np.flatnonzero(expected > 0)
    if len(compared) < 2:
        return LogRank(None, None, None, table, Reason(ONE_GROUP), rho, n_strata)
    kept = compared[1:]
    between = variance[np.ix_(kept, kept)]
    if np.linalg.matrix_rank(between) < len(kept):
        return LogRank(None, None, None, table, Reason(NO_VARIANCE), rho, n_strata)
    excess = (observed - expected)[kept]
    chi2 = float(excess @ np.linalg.solve(between, excess))
    return LogRank(chi2, len(kept), float(chdtrc(len(kept), chi2)), table, None, rho, n_strata)


def _labels(label, what: str) -> tuple[np.ndarray, pd.Index]:
    numbers, names = pd.factorize(pd.Series(np.asarray(label)), sort=True)
    if (numbers < 0).any():
        raise MisuseError(f"{int((numbers < 0).sum())} rows have no {what}.")
    return numbers, names


def _compare(place, n_times: int, event, label, n_groups: int, rho: int):
    """Observed and expected events of each group within one stratum, and the variance of their difference."""
    cell, shape = place * n_groups + label, (n_times, n_groups)
    events = np.bincount(cell[event], minlength=n_times * n_groups).reshape(shape)
    leaving = np.bincount(cell, minlength=n_times * n_groups).reshape(shape)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    some = events.sum(axis=1) > 0
    events, d, n = events[some], events[some].sum(axis=1).astype(float), at_risk[some].sum(axis=1).astype(float)
    share = at_risk[some] / n[:, None]
    survival = np.insert(np.cumprod(1 - d / n), 0, 1.0)[:-1] if len(d) else d
    weight = survival**rho
    observed, expected = (weight[:, None] * events).sum(axis=0), ((weight * d)[:, None] * share).sum(axis=0)
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag((spread[:, None] * share).sum(axis=0)) - (share * spread[:, None]).T @ share
    return observed, expected, variance
