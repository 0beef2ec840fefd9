"""Survival when an event is only known to lie between two visits (Turnbull's nonparametric maximum likelihood).

A progression seen at a scan happened some time after the last scan without it. Kaplan–Meier on the day of the scan puts
it too late; here each patient gives an interval (left, right] and nothing is assumed about where in it. The data then
say how much probability lies in each of a few innermost intervals, not where inside: there survival has two bounds.

No confidence interval is given: the usual theory does not hold for this estimate, and none is claimed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.grid import merge_times
from heroes.statistics.reasons import INTERVAL_CENSORED_LIMITS, NO_PATIENTS, NOT_CONVERGED, PAST_INTERVALS, Reason
from heroes.statistics.survival import check_moment, estimate_survival

_STEPS = 50_000
_GAP = 1e-9  # of the log-likelihood per patient: no other curve can be more than this better
_NEWTON_SIZE = 400  # with more innermost intervals EM alone is used
_EM_STEPS = 20  # between two Newton steps
_NOTHING = 1e-12  # less probability than this is none


@dataclass(frozen=True, eq=False)
class IntervalCensoredCurve:
    """One row per innermost interval that holds probability, ascending.

    left, right: the interval, open on the left and closed on the right; equal for an exact time; right is infinite
    where some are never seen to have the event. mass: its probability; they add up to 1. survival: after right, 0–1.
    last: the latest time that anything is known about. gap: how much the mean log-likelihood could still rise at most
    (Kuhn–Tucker). reason says why there are no rows; interval_reason why there are no confidence limits.
    """

    left: np.ndarray
    right: np.ndarray
    mass: np.ndarray
    survival: np.ndarray
    n: int
    n_exact: int
    n_right_censored: int
    last: float | None
    tolerance: float
    gap: float | None
    reason: str | None
    interval_reason: str


@dataclass(frozen=True)
class SurvivalBounds:
    """Survival at one time: at_least and at_most differ only inside an innermost interval, where the data do not say.

    None, with a reason, beyond all intervals."""

    time: float
    at_least: float | None
    at_most: float | None
    reason: str | None
    interval_reason: str


@dataclass(frozen=True, eq=False)
class _Problem:
    """Patients as ranges of innermost intervals, from first to last, each range with the number of patients in it."""

    first: np.ndarray
    last: np.ndarray
    weight: np.ndarray
    size: int

    def probability(self, mass: np.ndarray) -> np.ndarray:
        """Of each range."""
        total = np.insert(np.cumsum(mass), 0, 0.0)
        return np.where(self.first == self.last, mass[self.first], total[self.last + 1] - total[self.first])

    def gradient(self, mass: np.ndarray) -> np.ndarray:
        """Of the mean log-likelihood: 1 where there is mass and 1 or less elsewhere, at the maximum (Kuhn–Tucker)."""
        with np.errstate(divide="ignore"):
            pull = self.weight / self.probability(mass) / self.weight.sum()
        change = np.zeros(self.size + 1)
        np.add.at(change, self.first, pull)
        np.add.at(change, self.last + 1, -pull)
        return np.cumsum(change[:-1])

    def mean_log_likelihood(self, mass: np.ndarray) -> float:
        """−∞ where a patient's range has no probability."""
        probability = self.probability(mass)
        if probability.min() <= 0:
            return -np.inf
        return float(self.weight @ np.log(probability) / self.weight.sum())

    def matrix(self) -> np.ndarray:
        """1 where a range (row) holds an innermost interval (column)."""
        column = np.arange(self.size)
        return ((self.first[:, None] <= column) & (column <= self.last[:, None])).astype(float)


def estimate_interval_censored(left, right) -> IntervalCensoredCurve:
    """The nonparametric maximum-likelihood estimate from one interval per patient, in any order.

    left, right: the event came after left and by right, in days or another unit from the origin. right None, NaN or
    infinite: not seen by left (right-censored). left None or NaN: some time up to and including right. left equal to
    right: that very time. With exact and right-censored times alone it is the Kaplan–Meier curve.
    The masses are unique: from each innermost interval a chain of patients leads down to the first, so that no two
    sets of masses give all patients the same probabilities.
    Raises OutsideStudyError for negative times, MisuseError when left is after right, both are missing, or lengths differ.
    Method: Turnbull 1976, Peto 1973; EM, with Newton steps by nonnegative least squares (Wang 2007), until the
    Kuhn–Tucker conditions hold. As survfit(Surv(left, right, type = "interval2") ~ 1) of R, which puts each mass in
    the middle of its interval.
    """
    left, right = _ends(left, right)
    n = len(left)
    if not n:
        return _without_rows(0, None, 0.0, Reason(NO_PATIENTS))
    left, right, tolerance = _merge(left, right)
    is_exact, is_censored = left == right, np.isinf(right)
    last = float(np.max(np.where(is_censored, left, right)))
    starts, ends, problem = _innermost(left, right, is_exact)
    mass, gap = _maximise(problem, _start(left, right, is_exact | is_censored, ends, problem.size))
    if not gap <= _GAP:
        return _without_rows(n, last, tolerance, Reason(NOT_CONVERGED, steps=_STEPS))
    kept = mass > _NOTHING
    mass = mass[kept] / mass[kept].sum()
    survival = np.maximum(1 - np.cumsum(mass), 0.0)
    survival[-1] = 0.0
    return IntervalCensoredCurve(
        starts[kept], ends[kept], mass, survival, n, int(is_exact.sum()), int(is_censored.sum()), last, tolerance, gap,
        None, Reason(INTERVAL_CENSORED_LIMITS))


def interval_survival_at(curve: IntervalCensoredCurve, time: float) -> SurvivalBounds:
    """Bounds of the probability of being event-free at one given time.

    Equal wherever the data determine the curve. An exact event at that very time has happened. After the latest time
    that anything is known about, nothing is estimated unless survival has reached 0.
    Raises OutsideStudyError for a negative or missing time.
    """
    time = check_moment(time)
    if curve.reason:
        return SurvivalBounds(time, None, None, curve.reason, curve.interval_reason)
    if time > curve.last + curve.tolerance and np.isinf(curve.right[-1]):
        return SurvivalBounds(time, None, None, Reason(PAST_INTERVALS, time=time, last=curve.last), curve.interval_reason)
    is_over = curve.right <= time + curve.tolerance
    is_begun = is_over | (curve.left < time - curve.tolerance)
    at_most, at_least = (float(min(curve.mass[~part].sum(), 1.0)) for part in (is_over, is_begun))
    return SurvivalBounds(time, at_least, at_most, None, curve.interval_reason)


def _ends(left, right) -> tuple[np.ndarray, np.ndarray]:
    """Both ends as numbers: −∞ for a missing left, ∞ for a missing right."""
    try:
        left, right = (np.array([np.nan if v is None else v for v in side], dtype=float) for side in (left, right))
    except (TypeError, ValueError):
        raise MisuseError("The ends of an interval must be numbers, or missing.") from None
    if len(left) != len(right):
        raise MisuseError(f"There are {len(left)} left ends but {len(right)} right ends; each patient needs one of both.")
    right = np.where(np.isnan(right), np.inf, right)
    unknown = np.isnan(left)
    for problem, words, error in (
        ((left < 0) | (right < 0), "a negative time: times run from 0, the origin", OutsideStudyError),
        (np.isposinf(left), "no finite left end", OutsideStudyError),
        (unknown & np.isinf(right), "neither a left nor a right end: leave out those patients first", MisuseError),
        (left > right, "a left end after the right end", MisuseError),
    ):
        if problem.any():
            raise error(f"{int(problem.sum())} of {len(left)} rows have {words}.")
    return np.where(unknown, -np.inf, left), right


def _merge(left, right) -> tuple[np.ndarray, np.ndarray, float]:
    """The ends with times merged that differ by rounding alone, and the tolerance."""
    both = np.concatenate((left, right))
    finite = np.isfinite(both)
    distinct, place, tolerance = merge_times(both[finite])
    both[finite] = distinct[place]
    return both[: len(left)], both[len(left) :], tolerance


def _innermost(left, right, is_exact) -> tuple[np.ndarray, np.ndarray, _Problem]:
    """Left and right ends of the innermost intervals, and each patient's range of them.

    In a tie an exact time begins first, then intervals end (they are closed), then intervals begin (they are open).
    """
    time = np.concatenate((left, right))
    order_in_tie = np.concatenate((np.where(is_exact, 0, 2), np.ones(len(right))))
    is_left = np.arange(len(time)) < len(left)
    order = np.lexsort((order_in_tie, time))
    follows = is_left[order][:-1] & ~is_left[order][1:]
    begins = np.flatnonzero(follows)
    starts, ends = time[order][begins], time[order][begins + 1]
    rank = np.empty(len(time), dtype=np.int64)
    rank[order] = np.arange(len(time))
    first = np.searchsorted(begins, rank[: len(left)], side="left")
    last = np.searchsorted(begins + 1, rank[len(left) :], side="right") - 1
    cells, weight = np.unique(np.column_stack((first, last)), axis=0, return_counts=True)
    return starts, ends, _Problem(cells[:, 0], cells[:, 1], weight.astype(float), len(starts))


def _start(left, right, is_simple, ends, size: int) -> np.ndarray:
    """The Kaplan–Meier masses when there is nothing but exact and right-censored times; else the same everywhere."""
    if not is_simple.all():
        return np.full(size, 1 / size)
    curve = estimate_survival(left, np.isfinite(right))
    fall = -np.diff(curve.survival, prepend=1.0)[curve.events > 0]
    return np.append(fall, curve.survival[-1]) if np.isinf(ends[-1]) else fall


def _maximise(problem: _Problem, mass: np.ndarray) -> tuple[np.ndarray, float]:
    """The masses of greatest likelihood, and how far the mean log-likelihood may still be from its maximum."""
    can_jump = problem.size <= _NEWTON_SIZE
    matrix = problem.matrix() if can_jump else None
    for step in range(_STEPS):
        gradient = problem.gradient(mass)
        gap = float(gradient.max() - 1)
        if gap <= _GAP:
            break
        if can_jump and step % _EM_STEPS == _EM_STEPS - 1:
            mass = _newton_step(problem, matrix, mass)
        else:
            mass = mass * gradient
            mass /= mass.sum()
    return mass, gap


def _newton_step(problem: _Problem, matrix: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Towards the maximum of the quadratic approximation among masses of 0 or more, no further than likelihood rises."""
    scale = np.sqrt(problem.weight / problem.weight.sum())
    relative = matrix / problem.probability(mass)[:, None] * scale[:, None]
    found, _ = nnls(np.vstack((relative, np.full(problem.size, 1e3))), np.append(2 * scale, 1e3))
    found /= found.sum()
    here, share = problem.mean_log_likelihood(mass), 1.0
    while share > 1e-10:
        there = (1 - share) * mass + share * found
        if problem.mean_log_likelihood(there) > here:
            return there
        share /= 2
    return mass


def _without_rows(n: int, last: float | None, tolerance: float, reason: Reason) -> IntervalCensoredCurve:
    nothing = np.zeros(0)
    return IntervalCensoredCurve(
        nothing, nothing, nothing, nothing, n, 0, 0, last, tolerance, None, reason, Reason(INTERVAL_CENSORED_LIMITS))
