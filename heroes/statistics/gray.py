"""Gray's test: do the groups differ in the cumulative incidence of one cause, when another cause can come first?

The log-rank test of one cause compares rates among those still free of all causes; Gray's compares what clinicians
see, the share of patients who ever had the cause.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from heroes.errors import MisuseError
from heroes.statistics.competing_risks import as_causes
from heroes.statistics.grid import merge_times
from heroes.statistics.reasons import GRAY_NO_EVENT, GRAY_NOT_COMPARABLE, ONE_GROUP, Reason

_DEPENDENT = 1e-7  # a column that keeps no more of its length beside the others says nothing of its own, as in R's qr


@dataclass(frozen=True)
class GrayTest:
    """statistic, df and p for one cause; None with a reason when the groups cannot be compared."""

    cause: int
    statistic: float | None
    df: int | None
    p: float | None
    reason: str | None


@dataclass(frozen=True, eq=False)
class _Counts:
    """Rows: times at which anything of any cause happened, ascending; columns: groups. own: events of the cause;
    other: of another; at_risk: just before."""

    own: np.ndarray
    other: np.ndarray
    at_risk: np.ndarray


def gray_test(time, cause, group, *, of: int) -> GrayTest:
    """Gray's test of two or more groups of patients, in any order, for the cause numbered `of`.

    time, cause: as for `estimate_incidence`; group: a label per patient, none missing. df is the number of groups
    less one, whether or not a group had the cause. When a group says nothing (it left before the first event) the
    test does not exist, where cmprsk prints −1.
    Agrees with cuminc(…)$Tests of R's cmprsk with rho 0; as everywhere here, times that differ by rounding alone are
    one time, which cmprsk does not do.
    Raises what `estimate_incidence` raises, and MisuseError for a missing group.
    Method: Gray 1988; variance with his correction for ties.
    """
    distinct, place, _ = merge_times(time)
    causes = as_causes(cause)
    if not len(place) == len(causes) == len(group):
        raise MisuseError("Times, causes and groups must be equally long.")
    label, names = pd.factorize(pd.Series(np.asarray(group)), sort=True)
    if (label < 0).any():
        raise MisuseError(f"{int((label < 0).sum())} rows have no group.")
    if len(names) < 2:
        return GrayTest(of, None, None, None, Reason(ONE_GROUP))
    if not (causes == of).any():
        return GrayTest(of, None, None, None, Reason(GRAY_NO_EVENT))
    score, variance = _score(_count(place, len(distinct), causes, of, label, len(names)))
    if not np.isfinite(variance).all() or _is_deficient(variance):
        return GrayTest(of, None, None, None, Reason(GRAY_NOT_COMPARABLE))
    statistic, df = float(score @ np.linalg.solve(variance, score)), len(names) - 1
    return GrayTest(of, statistic, df, float(chdtrc(df, statistic)), None)


def _count(place, n_times: int, causes, of: int, label, n_groups: int) -> _Counts:
    cell, shape = place * n_groups + label, (n_times, n_groups)
    own, other, leaving = (
        np.bincount(cell[kind], minlength=n_times * n_groups).reshape(shape).astype(float)
        for kind in (causes == of, (causes > 0) & (causes != of), slice(None))
    )
    at_risk = leaving[::-1].cumsum(axis=0)[::-1]
    some = (own + other).sum(axis=1) > 0
    return _Counts(own[some], other[some], at_risk[some])


def _score(counts: _Counts) -> tuple[np.ndarray, np.ndarray]:
    """Scores of all groups but the last, and their variance.

    With S the share of a group free of any event and F its incidence of the cause, n/S is the group's weight in the
    hazard of the subdistribution common to all groups, whose incidence is the pooled one. Each event then adds a
    martingale term with a weight known only at the end (what is still to come of the group's own score), so the
    variance is gathered as a polynomial in it: its terms are the three sums at the end.
    """
    n, own, other = counts.at_risk, counts.own, counts.other
    free_after = np.cumprod(1 - (own + other) / np.maximum(n, 1), axis=0)
    free = _before(free_after, 1.0)
    watched = n > 0
    per_free = np.where(watched, n / np.where(free > 0, free, 1), 0.0)
    incidence = _before(np.cumsum(np.where(watched, free * own / np.maximum(n, 1), 0.0), axis=0), 0.0)
    weight = per_free.sum(axis=1)
    d = own.sum(axis=1)
    pooled_after = np.cumsum(d / weight)
    pooled = _before(pooled_after, 0.0)

    expected = d[:, None] * per_free * (1 - incidence) / (per_free * (1 - incidence)).sum(axis=1, keepdims=True)
    score = (own - expected).sum(axis=0)[:-1]

    # change of each score for an event in each group, at each time, and what of it is still owed by earlier times
    share = per_free / weight[:, None]
    change = per_free[:, :, None] * (np.eye(n.shape[1]) - share[:, None, :])
    owed = np.cumsum(change * (d / (weight * (1 - pooled)))[:, None, None], axis=0)
    left = np.where(free_after > 0, (1 - pooled_after)[:, None] / np.where(free_after > 0, free_after, 1), 0.0)

    reduced = weight[:, None] * free - 1
    ties = np.where((d > 1)[:, None], 1 - (d - 1)[:, None] / np.where(reduced == 0, 1, reduced), 1.0)
    noise_own = np.where(watched & (d > 0)[:, None], ties * free * d[:, None] / (weight[:, None] * np.maximum(n, 1)), 0.0)
    slope_own = 1 - left
    ties = np.where(other > 1, 1 - (other - 1) / np.maximum(n - 1, 1), 1.0)
    noise_other = np.where((free_after > 0) & (other > 0), ties * free**2 * other / np.maximum(n, 1) ** 2, 0.0)

    variance = np.zeros((n.shape[1],) * 2)
    final = owed[-1]
    for noise, base, slope in (
        (noise_own, change - slope_own[:, None, :] * owed, slope_own), (noise_other, left[:, None, :] * owed, -left)
    ):
        effect = base + slope[:, None, :] * final[None]  # of an event in group k (last axis) on the score of group i
        variance += np.einsum("tik,tjk,tk->ij", effect, effect, noise)
    return score, variance[:-1, :-1]


def _is_deficient(variance: np.ndarray) -> bool:
    kept = np.abs(np.diag(np.linalg.qr(variance)[1]))
    return bool((kept <= _DEPENDENT * np.linalg.norm(variance, axis=0)).any())


def _before(after: np.ndarray, start: float) -> np.ndarray:
    """The value just before each row, from the values after it."""
    return np.concatenate((np.full((1, *after.shape[1:]), start), after[:-1]))
