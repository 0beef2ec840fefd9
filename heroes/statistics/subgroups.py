"""Time to event in groups of patients known at inclusion: one curve for each, side by side. Exploratory: never a test.

A group of fewer patients than the protocol's smallest stratum (10) has its size shown and nothing else: a curve of so few
is a list of persons, and its steps are read as more than they are.

This is not a disclosure control. Sizes are always shown, so whoever also has the outcome of all patients may subtract:
where one group alone is withheld, all events less those of the groups shown are its events, and the same at every step
of the curve. That reveals nothing to those this is for, who hold the record of every patient (the DSMB in its closed
session, the study statistician), and for them no count is suppressed; so no second group is withheld to cover the first.
What is made for a wider circle must do that, or leave the small groups and the whole out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from heroes.errors import MisuseError
from heroes.model.terms import Receptor, Response
from heroes.protocol import Protocol
from heroes.statistics.endpoint import estimate_endpoint
from heroes.statistics.reasons import TOO_FEW_FOR_A_CURVE, Reason
from heroes.statistics.survival import FixedTimeEstimate, SurvivalCurve

_CLINICAL_ORDER: dict[str, tuple[str, ...] | None] = {
    "line": ("FIRST", "SECOND_OR_LATER"),
    "hormone_receptor": tuple(Receptor),
    "response_at_entry": tuple(Response),
    "site_group": None,
}
STRATA = tuple(_CLINICAL_ORDER)
"""By what patients may be grouped: columns of `subject_strata`."""


@dataclass(frozen=True)
class Subgroup:
    """The patients who share one value. code: the value, None where it was not recorded.

    curve, at, reliable_until: as of `EndpointEstimate`; with n_events all None where the group is too small, and
    reason says so. An `at` without estimate has its own reason.
    """

    code: str | None
    n: int
    n_events: int | None
    curve: SurvivalCurve | None
    at: FixedTimeEstimate | None
    reliable_until: float | None
    reason: Reason | None


def estimate_subgroups(
    times: pd.DataFrame, strata: pd.DataFrame, *, by: str, protocol: Protocol, at: float | None = None
) -> tuple[Subgroup, ...]:
    """Curve and milestone of each group by the protocol's conventions, in clinical order.

    times: subject_id, time_days, event (true or false), one row per patient. strata: the answer to `subject_strata`, or
    any frame with subject_id and the column `by` (one of STRATA); who is only in one of both frames: a patient without
    stratum belongs to those whose value was not recorded, a stratum without time is left out. at: another day than the
    protocol's milestone.
    Order: first line first; positive, negative; CR, PR, then as in the closed list; regions by number of patients, equals
    by name; codes of no list after those of the list; not recorded last. Groups without patients are not there.
    Raises MisuseError for another `by` or a patient who stands in a frame twice, OutsideStudyError for impossible times.
    """
    if by not in _CLINICAL_ORDER:
        raise MisuseError(f'Patients cannot be grouped by "{by}"; they can by {", ".join(STRATA)}.')
    for frame, name in ((times, "times"), (strata, "strata")):
        if frame["subject_id"].duplicated().any():
            raise MisuseError(f"The {name} hold a patient more than once; each needs one row.")
    code = times["subject_id"].map(strata.set_index("subject_id")[by])
    groups = [(value, times[code == value]) for value in code.dropna().unique()]
    groups.sort(key=_rank(by))
    if code.isna().any():
        groups.append((None, times[code.isna()]))
    return tuple(_subgroup(value, rows, protocol, at) for value, rows in groups)


def _rank(by: str) -> Callable[[tuple[str, pd.DataFrame]], tuple]:
    """By what groups are sorted: their place in the clinical order, or their size; then the code."""
    order = _CLINICAL_ORDER[by]
    if order is None:
        return lambda group: (-len(group[1]), str(group[0]))
    return lambda group: (order.index(group[0]) if group[0] in order else len(order), str(group[0]))


def _subgroup(code: str | None, rows: pd.DataFrame, protocol: Protocol, at: float | None) -> Subgroup:
    code, n, least = None if code is None else str(code), len(rows), protocol.privacy.smallest_stratum
    if n < least:
        return Subgroup(code, n, None, None, None, None, Reason(TOO_FEW_FOR_A_CURVE, least=least))
    found = estimate_endpoint(rows["time_days"].to_numpy(float), rows["event"].to_numpy(), protocol, at)
    return Subgroup(code, n, found.curve.n_events, found.curve, found.at, found.reliable_until, None)
