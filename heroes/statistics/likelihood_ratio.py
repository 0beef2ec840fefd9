"""Likelihood-ratio limits of a survival probability (Thomas & Grunkemeier 1975).

A survival curve forced through another value at one time has hazards d/(n+λ) instead of d/n; the limits are the two
values whose likelihood ratio against the Kaplan–Meier estimate reaches the chi-square quantile.
"""

import numpy as np

_CELLS_AT_A_TIME = 1 << 20
_STEPS = 60


def likelihood_ratio_limits(at_risk, events, z: float):
    """Lower and upper limits after each row, where survival is strictly between 0 and 1; work grows with rows squared.

    at_risk, events: patients at each distinct time from the first event on. z: normal quantile, its square the bound.
    """
    rows_with_event = np.flatnonzero(events > 0)
    n, d = at_risk[rows_with_event].astype(float), events[rows_with_event].astype(float)
    lower, upper = np.empty(len(n)), np.empty(len(n))
    block = max(1, _CELLS_AT_A_TIME // max(1, len(n)))
    for start in range(0, len(n), block):
        rows = slice(start, min(start + block, len(n)))
        so_far = np.arange(len(n))[None, : rows.stop] <= np.arange(rows.start, rows.stop)[:, None]
        lower[rows] = _limit(n[: rows.stop], d[: rows.stop], so_far, z, side=-1)
        upper[rows] = _limit(n[: rows.stop], d[: rows.stop], so_far, z, side=1)
    place = np.cumsum(events > 0) - 1
    return lower[place], upper[place]


def _limit(n, d, so_far, z, side):
    """The survival on one side whose signed root of the likelihood ratio is z, for each row of so_far."""
    n, d = n[None, :], d[None, :]
    greenwood = (so_far * (d / (n * (n - d)))).sum(axis=1)
    shift, near = side * z / np.sqrt(greenwood), np.zeros(len(greenwood))
    far = np.full(len(greenwood), np.inf)
    if side < 0:  # no hazard may exceed 1
        far = -np.where(so_far, n - d, np.inf).min(axis=1)
        shift = np.maximum(shift, 0.9 * far)
    for _ in range(_STEPS):
        moved = np.where(so_far, shift[:, None], 0.0)  # events still to come leave the likelihood alone
        ratio = n * np.log1p(moved / n) - (n - d) * np.log1p(moved / (n - d))
        root = np.sqrt(np.maximum(2 * ratio.sum(axis=1), 0.0))
        slope = (np.abs(moved) * d / ((n + moved - d) * (n + moved))).sum(axis=1) / root
        is_far = root > z
        near, far = np.where(is_far, near, shift), np.where(is_far, shift, far)
        newton = shift + side * (z - root) / slope
        is_inside = ((newton - near) * side > 0) & ((far - newton) * side > 0)
        middle = np.where(np.isfinite(far), (near + far) / 2, 2 * shift)
        before, shift = shift, np.where(is_inside, newton, middle)
        if np.all(np.abs(shift - before) <= 1e-13 * np.abs(shift)):
            break
    return np.exp(np.where(so_far, np.log1p(-d / (n + np.where(so_far, shift[:, None], 0.0))), 0.0).sum(axis=1))
