"""Log-rank test: do the groups' events come at the same rate?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from heroes.errors import MisuseError
from heroes.statistics.grid import as_events, merge_times
from heroes.statistics.reasons import NO_VARIANCE, ONE_GROUP, Reason


@dataclass(frozen=True)
class LogRank:
    """chi2, df and p of the test; None with a reason when the groups cannot be compared.

    groups: one row per group in ascending order, with group, n, observed, expected and variance of their difference.
    """

    chi2: float | None
    df: int | None
    p: float | None
    groups: pd.DataFrame
    reason: str | None


def logrank(time, event, group) -> LogRank:
    """The log-rank test of two or more groups of patients, in any order.

    time, event: as for `estimate_survival`; group: a label per patient, none missing. A group in which nobody is at
    risk when an event happens is left out of the degrees of freedom, as in R's survdiff with rho 0.
    Raises what `estimate_survival` raises, and MisuseError for a missing group.
    Method: Mantel 1966; variance hypergeometric, so ties are exact.
    """
    event = as_events(event)
    distinct, place, _ = merge_times(time)
    if not len(place) == len(event) == len(group):
        raise MisuseError("Times, events and groups must be equally long.")
    label, names = pd.factorize(pd.Series(np.asarray(group)), sort=True)
    if (label < 0).any():
        raise MisuseError(f"{int((label < 0).sum())} rows have no group.")
    shape = (len(distinct), len(names))
    cell = place * len(names) + label
    events = np.bincount(cell[event], minlength=shape[0] * shape[1]).reshape(shape)
    leaving = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    some = events.sum(axis=1) > 0
    d, n = events[some].sum(axis=1).astype(float), at_risk[some].sum(axis=1).astype(float)
    share = at_risk[some] / n[:, None]
    observed, expected = events.sum(axis=0), (d[:, None] * share).sum(axis=0)
    weight = d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag((weight[:, None] * share).sum(axis=0)) - (share * weight[:, None]).T @ share
    table = pd.DataFrame({
        "group": list(names), "n": leaving.sum(axis=0), "observed": observed, "expected": expected,
        "variance": np.diag(variance),
    })
    compared = np.flatnonzero(expected > 0)
    if len(compared) < 2:
        return LogRank(None, None, None, table, Reason(ONE_GROUP))
    kept = compared[1:]
    between = variance[np.ix_(kept, kept)]
    if np.linalg.matrix_rank(between) < len(kept):
        return LogRank(None, None, None, table, Reason(NO_VARIANCE))
    excess = (observed - expected)[kept]
    chi2 = float(excess @ np.linalg.solve(between, excess))
    return LogRank(chi2, len(kept), float(chdtrc(len(kept), chi2)), table, None)
