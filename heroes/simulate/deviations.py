"""Protocol deviations as sites report them, and the eligibility criteria that screened patients did not meet."""

import numpy as np

from heroes.model.terms import CriterionCategory, MilestoneKind, ScreenFailReason, ScreenStatus, TreatmentReason
from heroes.simulate import world
from heroes.simulate.chance import happens, stream
from heroes.simulate.conduct import Conduct
from heroes.simulate.ledger import KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient
from heroes.simulate.planted import CTDNA_NEGATIVE

CRITERION_OF = {
    ScreenFailReason.TISSUE_INADEQUATE: "INCL04",
    ScreenFailReason.ASSAY_FAILED: "INCL05",
    ScreenFailReason.BASELINE_NOT_EVALUABLE: CTDNA_NEGATIVE,
    ScreenFailReason.CTDNA_POSITIVE_BASELINE: CTDNA_NEGATIVE,
    ScreenFailReason.CONSENT_DECLINED: "INCL02",
}
"""Criterion that a screening failed on, where it failed on one."""

REPORTED = 0.8
STOP_WITHIN, RESTART_WITHIN = 14, 28
RESTART_LATE = "RESTART_LATE"


def enter_criterion_not_met(ledger: Ledger, patient: Patient) -> None:
    """The criterion on which a screening failed, known with its outcome."""
    criterion = CRITERION_OF.get(patient.screening.reason)
    if criterion:
        failed = next(ledger.find("screen_outcome", patient.subject_id, status=ScreenStatus.FAILED.value))
        ledger.add(
            "eligibility", failed[KNOWN_FROM], subject_id=patient.subject_id, criterion=criterion,
            category=CriterionCategory.INCLUSION.value, date=patient.screening.decided,
        )


def enter_deviations(ledger: Ledger, seed: int, patient: Patient, conduct: Conduct, included_known: int) -> None:
    """What departed from the protocol and was reported, some weeks after it happened."""
    rng = stream(seed, "deviations", patient.subject_id)
    found = sorted({(day, category): (important, not_before) for day, category, important, not_before in _departures(ledger, rng, patient)}.items())
    seq = 0
    for (day, category), (important, not_before) in found:
        reported, delay = happens(rng, min(REPORTED * min(conduct.reporting * 1.2, 1), 0.97)), 8 + int(rng.gamma(1.6, 14))
        if not reported:
            continue
        seq += 1
        ledger.add(
            "deviation", max(day + delay, not_before, included_known), subject_id=patient.subject_id, seq=seq, category=category,
            important=important, date=day,
        )


def _departures(ledger: Ledger, rng: np.random.Generator, patient: Patient):
    """(day, category, important, known no earlier than) of everything that departed from the plan."""
    course = patient.course
    version, drug = happens(rng, 0.02), happens(rng, 0.012)
    if version:
        yield course.included, "CONSENT_VERSION", False, 0
    if drug and course.included + 120 < course.end:
        yield course.included + 120, "PROHIBITED_MEDICATION", True, 0
    if course.stop > course.included + STOP_WITHIN:
        yield course.stop, "TREATMENT_STOP_LATE", False, 0
    for slot in course.visits:
        last = slot.planned + world.WINDOW_PLUS
        if slot.day is None and last + 12 < course.end:
            yield last, "VISIT_MISSED", False, 0
        elif slot.day and slot.day > last:
            yield slot.day, "VISIT_OUT_OF_WINDOW", False, 0
        elif slot.day and not slot.has_draw:
            yield slot.day, "CTDNA_DRAW_MISSED", True, 0
    scanned = {scan.code: scan.day for scan in course.scans}
    until = min(course.declared or world.FOREVER, course.end)
    for number in range(1, world.SCANS + 1):
        code, planned = world.visit_code(3 * number), course.included + world.SCAN_EVERY * number
        if code in scanned and abs(scanned[code] - planned) > world.WINDOW_PLUS:
            yield scanned[code], "SCAN_OUT_OF_WINDOW", False, 0
        elif code not in scanned and planned + 40 < until:
            yield planned + world.WINDOW_PLUS, "SCAN_MISSED", number == 4, 0
    first = course.first_positive
    for therapy in course.therapies:
        if first and therapy.reason == TreatmentReason.RESUME_CTDNA and therapy.start > first.final_result + RESTART_WITHIN:
            restart = next(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.TX_RESUME.value))
            yield therapy.start, RESTART_LATE, True, restart[KNOWN_FROM]
