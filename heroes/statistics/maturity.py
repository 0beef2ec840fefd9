"""How far the milestone estimate can be trusted yet: events, information, follow-up, and scans that should be there."""

from dataclasses import dataclass

import numpy as np

from heroes.statistics.binomial import check_count
from heroes.statistics.complete_cases import closeness, read_follow_up
from heroes.statistics.information import effective_number
from heroes.statistics.quantiles import FollowUp, estimate_follow_up
from heroes.statistics.reasons import NO_PATIENTS, NOBODY_DUE, POTENTIAL_FOLLOW_UP_UNKNOWN, Reason
from heroes.statistics.survival import count_remaining, estimate_survival


@dataclass(frozen=True)
class Share:
    """count of total; share 0–1. What is not known is None, with a reason."""

    count: float | None
    total: int
    share: float | None
    reason: str | None


@dataclass(frozen=True)
class Maturity:
    """The maturity panel of a fixed-time estimate, everything up to the data cut.

    n: patients. events: patients with an event, of n. effective: n_eff at the milestone, of n (near 1: almost all the
    information that n fully followed patients would give). n_at_risk: patients with the milestone or longer follow-up.
    potential: patients whose time from origin to data cut reaches the milestone, of n. closed: those whose milestone
    window has closed too, of n_planned where it was given (and not exceeded), else of n; is_ready: whether that share reaches `required`,
    None without a required share or an unknown one.
    follow_up: reverse Kaplan–Meier. missing: of the patients without an event whose milestone window has closed, those
    who were not followed up to that window; is_amber: whether their share exceeds `amber`, None likewise.
    """

    milestone: float
    n: int
    events: Share
    effective: Share
    n_at_risk: int
    potential: Share
    closed: Share
    required: float | None
    is_ready: bool | None
    follow_up: FollowUp
    missing: Share
    amber: float | None
    is_amber: bool | None


def estimate_maturity(
    time, event, potential_follow_up, *, milestone: float, window_before: float = 0.0, window_after: float = 0.0,
    n_planned: int | None = None, required: float | None = None, amber: float | None = None, conf_level: float = 0.95,
) -> Maturity:
    """Whether the estimate at the milestone rests on enough, and whether what is missing may distort it.

    time, event: one per patient, as for `estimate_survival`; potential_follow_up: from the origin to the data cut, NaN
    where unknown. With any unknown, what depends on it is None: a count of the others would look like a count of all.
    The milestone window runs from milestone − window_before to milestone + window_after and has closed for patients whose
    potential follow-up reaches its end. A milestone scan is due for those of them without an event by then; it is missing
    when follow-up for the endpoint ends before the window. required, amber: shares 0–1, None when not set.
    Raises what `estimate_survival` raises, and MisuseError for columns of unequal length.
    """
    time, event, potential = read_follow_up(time, event, potential_follow_up)
    curve = estimate_survival(time, event, conf_level=conf_level)
    close, n = closeness(milestone), curve.n
    unknown = int(np.isnan(potential).sum())
    why = Reason(POTENTIAL_FOLLOW_UP_UNKNOWN, n=unknown, total=n) if unknown else None
    has_closed = potential >= milestone + window_after - close
    is_due = has_closed & ~(event & (time <= milestone + window_after + close))
    is_missing = is_due & ~event & (time < milestone - window_before - close)
    found = effective_number(curve, milestone)
    n_all = n if n_planned is None else max(n, check_count(n_planned, "The planned number of patients", 1))
    closed = _share(int(has_closed.sum()), n_all, why)
    missing = _share(int(is_missing.sum()), int(is_due.sum()), why, Reason(NOBODY_DUE) if n else Reason(NO_PATIENTS))
    return Maturity(
        float(milestone), n, _share(curve.n_events, n), _share(found.n_eff, n, found.reason if found.n_eff is None else None),
        count_remaining(curve, milestone), _share(int((potential >= milestone - close).sum()), n, why),
        closed, required, None if required is None or closed.share is None else closed.share >= required,
        estimate_follow_up(time, event, conf_level=conf_level),
        missing, amber, None if amber is None or missing.share is None else missing.share > amber,
    )


def _share(count, total: int, unknown: Reason | None = None, nobody: Reason | None = None) -> Share:
    if unknown:
        return Share(None, total, None, unknown)
    if not total:
        return Share(count, total, None, nobody or Reason(NO_PATIENTS))
    return Share(count, total, count / total, None)
