"""Which patients may be counted at the milestone: those followed, or followable, long enough at the data cut.

Counting every patient whose outcome is known would be biased: an early failure is known at once, a success only at the
milestone, so late entrants would enter as failures only. Who counts is therefore decided by potential follow-up (from
the origin to the data cut), never by what happened.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from heroes.errors import MisuseError, OutsideStudyError
from heroes.labels import mark
from heroes.statistics.grid import as_events, as_times, check_times
from heroes.statistics.reasons import NO_PATIENTS, POTENTIAL_FOLLOW_UP_UNKNOWN, POTENTIAL_TOO_SHORT, Reason
from heroes.statistics.survival import check_moment

LOST_AS_FAILURES = mark("Patients lost before the milestone count as failures: the cautious convention.")
LOST_LEFT_OUT = mark(
    "Patients lost before the milestone are left out. Since only event-free patients can be lost, the rate comes out slightly too low "
    "even if they would have fared as the others.")
_CLOSE = float(np.sqrt(np.finfo(float).eps))


class Outcome(StrEnum):
    """What is known of a patient at the milestone. The first three have been followed long enough to be counted."""

    EVENT_FREE = "event-free at the milestone"
    EVENT = "event by the milestone"
    LOST = "no event, last scan before the milestone window"
    EARLY_EVENT = "event, included too recently to be counted"
    TOO_EARLY = "included too recently"
    UNKNOWN = "time to the data cut unknown"


COUNTED = (Outcome.EVENT_FREE, Outcome.EVENT, Outcome.LOST)


@dataclass(frozen=True)
class CompleteCases:
    """Patients whose potential follow-up reaches the milestone and its window, by what is known of them there.

    n_successes: event-free at the milestone; n_failures: event up to it; n_lost: neither, followed too short although
    there was time. n_excluded: potential follow-up still too short. n_unknown: potential follow-up unknown.
    reason: why nobody can be counted. Two ways to count the lost, both of which a reader should see:
    `x` of `n` leaves them out, `x` of `n_with_lost` counts them as failures.
    """

    n_successes: int
    n_failures: int
    n_lost: int
    n_excluded: int
    n_unknown: int
    reason: str | None

    @property
    def x(self) -> int:
        """Successes, the same in both conventions."""
        return self.n_successes

    @property
    def n(self) -> int:
        """Patients with a known outcome: the lost are left out."""
        return self.n_successes + self.n_failures

    @property
    def n_with_lost(self) -> int:
        """Patients when the lost count as failures."""
        return self.n + self.n_lost


def count_complete_cases(
    time, event, potential_follow_up, *, milestone: float, window_before: float = 0.0, window_after: float = 0.0
) -> CompleteCases:
    """Successes and failures at the milestone among patients with enough potential follow-up.

    time, event: one per patient, as for `estimate_survival`. potential_follow_up: from the origin to the data cut, NaN
    where unknown (dates delivered as days since inclusion); such patients are counted apart. All in days; the window is that
    of `milestone_window`.
    A patient counts when potential follow-up reaches the end of the window. An event up to the milestone is a failure; a
    later event, or event-free follow-up to the beginning of the window or longer, is a success: a clean scan at the beginning
    of the milestone visit is that visit. What is found late in the window is after the milestone; to count it, ask at the end
    of the window. As for the curve, an event long after the milestone is one there, also where scans were missed before it.
    Raises OutsideStudyError for impossible times, MisuseError for columns of unequal length.
    """
    outcome = sort_outcomes(
        time, event, potential_follow_up, milestone=milestone, window_before=window_before, window_after=window_after)
    return count_outcomes(outcome, milestone_window(milestone, window_before, window_after)[1])


def sort_outcomes(
    time, event, potential_follow_up, *, milestone: float, window_before: float = 0.0, window_after: float = 0.0
) -> np.ndarray:
    """What is known of each patient at the milestone, one Outcome per patient in their order, by the rule of `count_complete_cases`.

    Patients included too recently are told apart by whether they already had an event: those events are real, but only the
    failures of such patients are known, so they are not counted.
    """
    milestone = check_moment(milestone)
    time, event, potential = read_follow_up(time, event, potential_follow_up)
    close = closeness(milestone)
    opens, closes = milestone_window(milestone, window_before, window_after)
    known = ~np.isnan(potential)
    ready = known & (np.nan_to_num(potential) >= closes - close)
    failed = event & (time <= milestone + close)
    reached = ~failed & (event | (time >= opens - close))
    kinds = [Outcome.UNKNOWN, Outcome.EARLY_EVENT, Outcome.TOO_EARLY, Outcome.EVENT, Outcome.EVENT_FREE, Outcome.LOST]
    which = np.select([~known, ~ready & failed, ~ready, failed, reached], range(5), 5)
    return np.array(kinds, dtype=object)[which]


def count_outcomes(outcome: np.ndarray, closes: float) -> CompleteCases:
    """Patients by their Outcome. closes: last day of the milestone's window, for the reason why nobody can be counted."""
    n = {kind: int((outcome == kind).sum()) for kind in Outcome}
    n_ready, n_unknown = sum(n[kind] for kind in COUNTED), n[Outcome.UNKNOWN]
    n_known = len(outcome) - n_unknown
    return CompleteCases(
        n[Outcome.EVENT_FREE], n[Outcome.EVENT], n[Outcome.LOST], n_known - n_ready, n_unknown,
        _why_nobody(len(outcome), n_known, n_ready, closes),
    )


def read_follow_up(time, event, potential_follow_up) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, events and potential follow-up (None or NaN: unknown) as checked columns of one length."""
    time, event = check_times(as_times(time).astype(float)), as_events(event)
    potential = pd.Series(potential_follow_up, dtype="Float64").to_numpy(float, na_value=np.nan)
    if not len(time) == len(event) == len(potential):
        raise MisuseError("Times, events and potential follow-up must be equally long.")
    if ((potential < 0) | np.isinf(potential)).any():
        raise OutsideStudyError("A potential follow-up is negative or infinite: it runs from the patient's origin to the data cut.")
    return time, event, potential


def milestone_window(milestone: float, before: float = 0.0, after: float = 0.0) -> tuple[float, float]:
    """First and last day of the milestone's scan window.

    Scans are planned and dated in whole days: the one of month 12 (365.25 days) is planned for day 365, so that its window of
    14 days runs from day 351 to day 379, both in it, and has closed at the end of day 379.
    """
    planned = float(np.floor(milestone + closeness(milestone)))
    return planned - before, planned + after


def closeness(milestone: float) -> float:
    """Times no further apart than this are one, as in the curve."""
    return _CLOSE * max(1.0, milestone)


def _why_nobody(n: int, n_known: int, n_ready: int, needed: float) -> Reason | None:
    if n_ready:
        return None
    if not n:
        return Reason(NO_PATIENTS)
    return Reason(POTENTIAL_TOO_SHORT, needed=needed) if n_known else Reason(POTENTIAL_FOLLOW_UP_UNKNOWN, n=n, total=n)
