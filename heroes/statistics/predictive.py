"""Predictive probability of success when many patients are followed only part of the way to the milestone.

Each simulated trial draws a hazard per interval of follow-up, completes every partly followed patient from where they
are, adds the patients still to come, and applies the final test: r or more successes of all planned. Patients still to
come, and the test, are reckoned exactly within each draw, so that only hazards and completions are left to chance.
"""

from dataclasses import dataclass

import numpy as np

from heroes.errors import MisuseError
from heroes.statistics.binomial import check_count, probability_at_least
from heroes.statistics.complete_cases import closeness
from heroes.statistics.grid import as_events, as_times, check_times
from heroes.statistics.reasons import ALL_DRAWS_AGREE, Reason
from heroes.statistics.survival import check_moment

_CELLS_AT_A_TIME = 1 << 19
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class SimulatedSuccess:
    """probability: mean over n_draws simulated trials; std_error: its Monte Carlo error.

    n_successes, n_failures: already known at the milestone; n_lost: will not be followed on, failures; n_left_out: not in the
    final test; n_partly: event-free so far; n_future: still to come. edges: from 0 to the milestone; events, exposure: of each
    interval between them.
    std_error is None with a reason when all draws agree although the outcome is open: it is then not a measure of error.
    """

    probability: float
    std_error: float | None
    n_draws: int
    n_successes: int
    n_failures: int
    n_lost: int
    n_left_out: int
    n_partly: int
    n_future: int
    edges: tuple[float, ...]
    events: tuple[int, ...]
    exposure: tuple[float, ...]
    reason: str | None


def simulate_success(
    time, event, *, milestone: float, n_planned: int, r: int, chance: int | np.random.Generator, lost=None, left_out=None,
    cuts=None, prior_events=None, prior_exposure=None, n_draws: int = 50_000,
) -> SimulatedSuccess:
    """The probability that the final test will reject, from all follow-up so far.

    time, event: of the patients so far, as for `estimate_survival`. lost: true for patients who will not be followed any
    further; those without an event by the milestone are failures in the final test, their follow-up still counts.
    left_out: true for patients who are not in the final test; n_planned is without them. Their follow-up counts for the hazards
    all the same, for dropping the time that they were seen free of the event would make the hazards too high.
    cuts: where the hazard may change, ascending between 0 and milestone; None takes quarters. chance: a seed or a numpy
    Generator; the same seed gives the same answer.
    prior_events, prior_exposure: gamma prior per interval. None gives each interval its share of one event and its
    width of exposure, which makes survival at the milestone uniform on 0–1 before any data, as Beta(1, 1) is.
    Raises MisuseError for counts, cuts or priors that do not fit together, OutsideStudyError for impossible times.
    Method: piecewise-exponential hazards with gamma posteriors (events + a, exposure + b).
    """
    milestone = check_moment(milestone)
    if milestone == 0:
        raise MisuseError("The milestone lies after the origin.")
    time, event = check_times(as_times(time).astype(float)), as_events(event)
    lost = np.zeros(len(time), dtype=bool) if lost is None else as_events(lost)
    left_out = np.zeros(len(time), dtype=bool) if left_out is None else as_events(left_out)
    if not len(time) == len(event) == len(lost) == len(left_out):
        raise MisuseError("Times, events, lost and left out must be equally long.")
    n_planned, r = check_count(n_planned, "The planned number of patients", 1), check_count(r, "A rejection number")
    n_draws = check_count(n_draws, "A number of draws", 2)
    n_tested = int((~left_out).sum())
    if n_tested > n_planned:
        raise MisuseError(f"{n_tested} patients are more than the {n_planned} planned: the final test needs another rejection number.")
    edges = _edges(cuts, milestone)
    close = closeness(milestone)
    failed = event & (time <= milestone + close)
    reached = ~failed & (time >= milestone - close)
    partly = ~failed & ~reached & ~lost & ~left_out
    place = np.searchsorted(edges[1:-1], time[failed], side="left")  # an event at a cut ends the interval before it
    events = np.bincount(place, minlength=len(edges) - 1)
    exposure = _within(np.zeros(len(time)), time, edges).sum(axis=0)
    shape, rate = _gamma_posterior(events, exposure, edges, prior_events, prior_exposure)
    n_successes, n_future = int((reached & ~left_out).sum()), n_planned - n_tested
    still = _within(time[partly], np.full(int(partly.sum()), milestone), edges)
    needed = r - n_successes
    success = _successes(shape, rate, still, np.diff(edges), needed, n_future, n_draws, np.random.default_rng(chance))
    is_open = 0 < needed <= len(still) + n_future
    agree = is_open and bool((success == success[0]).all())
    return SimulatedSuccess(
        float(success.mean()), None if agree else float(success.std(ddof=1) / np.sqrt(n_draws)), n_draws,
        n_successes, int((failed & ~left_out).sum()), int((lost & ~failed & ~reached & ~left_out).sum()), len(time) - n_tested,
        len(still), n_future,
        tuple(edges.tolist()), tuple(events.tolist()), tuple(exposure.tolist()),
        Reason(ALL_DRAWS_AGREE, n=n_draws, bound=3 / n_draws) if agree else None,
    )


def _successes(shape, rate, still, widths, needed, n_future, n_draws, chance) -> np.ndarray:
    """P(final test rejects) in each draw, given its hazards and its completed patients."""
    hazards = chance.standard_gamma(shape, (n_draws, len(shape))) / rate
    whole = np.exp(-hazards @ widths)
    completed = np.empty(n_draws, dtype=np.int64)
    block = max(1, _CELLS_AT_A_TIME // max(1, len(still)))
    for start in range(0, n_draws, block):
        rows = slice(start, start + block)
        survive = np.exp(-hazards[rows] @ still.T)
        completed[rows] = np.count_nonzero(chance.random(survive.shape) < survive, axis=1)
    return probability_at_least(needed - completed, n_future, whole)


def _within(start, stop, edges) -> np.ndarray:
    """Time spent in each interval between start and stop, one row per patient."""
    return np.diff(np.clip(edges[None, :], start[:, None], np.maximum(stop, start)[:, None]), axis=1)


def _edges(cuts, milestone: float) -> np.ndarray:
    inner = np.asarray([milestone * part for part in _QUARTERS] if cuts is None else cuts, dtype=float).reshape(-1)
    edges = np.concatenate(([0.0], inner, [milestone]))
    if not (np.diff(edges) > 0).all():
        raise MisuseError(f"Cuts must ascend between 0 and the milestone, {milestone:g}.")
    return edges


def _gamma_posterior(events, exposure, edges, prior_events, prior_exposure) -> tuple[np.ndarray, np.ndarray]:
    widths = np.diff(edges)
    a = widths / edges[-1] if prior_events is None else np.broadcast_to(np.asarray(prior_events, dtype=float), widths.shape)
    b = widths if prior_exposure is None else np.broadcast_to(np.asarray(prior_exposure, dtype=float), widths.shape)
    if not ((a > 0).all() and (b > 0).all() and np.isfinite(a).all() and np.isfinite(b).all()):
        raise MisuseError("Prior events and prior exposure must be above 0 in every interval.")
    return events + a, exposure + b
