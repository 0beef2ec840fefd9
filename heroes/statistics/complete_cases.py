"""Which patients may be counted at the milestone: those followed, or followable, long enough at the data cut.

Counting every patient whose outcome is known would be biased: an early failure is known at once, a success only at the
milestone, so late entrants would enter as failures only. Who counts is therefore decided by potential follow-up (from
the origin to the data cut), never by what happened.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.errors import MisuseError, OutsideStudyError
from heroes.labels import mark
from heroes.statistics.grid import as_events, as_times, check_times
from heroes.statistics.reasons import NO_PATIENTS, POTENTIAL_FOLLOW_UP_UNKNOWN, POTENTIAL_TOO_SHORT, Reason
from heroes.statistics.survival import check_moment

LOST_AS_FAILURES = mark("Patients lost before the milestone count as failures: the cautious convention.")
LOST_LEFT_OUT = mark("Patients lost before the milestone are left out: right only if they would have fared as the others did.")
_CLOSE = float(np.sqrt(np.finfo(float).eps))


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
    where unknown (dates delivered as days since inclusion); such patients are counted apart. All in one unit.
    A patient counts when potential follow-up ≥ milestone + window_after. An event up to the milestone is a failure; a
    later event, or event-free follow-up to milestone − window_before or longer, is a success: with a window, a clean scan
    at the beginning of the milestone visit is that visit. What is found late in the window is after the milestone; to
    count it, ask at the end of the window.
    Raises OutsideStudyError for impossible times, MisuseError for columns of unequal length.
    """
    milestone = check_moment(milestone)
    time, event, potential = read_follow_up(time, event, potential_follow_up)
    close = closeness(milestone)
    known = ~np.isnan(potential)
    ready = known & (np.nan_to_num(potential) >= milestone + window_after - close)
    failed = event & (time <= milestone + close)
    reached = ~failed & (event | (time >= milestone - window_before - close))
    n_ready, n_known = int(ready.sum()), int(known.sum())
    return CompleteCases(
        int((ready & reached).sum()), int((ready & failed).sum()), int((ready & ~failed & ~reached).sum()),
        n_known - n_ready, len(time) - n_known, _why_nobody(len(time), n_known, n_ready, milestone + window_after),
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


def closeness(milestone: float) -> float:
    """Times no further apart than this are one, as in the curve."""
    return _CLOSE * max(1.0, milestone)


def _why_nobody(n: int, n_known: int, n_ready: int, needed: float) -> Reason | None:
    if n_ready:
        return None
    if not n:
        return Reason(NO_PATIENTS)
    return Reason(POTENTIAL_TOO_SHORT, needed=needed) if n_known else Reason(POTENTIAL_FOLLOW_UP_UNKNOWN, n=n, total=n)
