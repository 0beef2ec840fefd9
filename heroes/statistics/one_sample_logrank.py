"""One-sample log-rank test: did these patients have fewer events than a fixed reference would lead to expect?

For a trial with one arm: the events seen are compared with those that the same follow-up would bring under a reference
survival. A negative statistic means fewer events than expected: it favours the treatment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, log

import numpy as np
from scipy.special import ndtr

from heroes.errors import MisuseError, OutsideStudyError
from heroes.statistics.grid import as_events, as_times, check_times
from heroes.statistics.reasons import EXPECTS_NO_EVENT, NO_PATIENTS, Reason


@dataclass(frozen=True)
class OneSampleLogRank:
    """observed events, and those expected under the reference.

    statistic: (O − E)/√E, conservative in small samples; modified: (O − E)/√((O + E)/2) (Wu). Negative favours the
    treatment. p, p_modified: one-sided, the chance of so few events or fewer under the reference. None with a reason
    where nothing is expected.
    """

    n: int
    observed: int
    expected: float | None
    statistic: float | None
    p: float | None
    modified: float | None
    p_modified: float | None
    reason: str | None


def exponential_reference(survival: float, time: float) -> Callable[[np.ndarray], np.ndarray]:
    """The cumulative hazard of a constant rate that leaves the share `survival` event-free at `time`.

    Raises OutsideStudyError for a survival that is not between 0 and 1, or a time that is not above 0.
    """
    survival, time = float(survival), float(time)
    if not 0 < survival < 1:
        raise OutsideStudyError(f"A reference survival lies between 0 and 1, such as 0.8; {survival:g} does not.")
    if not (time > 0 and isfinite(time)):
        raise OutsideStudyError(f"The time of a reference survival comes after 0, the origin; {time:g} does not.")
    rate = -log(survival) / time
    return lambda times: rate * np.asarray(times, dtype=float)


def one_sample_logrank(time, event, reference: Callable[[np.ndarray], np.ndarray]) -> OneSampleLogRank:
    """The one-sample log-rank test of rows of patients, in any order.

    time, event: as for `estimate_survival`. reference: cumulative hazard of the reference, −ln of its survival, for
    an array of times; `exponential_reference` makes one from a survival at a milestone.
    The expected number is the sum of each patient's cumulative hazard at the end of their follow-up.
    Raises what `estimate_survival` raises, and MisuseError when the reference gives no finite value of 0 or more.
    Method: Breslow 1975; modified variance Wu 2014. One-sided p at level α agrees with a two-sided 1 − 2α interval.
    """
    times, events = check_times(as_times(time)), as_events(event)
    if len(times) != len(events):
        raise MisuseError(f"There are {len(times)} times but {len(events)} events; each patient needs one of both.")
    observed = int(events.sum())
    if not len(times):
        return OneSampleLogRank(0, 0, None, None, None, None, None, Reason(NO_PATIENTS))
    hazards = np.asarray(reference(times), dtype=float)
    if hazards.shape != times.shape or not np.all((hazards >= 0) & np.isfinite(hazards)):
        raise MisuseError("The reference must give every time a cumulative hazard of 0 or more, finite.")
    expected = float(hazards.sum())
    if expected == 0:
        return OneSampleLogRank(len(times), observed, 0.0, None, None, None, None, Reason(EXPECTS_NO_EVENT))
    excess = observed - expected
    statistic, modified = excess / expected**0.5, excess / ((observed + expected) / 2) ** 0.5
    return OneSampleLogRank(
        len(times), observed, expected, statistic, float(ndtr(statistic)), modified, float(ndtr(modified)), None)
