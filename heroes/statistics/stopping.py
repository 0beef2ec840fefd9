"""Stopping boundaries for failures at repeated looks, and what they do: exact operating characteristics.

A look is taken after so many patients are evaluable; the trial stops when their failures reach the boundary. What
counts as a failure, and who is evaluable, is the caller's (at the milestone: `complete_cases`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincc, ndtr

from heroes.errors import MisuseError
from heroes.statistics.binomial import (
    binomial_mass, check_count, check_probability, is_at_most, probability_at_least)
from heroes.statistics.interim import BetaPrior
from heroes.statistics.reasons import BOUNDARY_NEVER_STOPS, Reason

_HALVINGS = 80


@dataclass(frozen=True)
class Boundary:
    """looks: evaluable patients at each look, ascending. stop_at: failures that stop the trial there, None where not even
    all patients failing would. f0: the failure rate that is acceptable. reason: why the boundary never stops, if so."""

    looks: tuple[int, ...]
    stop_at: tuple[int | None, ...]
    f0: float
    reason: str | None


@dataclass(frozen=True)
class OperatingCharacteristic:
    """At one true failure rate: P(stop) first at each look, in all, and the patients expected to be evaluated."""

    failure_rate: float
    at_look: tuple[float, ...]
    overall: float
    expected_n: float


@dataclass(frozen=True)
class Look:
    """One look at the data: n evaluable, failures that stop, failures among the first n patients. failures and
    is_crossed are None while fewer than n patients are evaluable."""

    n: int
    stop_at: int | None
    failures: int | None
    is_crossed: bool | None


@dataclass(frozen=True)
class BoundaryStatus:
    """Where the data stand. looks: every planned look; n, n_failures: evaluable patients and failures so far.

    is_crossed: whether any look reached so far crossed the boundary, None before the first look; crossed_at: patients at
    the first look that did. next_look: the next look not yet reached, None after the last; failures_to_next: how many more
    failures by then would stop the trial (0: there are enough already), None without a next look or where it cannot stop.
    """

    looks: tuple[Look, ...]
    n: int
    n_failures: int
    is_crossed: bool | None
    crossed_at: int | None
    next_look: int | None
    failures_to_next: int | None


def bayesian_boundary(looks, f0: float, gamma: float, prior: BetaPrior) -> Boundary:
    """Stop when the failure rate probably exceeds f0: P(failure rate > f0 | data) > gamma.

    prior: of the failure rate. Raises MisuseError for looks that do not ascend from 1 and rates outside 0–1.
    Method: beta-binomial, Thall & Simon 1994.
    """
    looks = _check_looks(looks)
    check_probability(f0, "f0")
    check_probability(gamma, "gamma")
    stop_at = []
    for n in looks:
        failures = np.arange(n + 1)
        stops = betaincc(prior.a + failures, prior.b + n - failures, f0) > gamma
        stop_at.append(int(stops.argmax()) if stops.any() else None)
    return _boundary(looks, stop_at, f0)


def repeated_test_boundary(looks, f0: float, level: float, delta: float = 0.0) -> Boundary:
    """Stop when an exact test rejects a failure rate of f0, each look tested so strictly that P(stop at f0) ≤ level in all.

    The nominal level at look k of K is Φ{Φ⁻¹(α)·(n_K/n_k)^delta}: equal at all looks for delta 0 (Pocock), strict early
    for 0.5 (O'Brien–Fleming). α is the largest, up to one half, that keeps the exact overall probability within level.
    Raises MisuseError for delta outside 0–0.5 and what `bayesian_boundary` raises.
    Method: Ivanova, Qaqish & Schell 2005; R's clinfun::toxbdry, "high boundary", stated there as "> boundary".
    """
    looks = _check_looks(looks)
    check_probability(f0, "f0")
    check_probability(level, "level")
    if not 0 <= delta <= 0.5:
        raise MisuseError(f"delta lies between 0 (Pocock) and 0.5 (O'Brien–Fleming); {delta} does not.")
    strictness = (looks[-1] / np.array(looks)) ** delta
    tails = [probability_at_least(np.arange(n + 2), n, f0) for n in looks]

    def critical(z):
        nominal = ndtr(-z * strictness)
        return [int(is_at_most(tail, bound).argmax()) for tail, bound in zip(tails, nominal)]

    lenient, strict = 0.0, 38.0  # z of α: from one half down to below any probability
    best = critical(strict)
    for _ in range(_HALVINGS):
        middle = (lenient + strict) / 2
        found = critical(middle)
        if is_at_most(sum(_stopping(looks, found, f0)), level):
            strict, best = middle, found
        else:
            lenient = middle
    return _boundary(looks, [r if r <= n else None for r, n in zip(best, looks)], f0)


def operating_characteristics(boundary: Boundary, failure_rates, n_planned: int | None = None) -> tuple[OperatingCharacteristic, ...]:
    """What a boundary does at each true failure rate, exactly.

    n_planned: patients evaluated when no look stops; None means the last look. Raises MisuseError for rates outside 0–1.
    """
    last = boundary.looks[-1] if n_planned is None else check_count(n_planned, "The planned number of patients", boundary.looks[-1])
    stop_at = [n + 1 if r is None else r for n, r in zip(boundary.looks, boundary.stop_at)]
    rows = []
    for rate in failure_rates:
        if not 0 <= rate <= 1:
            raise MisuseError(f"A failure rate lies between 0 and 1; {rate} does not.")
        at_look = _stopping(boundary.looks, stop_at, rate)
        overall = min(sum(at_look), 1.0)
        expected = sum(n * p for n, p in zip(boundary.looks, at_look)) + last * (1 - overall)
        rows.append(OperatingCharacteristic(float(rate), tuple(at_look), overall, float(expected)))
    return tuple(rows)


def judge_looks(boundary: Boundary, failed) -> BoundaryStatus:
    """Failures so far against the boundary, look by look.

    failed: true or false per evaluable patient, in the order fixed beforehand (such as of inclusion), so that the first
    n patients are those of the look at n. Raises MisuseError for anything but true and false.
    """
    failed = np.asarray(failed)
    if len(failed) and failed.dtype != bool:
        raise MisuseError("A failure must be true or false for every evaluable patient.")
    n, so_far = len(failed), np.concatenate(([0], np.cumsum(failed.astype(np.int64))))
    looks = []
    for size, stop_at in zip(boundary.looks, boundary.stop_at):
        failures = int(so_far[size]) if size <= n else None
        is_crossed = None if failures is None else stop_at is not None and failures >= stop_at
        looks.append(Look(size, stop_at, failures, is_crossed))
    reached = [look for look in looks if look.failures is not None]
    ahead = next((look for look in looks if look.failures is None), None)
    crossed = [look.n for look in reached if look.is_crossed]
    total = int(so_far[-1])
    more = None if ahead is None or ahead.stop_at is None else max(ahead.stop_at - total, 0)
    return BoundaryStatus(
        tuple(looks), n, total, bool(crossed) if reached else None, crossed[0] if crossed else None,
        ahead.n if ahead else None, more)


def _stopping(looks, stop_at, rate: float) -> list[float]:
    """P(first reaching the boundary) at each look: failures of those who go on, convolved with the next patients'."""
    going_on, before, stopping = np.ones(1), 0, []
    for n, r in zip(looks, stop_at):
        failures = np.convolve(going_on, binomial_mass(n - before, rate))
        stopping.append(float(failures[r:].sum()))
        going_on, before = failures[:r], n
        if not len(going_on):  # everybody has stopped
            return stopping + [0.0] * (len(looks) - len(stopping))
    return stopping


def _boundary(looks, stop_at, f0) -> Boundary:
    never = all(r is None for r in stop_at)
    return Boundary(looks, tuple(stop_at), float(f0), Reason(BOUNDARY_NEVER_STOPS) if never else None)


def _check_looks(looks) -> tuple[int, ...]:
    looks = tuple(check_count(n, "A look", 1) for n in looks)
    if not looks or any(later <= earlier for earlier, later in zip(looks, looks[1:])):
        raise MisuseError("Looks are numbers of evaluable patients, at least one, each larger than the one before.")
    return looks
