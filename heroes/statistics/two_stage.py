"""Simon's two-stage designs of a single arm: stop early when too few of the first patients succeed.

After n1 patients the trial stops when successes ≤ r1; at the end, of n patients, p0 is rejected when successes > r.
That is Simon's own way of stating the rule, one less than the "successes ≥ r" of the one-stage test.
"""

from dataclasses import dataclass, replace

import numpy as np

from heroes.statistics.binomial import binomial_mass, check_count, is_at_least, is_at_most, probability_at_least
from heroes.statistics.reasons import NO_DESIGN_SO_SMALL, NOT_PROVEN_OPTIMAL, Reason
from heroes.statistics.single_arm import check_hypotheses


@dataclass(frozen=True)
class TwoStageDesign:
    """Stop at ≤ r1 of n1, reject p0 at > r of n. At p0: expected_n patients, and early_stop, the probability of ending
    after the first stage. size, attained_power: exact P(reject) at p0 and at p1.

    reason: why there is no design (then all the numbers are None), or what is not certain about this one.
    """

    r1: int | None
    n1: int | None
    r: int | None
    n: int | None
    expected_n: float | None
    early_stop: float | None
    size: float | None
    attained_power: float | None
    reason: str | None


@dataclass(frozen=True)
class TwoStageDesigns:
    """optimal: the fewest patients expected at p0; minimax: the fewest in all, of those the fewest expected."""

    p0: float
    p1: float
    alpha: float
    power: float
    optimal: TwoStageDesign
    minimax: TwoStageDesign


def design_two_stage(p0: float, p1: float, alpha: float, power: float, n_max: int = 200) -> TwoStageDesigns:
    """Simon's optimal and minimax designs with at most n_max patients.

    alpha: one-sided. The search is complete: it ends when no larger trial can expect fewer patients. When n_max comes
    first, the optimal design carries the reason that a larger one might do better; without any, both say so.
    Of several r that fit, the largest is taken, as Simon does. Raises MisuseError unless 0 < p0 < p1 < 1.
    Method: Simon 1989.
    """
    check_hypotheses(p0, p1, alpha, power)
    n_max = check_count(n_max, "n_max", 2)
    null, true = _Tables(p0, n_max), _Tables(p1, n_max)
    least_going_on = _least_going_on(null, true, power)
    first_sizes = np.arange(1, n_max)
    optimal = minimax = None
    for n in range(2, n_max + 1):
        if not _is_powerful_enough(null.tail[n, : n + 2], true.tail[n, : n + 2], alpha, power):
            continue
        n1 = first_sizes[: n - 1]
        floor = n1 + least_going_on[: n - 1] * (n - n1)  # no first stage of that size expects fewer
        best = optimal.expected_n if optimal else np.inf
        if floor.min() >= best:
            break
        found = _best_of_size(n, n1[floor < best], null, true, alpha, power)
        if found and found.expected_n < best:
            optimal = found
        minimax = minimax or found
    else:
        if optimal is None:
            none = TwoStageDesign(*[None] * 8, Reason(NO_DESIGN_SO_SMALL, n=n_max))
            return TwoStageDesigns(p0, p1, alpha, power, none, none)
        floor = first_sizes + least_going_on * (n_max + 1 - first_sizes)
        if min(floor.min(), n_max) < optimal.expected_n:
            optimal = replace(optimal, reason=Reason(NOT_PROVEN_OPTIMAL, n=n_max))
    return TwoStageDesigns(p0, p1, alpha, power, optimal, minimax)


class _Tables:
    """Binomial probabilities for one rate and every n up to n_max: mass[n, k] = P(X = k), tail[n, k] = P(X ≥ k)."""

    def __init__(self, p: float, n_max: int):
        self.mass = np.zeros((n_max + 1, n_max + 1))
        for n in range(n_max + 1):
            self.mass[n, : n + 1] = binomial_mass(n, p)
        sizes = np.arange(n_max + 1)
        self.tail = probability_at_least(np.arange(n_max + 2)[None, :], sizes[:, None], p)
        self.up_to = np.cumsum(self.mass, axis=1)

    def rejecting(self, n: int, n1: np.ndarray, r: int) -> np.ndarray:
        """P(reject) for every first stage n1 (rows) and every r1 (columns), given n and r."""
        x = np.arange(n)
        still_needed = np.maximum(r + 1 - x, 0)
        both = self.mass[n1[:, None], x] * self.tail[(n - n1)[:, None], still_needed]
        from_x = np.cumsum(both[:, ::-1], axis=1)[:, ::-1]
        return np.concatenate((from_x[:, 1:], np.zeros((len(n1), 1))), axis=1)


def _least_going_on(null: _Tables, true: _Tables, power: float) -> np.ndarray:
    """For each n1 from 1, the least P(second stage) at p0 among the r1 that leave the power attainable."""
    sizes = np.arange(1, len(null.mass) - 1)
    affordable = is_at_least(1 - true.up_to[sizes], power)
    return 1 - np.where(affordable, null.up_to[sizes], 0.0).max(axis=1)


def _is_powerful_enough(null_tail, true_tail, alpha: float, power: float) -> bool:
    """Whether any test of so many patients, even one that tosses coins, has that size and power (Neyman & Pearson)."""
    r = int(is_at_most(null_tail, alpha).argmax())
    coin = (alpha - null_tail[r]) / (null_tail[r - 1] - null_tail[r])
    return bool(is_at_least(true_tail[r] + max(coin, 0.0) * (true_tail[r - 1] - true_tail[r]), power))


def _best_of_size(n, n1, null: _Tables, true: _Tables, alpha: float, power: float) -> TwoStageDesign | None:
    """The design with exactly n patients that expects the fewest, or None."""
    enough = np.flatnonzero(is_at_least(true.tail[n], power))
    r = int(enough[-1]) - 1  # without an early stop; an early stop only costs power
    is_open = (np.arange(n) < n1[:, None]) & is_at_least(1 - true.up_to[n1[:, None], np.arange(n)], power)
    chosen = np.full(is_open.shape, -1)
    while r >= 0 and is_open.any():
        rows = np.flatnonzero(is_open.any(axis=1))
        within = is_at_most(null.rejecting(n, n1[rows], r), alpha)
        powerful = is_at_least(true.rejecting(n, n1[rows], r), power)
        chosen[rows] = np.where(is_open[rows] & powerful & within, r, chosen[rows])
        is_open[rows] &= within & ~powerful  # a smaller r rejects more often, wrongly and rightly
        r -= 1
    if (chosen < 0).all():
        return None
    early = null.up_to[n1[:, None], np.arange(n)]
    expected = np.where(chosen >= 0, n1[:, None] + (1 - early) * (n - n1)[:, None], np.inf)
    row, r1 = np.unravel_index(expected.argmin(), expected.shape)
    r, first = int(chosen[row, r1]), n1[row : row + 1]
    return TwoStageDesign(
        int(r1), int(n1[row]), r, n, float(expected[row, r1]), float(early[row, r1]),
        float(null.rejecting(n, first, r)[0, r1]), float(true.rejecting(n, first, r)[0, r1]), None,
    )
