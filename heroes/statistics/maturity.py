"""How far the milestone estimate can be trusted yet: events, information, follow-up, and scans that should be there."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from heroes.errors import MisuseError
from heroes.statistics.binomial import check_count
from heroes.statistics.complete_cases import closeness, milestone_window, read_follow_up
from heroes.statistics.information import effective_number
from heroes.statistics.quantiles import FollowUp, estimate_follow_up
from heroes.statistics.reasons import MILESTONE_SCANS_UNKNOWN, NO_PATIENTS, NOBODY_DUE, POTENTIAL_FOLLOW_UP_UNKNOWN, Reason
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
    follow_up: reverse Kaplan–Meier. missing: of the patients whose milestone scan is due, those without a scan in its window;
    is_amber: whether their share exceeds `amber`, None likewise.
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
    time, event, potential_follow_up, *, milestone: float, scan_due=None, has_scan=None, window_before: float = 0.0,
    window_after: float = 0.0, n_planned: int | None = None, required: float | None = None, amber: float | None = None,
    conf_level: float = 0.95,
) -> Maturity:
    """Whether the estimate at the milestone rests on enough, and whether what is missing may distort it.

    time, event: one per patient, as for `estimate_survival`; potential_follow_up: from the origin to the data cut, NaN
    where unknown. With any unknown, what depends on it is None: a count of the others would look like a count of all.
    The milestone window (`milestone_window`, in days) has closed for patients whose potential follow-up reaches its end.
    scan_due, has_scan: one per patient, whether the milestone scan is due and whether a scan lies in its window (the store's
    `milestone_scans`), null where unknown; None: not known of anybody. They come from the scans, not from the times: a scan
    that was skipped stays missing, whatever is seen later. Where the endpoint's event came before the window none is due.
    required, amber: shares 0–1, None when not set.
    Raises what `estimate_survival` raises, and MisuseError for columns of unequal length.
    """
    time, event, potential = read_follow_up(time, event, potential_follow_up)
    curve = estimate_survival(time, event, conf_level=conf_level)
    close, n = closeness(milestone), curve.n
    unknown = int(np.isnan(potential).sum())
    why = Reason(POTENTIAL_FOLLOW_UP_UNKNOWN, n=unknown, total=n) if unknown else None
    opens, closes = milestone_window(milestone, window_before, window_after)
    has_closed = potential >= closes - close
    due, found_scan = _known_or_nan(scan_due, n), _known_or_nan(has_scan, n)
    no_scans = int((np.isnan(due) | np.isnan(found_scan)).sum())
    why_no_scans = why or (Reason(MILESTONE_SCANS_UNKNOWN, n=no_scans, total=n) if no_scans else None)
    is_due = has_closed & (due == 1) & ~(event & (time < opens - close))
    is_missing = is_due & (found_scan == 0)
    found = effective_number(curve, milestone)
    n_all = n if n_planned is None else max(n, check_count(n_planned, "The planned number of patients", 1))
    closed = _share(int(has_closed.sum()), n_all, why)
    missing = _share(int(is_missing.sum()), int(is_due.sum()), why_no_scans, Reason(NOBODY_DUE) if n else Reason(NO_PATIENTS))
    return Maturity(
        float(milestone), n, _share(curve.n_events, n), _share(found.n_eff, n, found.reason if found.n_eff is None else None),
        count_remaining(curve, milestone), _share(int((potential >= milestone_window(milestone)[0] - close).sum()), n, why),
        closed, required, None if required is None or closed.share is None else closed.share >= required,
        estimate_follow_up(time, event, conf_level=conf_level),
        missing, amber, None if amber is None or missing.share is None else missing.share > amber,
    )


def _known_or_nan(column, n: int) -> np.ndarray:
    """Yes and no as 1 and 0, NaN where unknown."""
    if column is None:
        return np.full(n, np.nan)
    column = pd.Series(column, dtype="boolean").to_numpy(float, na_value=np.nan)
    if len(column) != n:
        raise MisuseError("Times and milestone scans must be equally long.")
    return column


def _share(count, total: int, unknown: Reason | None = None, nobody: Reason | None = None) -> Share:
    if unknown:
        return Share(None, total, None, unknown)
    if not total:
        return Share(count, total, None, nobody or Reason(NO_PATIENTS))
    return Share(count, total, count / total, None)
