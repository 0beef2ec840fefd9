"""Where patients are over time: the share in each state of a way through several states (Aalen–Johansen).

Every patient is followed from the origin, time 0. At each distinct time all transitions happen at once, before anybody
is censored. Agrees with R's survival::survfit(Surv(t1, t2, state) ~ 1, id, istate, influence = TRUE), with two differences:
the shares at time 0 are those of all patients (R takes those still followed at the first transition; give it p0 to
compare), and nothing is carried beyond the longest follow-up. Where censoring depends on the state a patient is in, the
estimate needs the process to be Markov. With one transition it is 1 − Kaplan–Meier, with causes of one event it is the
cumulative incidence of `competing_risks`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.statistics.grid import check_times
from heroes.statistics.intervals import check_method, normal_quantile
from heroes.statistics.reasons import (
    BEYOND_FOLLOW_UP, CARRIED_FORWARD, NO_INTERVAL_AT_0_OR_1, NO_PATIENTS, TIME_IN_STATES_BEYOND_FOLLOW_UP, Reason,
)
from heroes.statistics.spells import Paths, read_spells
from heroes.statistics.survival import check_moment, row_at


@dataclass(frozen=True, eq=False)
class OccupancyCurves:
    """All states over the distinct times at which somebody's spell ends, ascending.

    states: in the order given. initial: share in each state at time 0, with its standard error.
    Tables of one row per time and one column per state: at_risk (patients in the state just before the time), entries
    (transitions into it at that time), probability (after it; each row adds up to one), std_error (infinitesimal
    jackknife, by patient). transitions: from (row), to (column), how many in all.
    absorbing: states that nobody leaves. followed_until: the last time at which anybody is seen in each state, NaN
    where nobody ever is. tolerance: times no further apart than this are one time.
    """

    states: tuple[str, ...]
    absorbing: tuple[str, ...]
    time: np.ndarray
    at_risk: np.ndarray
    entries: np.ndarray
    probability: np.ndarray
    std_error: np.ndarray
    initial: np.ndarray
    initial_std_error: np.ndarray
    transitions: np.ndarray
    followed_until: np.ndarray
    n: int
    tolerance: float
    paths: Paths

    @property
    def last_time(self) -> float | None:
        """The longest follow-up; None without patients."""
        return float(self.time[-1]) if self.n else None

    @property
    def is_final(self) -> np.ndarray:
        """True for each absorbing state."""
        return np.isin(self.states, self.absorbing)

    @property
    def all_final(self) -> bool:
        """Whether all ended in absorbing states, so that the shares are known ever after."""
        return bool(self.n) and not np.any(self.probability[-1, ~self.is_final] > 0)


@dataclass(frozen=True)
class StateShare:
    """One state at one time: share of patients, with standard error and log(−log) interval; None where it does not exist.

    at_risk: patients seen in the state just before the time; of an absorbing one all who entered it before. reason: why
    there is no share, or no interval, or that the share is carried forward.
    """

    state: str
    time: float
    estimate: float | None
    std_error: float | None
    lower: float | None
    upper: float | None
    conf_level: float
    at_risk: int
    reason: str | None


@dataclass(frozen=True)
class TimeInState:
    """Expected time in one state up to a horizon, with its standard error; None with a reason where it is not known."""

    state: str
    horizon: float
    estimate: float | None
    std_error: float | None
    reason: str | None


def estimate_occupancy(spells: pd.DataFrame, states: Sequence[str], *, absorbing: Sequence[str] = ()) -> OccupancyCurves:
    """The share of patients in each state over time, from one row per patient and spell, in any order.

    spells: subject_id, start_day, end_day (from the origin), state, next_state (missing where the patient was censored
        in the state at end_day). Any unit of time. The first spell of a patient begins at 0; a spell of length 0 is a
        transition at time 0 itself, or the last thing known of a patient.
    states: every state there is, in the order of the result. absorbing: those that nobody leaves, such as death.
    Raises OutsideStudyError for impossible times and late entry, MisuseError for spells that do not join.
    Method: Aalen & Johansen 1978; standard error by the infinitesimal jackknife, as in survival::survfit.
    """
    paths = read_spells(spells, states, absorbing)
    n_times, n_states = len(paths.time), len(paths.states)
    probability, std_error = np.zeros((n_times, n_states)), np.zeros((n_times, n_states))
    initial, initial_std_error = np.zeros(n_states), np.zeros(n_states)
    for row, share, influence in _walk(paths):
        error = np.sqrt((influence**2).sum(axis=0))
        if row < 0:
            initial, initial_std_error = share, error
        else:
            probability[row], std_error[row] = share, error
    assert np.all(np.abs(probability.sum(axis=1) - 1) <= 1e-12), "the shares of all states must add up to one"
    transitions = np.zeros((n_states, n_states), dtype=np.int64)
    moves = paths.next_state >= 0
    np.add.at(transitions, (paths.state[moves], paths.next_state[moves]), 1)
    entries = np.zeros((n_times, n_states), dtype=np.int64)
    np.add.at(entries, (paths.end[moves], paths.next_state[moves]), 1)
    seen_until = np.full(n_states, np.nan)
    if n_times:
        np.fmax.at(seen_until, paths.state, paths.time[paths.end])
        np.fmax.at(seen_until, paths.next_state[moves], paths.time[paths.end[moves]])
    return OccupancyCurves(
        paths.states, tuple(absorbing), paths.time, paths.at_risk, entries, probability, std_error, initial, initial_std_error,
        transitions, seen_until, paths.n, paths.tolerance, paths,
    )


def occupancy_at(curves: OccupancyCurves, time: float, conf_level: float = 0.95) -> tuple[StateShare, ...]:
    """The share of patients in each state at one given time; a transition at that very time has happened.

    Beyond the longest follow-up nothing is estimated unless all are in absorbing states. A share above 0 of a state in
    which nobody is followed that far stands, as in R, with a reason that says so. Raises OutsideStudyError for a
    negative or missing time.
    """
    check_method("log-log", conf_level)
    time = check_moment(time)
    counts = count_in_states(curves, [time]).iloc[0]
    absent = _why_absent(curves, time, BEYOND_FOLLOW_UP)
    if absent:
        return tuple(
            StateShare(state, time, None, None, None, None, conf_level, int(counts[state]), absent) for state in curves.states)
    row = row_at(curves, time)
    shares, errors = (
        (curves.initial, curves.initial_std_error) if row < 0 else (curves.probability[row], curves.std_error[row])
    )
    carried = (shares > 0) & ~curves.is_final & (curves.followed_until + curves.tolerance < time)
    return tuple(
        _share(state, time, float(shares[k]), float(errors[k]), conf_level, int(counts[state]), bool(carried[k]))
        for k, state in enumerate(curves.states)
    )


def estimate_time_in_states(curves: OccupancyCurves, horizon: float) -> tuple[TimeInState, ...]:
    """Expected time in each state within the first `horizon`, in the unit of time; together they make the horizon.

    When follow-up ends before the horizon and not all are in absorbing states, both numbers are None: the last share is
    never carried on. Raises OutsideStudyError for a negative or missing horizon.
    Method: area under each share; standard error by the infinitesimal jackknife, as print(survfit, rmean).
    """
    horizon = check_moment(horizon)
    absent = _why_absent(curves, horizon, TIME_IN_STATES_BEYOND_FOLLOW_UP)
    if absent:
        return tuple(TimeInState(state, horizon, None, None, absent) for state in curves.states)
    spent, influence_on_spent = np.zeros(len(curves.states)), np.zeros((curves.n, len(curves.states)))
    edges = np.append(curves.time, np.inf)
    for row, share, influence in _walk(curves.paths):
        begin = 0.0 if row < 0 else float(curves.time[row])
        length = min(float(edges[row + 1]), horizon) - begin
        if length > 0:
            spent += length * share
            influence_on_spent += length * influence
    errors = np.sqrt((influence_on_spent**2).sum(axis=0))
    return tuple(
        TimeInState(state, horizon, float(spent[k]), float(errors[k]), None) for k, state in enumerate(curves.states)
    )


def count_in_states(curves: OccupancyCurves, ticks) -> pd.DataFrame:
    """The table under the picture: tick, one column per state, and left, one row per tick in the order given.

    A living state counts those seen in it just before the tick, as numbers at risk do; an absorbing one all who entered
    it before. left: no longer followed, state not known. A row adds up to all patients; at tick 0 all are where they
    began. Raises OutsideStudyError for a negative tick.
    """
    ticks = check_times(np.asarray(ticks, dtype=float).reshape(-1))
    before = np.searchsorted(curves.time, ticks - curves.tolerance, side="left")
    at_risk = np.vstack([curves.at_risk, np.zeros(len(curves.states), dtype=np.int64)])[before]
    entered = np.vstack([np.zeros(len(curves.states), dtype=np.int64), np.cumsum(curves.entries, axis=0)])[before]
    began = np.bincount(curves.paths.state[curves.paths.is_first], minlength=len(curves.states)) if curves.n else 0
    counts = np.where(curves.is_final, entered + began, at_risk)
    table = pd.DataFrame(counts, columns=list(curves.states))
    table.insert(0, "tick", ticks)
    return table.assign(left=curves.n - counts.sum(axis=1))


def occupancy_reliable_until(curves: OccupancyCurves, drop: float | None, share: float | None) -> float:
    """The time after which so few remain that the picture is drawn grey.

    share: grey as soon as fewer than this share of all patients is followed in a living state. drop: grey as soon as
    more than this probability lies in states where nobody is followed any more. A rule that is None is not applied;
    with neither, when nothing is unreliable, or when all are in absorbing states, the end of follow-up. 0 without patients.
    """
    if not curves.n:
        return 0.0
    edges, living = np.append(0.0, curves.time), ~curves.is_final
    shares = np.vstack([curves.initial, curves.probability])
    in_living = shares[:, living].sum(axis=1)
    remaining = np.vstack([curves.at_risk, np.zeros(len(curves.states), dtype=np.int64)])[:, living].sum(axis=1)
    is_few = np.zeros(len(edges), dtype=bool)
    if share is not None:
        is_few |= (remaining < share * curves.n) & (in_living > 0)
    if drop is not None:
        over = ~(curves.followed_until[None, :] > edges[:, None] + curves.tolerance) & living
        is_few |= np.where(over, shares, 0.0).sum(axis=1) > drop
    first = int(is_few.argmax()) if is_few.any() else len(edges) - 1
    return float(edges[first])


def _walk(paths: Paths) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Row, share in each state after it, and each patient's influence on these shares; row −1 is time 0, before all.

    A patient's influence is the derivative of the shares with respect to the patient's weight: what a transition does to
    the shares it does to the influence, and those at risk add how their own step differs from the average step.
    """
    if not paths.n:
        return
    n_states = len(paths.states)
    unit = np.eye(n_states)
    began = unit[paths.state[paths.is_first]]
    share = began.mean(axis=0)
    influence = np.zeros((paths.n, n_states))
    influence[paths.patient[paths.is_first]] = (began - share) / paths.n
    yield -1, share, influence
    goes = paths.next_state >= 0
    for row in range(len(paths.time)):
        moving = np.flatnonzero(goes & (paths.end == row))
        if len(moving):
            at_risk = np.flatnonzero((paths.entered < row) & (paths.end >= row))
            here, there = paths.state[at_risk], paths.state[at_risk].copy()
            is_moving = goes[at_risk] & (paths.end[at_risk] == row)
            there[is_moving] = paths.next_state[at_risk[is_moving]]
            n_here = np.bincount(here, minlength=n_states)
            step = np.zeros((n_states, n_states))
            np.add.at(step, (here, there), 1.0)
            step = np.where(n_here[:, None] > 0, step / np.maximum(n_here, 1)[:, None], unit)
            influence = influence @ step
            weight = (share / np.maximum(n_here, 1))[here]
            influence[paths.patient[at_risk]] += weight[:, None] * (unit[there] - step[here])
            share = share @ step
        yield row, share, influence


def _why_absent(curves: OccupancyCurves, time: float, sentence: str) -> Reason | None:
    if not curves.n:
        return Reason(NO_PATIENTS)
    if time > curves.time[-1] + curves.tolerance and not curves.all_final:
        return Reason(sentence, time=time, last=curves.last_time)
    return None


def _share(
    state: str, time: float, estimate: float, std_error: float, conf_level: float, at_risk: int, carried: bool
) -> StateShare:
    reason = Reason(CARRIED_FORWARD) if carried else None
    if not 0 < estimate < 1 or std_error == 0:
        reason = reason or Reason(NO_INTERVAL_AT_0_OR_1)
        return StateShare(state, time, estimate, std_error, None, None, conf_level, at_risk, reason)
    logarithm = np.log(estimate)
    ratio = np.exp(-normal_quantile(conf_level) * std_error / (estimate * logarithm))
    limits = float(np.exp(logarithm * ratio)), float(np.exp(logarithm / ratio))
    return StateShare(state, time, estimate, std_error, *limits, conf_level, at_risk, reason)
