"""A survival curve as steps to draw: from time 0 on, in two parts where its tail is grey, and its stepped band."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np


@dataclass(frozen=True)
class Steps:
    """One row for the start of the curve, one for each distinct time (days). Limits are NaN at the start."""

    time: np.ndarray
    survival: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    @classmethod
    def of(cls, curve) -> "Steps":
        """The steps of a SurvivalCurve."""

        def opened(values, first):
            return np.concatenate(([first], np.asarray(values, float)))

        return cls(opened(curve.time, 0.0), opened(curve.survival, 1.0), opened(curve.lower, np.nan),
                   opened(curve.upper, np.nan))

    def parts(self, until: float | None) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """(name, rows, days) of the curve and of its tail from `until` on; both meet there."""
        rows = np.arange(len(self.time))
        if until is None or until >= self.time[-1]:
            return [("curve", rows, self.time)]
        until = max(until, 0.0)
        known = int(np.searchsorted(self.time, until, side="right"))
        return [
            ("curve", np.append(rows[:known], known - 1), np.append(self.time[:known], until)),
            ("tail", rows[known - 1 :], np.append(until, self.time[known:])),
        ]


def outline(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[list, list]:
    """Closed outlines of a stepped band, one for each unbroken run of limits, with gaps between them.

    A limit holds from its time to the next; the last one has no width.
    """
    xs: list = []
    ys: list = []
    there = ~(np.isnan(low) | np.isnan(high))[:-1]
    for known, run in groupby(range(len(there)), key=there.__getitem__):
        if not known:
            continue
        rows = list(run)
        corners = np.repeat(x[rows[0] : rows[-1] + 2], 2)[1:-1]
        gap = [None] if xs else []
        xs += [*gap, *corners.tolist(), *corners[::-1].tolist()]
        ys += [*gap, *np.repeat(high[rows], 2).tolist(), *np.repeat(low[rows], 2)[::-1].tolist()]
    return xs, ys
