"""Where the trial stands at an interim look: the patients as every later number takes them, and what is known of each.

Page, report and command start from here, so that all of them count the same patients at the milestone.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from heroes.protocol import Protocol
from heroes.statistics.complete_cases import (
    COUNTED, CompleteCases, Outcome, closeness, count_outcomes, milestone_window, read_follow_up, sort_outcomes)
from heroes.statistics.maturity import Maturity, estimate_maturity
from heroes.statistics.survival import SurvivalCurve, estimate_survival


@dataclass(frozen=True, eq=False)
class Patients:
    """The patients of an interim look, in the order of inclusion where that is known; times in days.

    time, event: as for `estimate_survival`. potential: from the origin to the data cut, NaN where unknown. has_left: nothing
    more is expected of the patient. is_pooled: counts spread to rows, of which nothing else is known, nor their order.
    scan_due, has_scan: of the milestone scan, null where unknown; None: not known of anybody.
    """

    time: np.ndarray
    event: np.ndarray
    potential: np.ndarray
    has_left: np.ndarray
    is_pooled: bool
    scan_due: pd.Series | None = None
    has_scan: pd.Series | None = None

    @property
    def n(self) -> int:
        """Patients."""
        return len(self.time)

    @property
    def is_ordered(self) -> bool:
        """Whether the order of inclusion is known."""
        return not self.is_pooled and not bool(np.isnan(self.potential).any())

    @cached_property
    def curve(self) -> SurvivalCurve:
        """The Kaplan–Meier curve that tests, posterior and information are made on."""
        return estimate_survival(self.time, self.event)


@dataclass(frozen=True, eq=False)
class Standing:
    """The always-open part of the read-out.

    maturity: the panel. cases: who counts at the milestone. outcomes: patients by what is known of them. outcome: the same
    per patient, in their order. n_planned: None when not set. n_final: patients of the final test, the planned ones or more
    when more are included; None when not set. window: days before and after the milestone in which a scan counts as its own.
    """

    patients: Patients
    maturity: Maturity
    cases: CompleteCases
    outcome: np.ndarray
    milestone: float
    window: float
    n_planned: int | None
    n_final: int | None

    @cached_property
    def outcomes(self) -> dict[Outcome, int]:
        """Patients by what is known of them; every kind, also those nobody is in."""
        return {kind: int((self.outcome == kind).sum()) for kind in Outcome}

    @cached_property
    def n_lost_on_study(self) -> int:
        """Of the lost, those who have not left: their scans are late, or missing."""
        return int(((self.outcome == Outcome.LOST) & ~self.patients.has_left).sum())

    @cached_property
    def is_event_free_at_visit(self) -> np.ndarray:
        """Per patient, whether the last scan is clean and not before the milestone's window."""
        opens, _ = milestone_window(self.milestone, self.window)
        return ~self.patients.event & (self.patients.time >= opens - closeness(self.milestone))

    @cached_property
    def n_open_events(self) -> int:
        """Of the patients not counted at the milestone, those who have had the event by it."""
        failed = self.patients.event & (self.patients.time <= self.milestone + closeness(self.milestone))
        return int((~np.isin(self.outcome, COUNTED) & failed).sum())

    @cached_property
    def n_open_left(self) -> int:
        """Of the patients not counted at the milestone, those who left before it without an event."""
        left = self.patients.has_left & ~self.patients.event & ~self.is_event_free_at_visit
        return int((~np.isin(self.outcome, COUNTED) & left).sum())


def read_patients(
    times: pd.DataFrame, follow_up: pd.DataFrame | None = None, scans: pd.DataFrame | None = None
) -> Patients:
    """Patients from the answers of the store.

    times: time_days, event and, unless pooled, subject_id. follow_up: the answer to `potential_follow_up`, of the same
    patients; None for counts spread to rows. scans: the answer to `milestone_scans`; None where it is not known. Raises
    OutsideStudyError for impossible times.
    """
    if follow_up is None:
        time, event, potential = read_follow_up(times.time_days, times.event, [None] * len(times))
        return Patients(time, event, potential, np.zeros(len(time), dtype=bool), True)
    rows = follow_up.merge(times[["subject_id", "time_days", "event"]], on="subject_id", validate="one_to_one")
    time, event, potential = read_follow_up(rows.time_days, rows.event, rows.potential_days)
    seen = {}
    if scans is not None:
        found = rows[["subject_id"]].merge(scans, on="subject_id", how="left", validate="one_to_one")
        seen = {"scan_due": found.is_due, "has_scan": found.has_scan}
    return Patients(time, event, potential, rows.has_left.to_numpy(bool), False, **seen)


def judge_standing(patients: Patients, protocol: Protocol, n_planned: int | None) -> Standing:
    """Maturity, complete cases and outcomes by the protocol's milestone, scan window and conventions.

    n_planned: planned patients of this trial, None when not set.
    """
    endpoint = protocol.endpoint
    milestone, window = endpoint.milestone_days, float(protocol.schedule.imaging_window_days or 0)
    windows = {"milestone": milestone, "window_before": window, "window_after": window}
    rows = (patients.time, patients.event, patients.potential)
    maturity = estimate_maturity(
        *rows, **windows, scan_due=patients.scan_due, has_scan=patients.has_scan, n_planned=n_planned,
        required=endpoint.primary_when_closed, amber=endpoint.missing_milestone_scan_amber, conf_level=endpoint.conf_level,
    )
    outcome, (_, closes) = sort_outcomes(*rows, **windows), milestone_window(milestone, window, window)
    return Standing(
        patients, maturity, count_outcomes(outcome, closes), outcome, milestone, window, n_planned,
        None if n_planned is None else max(n_planned, patients.n),
    )
