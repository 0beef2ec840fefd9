"""The protocol's failure rule: stop when the failure rate at the milestone probably exceeds its limit, and where the data stand."""

from dataclasses import dataclass

import numpy as np

from heroes.protocol import Protocol
from heroes.statistics.complete_cases import COUNTED, Outcome
from heroes.statistics.interim import BetaPrior
from heroes.statistics.readout import Standing
from heroes.statistics.stopping import (
    Boundary, BoundaryStatus, OperatingCharacteristic, bayesian_boundary, judge_looks, operating_characteristics)

_STEPS = (-0.10, -0.05, 0.0, 0.05, 0.10)  # of the true failure rate around the limit
_GRID = 0.01


@dataclass(frozen=True, eq=False)
class FailureRule:
    """boundary: failures that stop the trial at each look. prior, certainty: of the rule.

    lost_failed, lost_out: where the data stand, the lost counted as failures or left out; None where the order of inclusion is
    not known. path_failed, path_out: the failures among the first 1, 2 … patients counted. characteristics: what the rule does
    at true failure rates around its limit; curve: the same finely, for a picture.
    """

    boundary: Boundary
    prior: BetaPrior
    certainty: float
    lost_failed: BoundaryStatus | None
    lost_out: BoundaryStatus | None
    path_failed: np.ndarray
    path_out: np.ndarray
    characteristics: tuple[OperatingCharacteristic, ...]
    curve: tuple[OperatingCharacteristic, ...]


def judge_failures(standing: Standing, protocol: Protocol) -> FailureRule:
    """The failure rule of the protocol, applied look by look.

    Counted are patients whose milestone window has closed, in the order of inclusion; a failure is an event by the milestone.
    The rule's entries of the protocol must be set (`hypotheses.entries_not_set`).
    """
    rule = protocol.interim
    prior = BetaPrior(*rule.failure_prior)
    boundary = bayesian_boundary(rule.failure_looks, rule.failure_limit, rule.failure_certainty, prior)
    counted = standing.outcome[np.isin(standing.outcome, COUNTED)]
    failed, known = counted != Outcome.EVENT_FREE, counted[counted != Outcome.LOST]
    is_ordered = standing.patients.is_ordered
    n_all = standing.n_final if standing.n_final and standing.n_final >= boundary.looks[-1] else None
    rates = sorted({round(rule.failure_limit + step, 6) for step in _STEPS if 0 < rule.failure_limit + step < 1})
    highest = min(1.0, rule.failure_limit + 3 * _STEPS[-1])
    return FailureRule(
        boundary, prior, rule.failure_certainty,
        judge_looks(boundary, failed.astype(bool)) if is_ordered else None,
        judge_looks(boundary, (known == Outcome.EVENT).astype(bool)) if is_ordered else None,
        np.cumsum(failed.astype(int)), np.cumsum((known == Outcome.EVENT).astype(int)),
        operating_characteristics(boundary, rates, n_all),
        operating_characteristics(boundary, np.round(np.arange(0, highest + _GRID / 2, _GRID), 6).tolist(), n_all),
    )
