"""ADTTE as this trial's data manager delivers it: PFS worked out from the records of a week before the cut.

A week, so that a cut holds scans that its times to event do not know yet; and a handful of patients are worked out
wrongly, each with a line in the truth file.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from heroes.model.terms import CNSR, CensorReason, MilestoneKind, Response, TreatmentReason
from heroes.simulate.ledger import KNOWN_FROM, Ledger, house_columns
from heroes.simulate.patients import Patient
from heroes.simulate.planted import SMALLEST_TRIAL, Planted

FROZEN_BEFORE = 7
"""Days between the data manager's freeze and the cut."""
EXITS = {MilestoneKind.LTFU.value: CensorReason.LOST, MilestoneKind.WITHDRAWN.value: CensorReason.WITHDRAWAL}
REPORTED_AFTER = timedelta(days=5)
WRONG = {
    "delivered_event_missed": "progression delivered as censored",
    "delivered_event_on_report_date": "progression delivered under the date of its report",
    "delivered_restart_as_event": "resumption for ctDNA delivered as an event",
    "delivered_origin_is_stop": "time counted from the treatment stop",
    "delivered_aval_differs": "AVAL is not ADT minus STARTDT",
}


def plant_wrong_times(
    ledger: Ledger, patients: Iterable[Patient], spoilt: set[str], rng: np.random.Generator, newest: int
) -> list[Planted]:
    """Chooses who is delivered wrongly, among patients without another planted error."""
    included = [patient for patient in patients if patient.course]
    if len(included) < SMALLEST_TRIAL:
        return []
    planted, spoilt = [], set(spoilt)
    order = [included[index] for index in rng.permutation(len(included))]
    for rule, what in WRONG.items():
        for patient in order:
            known = None if patient.subject_id in spoilt else _visible_from(ledger, patient, rule)
            if known and known + FROZEN_BEFORE <= newest - 14:
                planted.append(Planted(rule, patient.subject_id, "tte", known + FROZEN_BEFORE, None, what))
                spoilt.add(patient.subject_id)
                break
    return planted


def _visible_from(ledger: Ledger, patient: Patient, rule: str) -> int | None:
    """Day from which the records let this error be made; None if this patient offers no occasion for it."""
    course = patient.course
    included = next(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.INCLUDED.value))[KNOWN_FROM]
    if rule in ("delivered_event_missed", "delivered_event_on_report_date"):
        scans = list(ledger.find("response", patient.subject_id, overall=Response.PD.value))
        return scans[0][KNOWN_FROM] if course.declared and len(scans) == 1 and not course.death else None
    if course.declared or course.death:
        return None
    if rule == "delivered_restart_as_event":
        if not course.therapies or course.therapies[0].reason != TreatmentReason.RESUME_CTDNA:
            return None
        return next(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.TX_RESUME.value))[KNOWN_FROM]
    if rule == "delivered_origin_is_stop":
        if course.stop < course.included + 3:
            return None
        stopped = next(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.TX_STOP.value))[KNOWN_FROM]
        scans = ledger.find("response", patient.subject_id, evaluable=True)
        seen = min((scan[KNOWN_FROM] for scan in scans if scan["date"] > course.stop), default=None)
        return max(stopped, seen) if seen else None
    return included


def deliver_times(records: dict[str, pd.DataFrame], wrong: dict[str, str]) -> pd.DataFrame:
    """The table `tte` worked out from the records of the freeze. wrong: subject_id → rule, where planted.

    Treatment policy: event at the first progression or death, else censored at the last evaluable scan, else at inclusion.
    """
    steps: dict[str, dict[str, date]] = {}
    for subject_id, kind, day in records["milestone"][["subject_id", "kind", "date"]].itertuples(index=False):
        steps.setdefault(subject_id, {})[kind] = day
    progressed, scanned = read_readings(records.get("response"), steps)
    rows = []
    for subject_id, own in steps.items():
        if MilestoneKind.INCLUDED.value in own:
            rows.append(_time_of(subject_id, own, progressed.get(subject_id), scanned.get(subject_id, []), wrong.get(subject_id)))
    return pd.DataFrame(rows, columns=house_columns("tte"), dtype=object)


def read_readings(responses: pd.DataFrame | None, steps: dict[str, dict[str, date]]) -> tuple[dict[str, date], dict[str, list[date]]]:
    """First progression, and the days of evaluable scans since inclusion, of each patient."""
    progressed: dict[str, date] = {}
    scanned: dict[str, list[date]] = {}
    if responses is None:
        return progressed, scanned
    columns = ["subject_id", "date", "overall", "evaluable", "equivocal", "pd_confirmed"]
    for subject_id, day, overall, evaluable, equivocal, confirmed in responses[columns].itertuples(index=False):
        included = steps[subject_id].get(MilestoneKind.INCLUDED.value)
        if not evaluable or included is None or day < included:
            continue
        if overall == Response.PD.value and (not equivocal or confirmed):
            progressed[subject_id] = min(day, progressed.get(subject_id, day))
        scanned.setdefault(subject_id, []).append(day)
    return progressed, scanned


def _time_of(subject_id: str, steps: dict[str, date], progressed: date | None, scanned: list[date], wrong: str | None) -> dict:
    start, death = steps[MilestoneKind.INCLUDED.value], steps.get(MilestoneKind.DEATH.value)
    if progressed and wrong == "delivered_event_missed":
        scanned = [day for day in scanned if day < progressed]
        progressed = None
    if progressed and (death is None or progressed <= death):
        reason, end, source = CensorReason.PROGRESSION, progressed, "RS"
    elif death:
        reason, end, source = CensorReason.DEATH, death, "DS"
    elif scanned:
        reason = next((EXITS[kind] for kind in steps if kind in EXITS), CensorReason.ONGOING)
        end, source = max(scanned), "RS"
    else:
        reason, end, source = CensorReason.NO_POST_BASELINE, start, "DS"
    if wrong == "delivered_event_on_report_date" and reason == CensorReason.PROGRESSION:
        end += REPORTED_AFTER
    if wrong == "delivered_restart_as_event" and MilestoneKind.TX_RESUME.value in steps:
        reason, end, source = CensorReason.RESTART, steps[MilestoneKind.TX_RESUME.value], "EX"
    if wrong == "delivered_origin_is_stop":
        start = min(steps.get(MilestoneKind.TX_STOP.value, start), end)
    days = (end - start).days + (30 if wrong == "delivered_aval_differs" else 0)
    cnsr = CNSR[reason]
    censored_at = "INCLUSION" if reason == CensorReason.NO_POST_BASELINE else "LAST EVALUABLE TUMOUR ASSESSMENT"
    return {
        "subject_id": subject_id, "paramcd": "PFS", "start_date": start, "end_date": end, "aval": float(days), "avalu": "DAYS",
        "aval_days": float(days), "cnsr": cnsr, "evntdesc": reason.value, "cnsdtdsc": censored_at if cnsr else None,
        "source": source,
    }
