"""Situations that the trial's clocks should find, planted one to a patient, each with a line in the truth file.

What happened, or was recorded, is taken away again: a draw, a scan, a result, the test after a restart, everything of
the last months. A simulated trial has delays of its own beside these; a clock that misses a planted one is wrong.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from heroes.model.terms import MilestoneKind, Response, TreatmentReason
from heroes.simulate import world
from heroes.simulate.course import NEVER
from heroes.simulate.deviations import RESTART_LATE, RESTART_WITHIN
from heroes.simulate.ledger import AMENDED_AT, KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient
from heroes.simulate.planted import SMALLEST_TRIAL, Planted

RESULT_WITHIN = 21
NEWS_WITHIN = 120
"""Days without any record after which a patient counts as unheard of; longer than the time between two visits and its entry."""
AT_LEAST, AT_MOST = 25, 110
"""A planted delay is this many days old at the newest cut."""

DATED = {
    "visit": "date", "specimen": "collected_date", "ctdna_result": "date", "response": "date", "ae": "start_date", "qs_item": "date",
    "qs_form": "date", "page_entry": "visit_date", "deviation": "date", "query_item": "opened_date", "milestone": "date",
}  # fmt: skip


def plant_overdue(
    ledger: Ledger, patients: Sequence[Patient], spoilt: set[str], rng: np.random.Generator, newest: int
) -> list[Planted]:
    """Plants each situation in the first suitable patient of a random order who has no other planted error."""
    included = [patient for patient in patients if patient.course]
    if len(included) < SMALLEST_TRIAL:
        return []
    planted, spoilt = [], set(spoilt)
    order = [included[index] for index in rng.permutation(len(included))]
    for rule in RULES:
        for patient in order:
            found = None if patient.subject_id in spoilt else rule(ledger, patient, newest)
            if found:
                planted += found if isinstance(found, list) else [found]
                spoilt.add(patient.subject_id)
                break
    return planted


def _is_undisturbed(patient: Patient, newest: int) -> bool:
    """Alive, in the study, off therapy and without a positive or a progression for months after the newest cut; nor was
    a progression suspected by then."""
    course = patient.course
    is_quiet = not course.therapies and course.declared is None and course.first_positive is None and course.end > newest + 120
    return is_quiet and not _is_suspected(patient, newest)


def _is_suspected(patient: Patient, newest: int) -> bool:
    return any(scan.overall == Response.PD and scan.day <= newest for scan in patient.course.scans)


def _only_restart(patient: Patient, newest: int) -> int | None:
    """Day of a restart for a true positive by a patient to whom nothing else happened by the newest cut."""
    course = patient.course
    if len(course.therapies) != 1 or course.therapies[0].reason != TreatmentReason.RESUME_CTDNA:
        return None
    is_quiet = min(course.progressed or NEVER, course.end) > newest + 30 and not _is_suspected(patient, newest)
    return course.therapies[0].start if is_quiet else None


def _slots(patient: Patient, newest: int, every: Callable[[str], bool] = lambda code: True) -> Iterator:
    """Visits that took place and whose window closed between AT_LEAST and AT_MOST days before the newest cut."""
    for slot in patient.course.visits:
        if slot.day and AT_LEAST <= newest - slot.planned - world.WINDOW_PLUS <= AT_MOST and every(slot.code):
            yield slot


def _remove_draw(ledger: Ledger, subject_id: str, code: str) -> None:
    for table in ("specimen", "ctdna_result"):
        ledger.remove(table, subject_id, lambda version: version["visit_code"] == code)
    ledger.remove("page_entry", subject_id, lambda version: version["visit_code"] == code and version["page"] == "BLOOD_SAMPLE")


def draw_overdue(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """A planned ctDNA draw is missing though its window has passed."""
    slot = next((slot for slot in _slots(patient, newest) if slot.has_draw), None)
    if slot is None or not _is_undisturbed(patient, newest):
        return None
    _remove_draw(ledger, patient.subject_id, slot.code)
    overdue = slot.planned + world.WINDOW_PLUS + 1
    return Planted("draw_overdue", patient.subject_id, "specimen", overdue, None, f"{slot.code} not drawn, window passed")


def scan_overdue(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """A planned tumour assessment is missing though its window has passed."""
    scanned = {scan.code for scan in patient.course.scans}
    slot = next(_slots(patient, newest, scanned.__contains__), None)
    if slot is None or not _is_undisturbed(patient, newest):
        return None
    ledger.remove("response", patient.subject_id, lambda version: version["visit_code"] == slot.code)
    ledger.remove("page_entry", patient.subject_id, lambda version: version["visit_code"] == slot.code and version["page"] == "TUMOUR_ASSESSMENT")
    overdue = slot.planned + world.WINDOW_PLUS + 1
    return Planted("scan_overdue", patient.subject_id, "response", overdue, None, f"{slot.code} not scanned, window passed")


def twelve_month_scan_overdue(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """The same at twelve months, on which the primary endpoint rests."""
    if not any(slot.code == world.visit_code(12) for slot in _slots(patient, newest)):
        return None
    found = scan_overdue(ledger, patient, newest)
    return found and Planted("scan_overdue_12_months", found.subject_id, found.table, found.known_from, None, found.what)


def result_outstanding(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """The laboratory received blood long ago and has reported nothing."""
    if not _is_undisturbed(patient, newest):
        return None
    for specimen in ledger.find("specimen", patient.subject_id):
        since = newest - specimen["received_date"] - RESULT_WITHIN
        if specimen["visit_code"] != world.BASELINE_VISIT and AT_LEAST <= since <= AT_MOST:
            ledger.remove("ctdna_result", patient.subject_id, lambda version: version["specimen_id"] == specimen["specimen_id"])
            late = max(specimen["received_date"] + RESULT_WITHIN + 1, specimen[KNOWN_FROM])
            return Planted("result_outstanding", patient.subject_id, "ctdna_result", late, None, f"{specimen['visit_code']} without a result")
    return None


def positive_not_restarted(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """ctDNA turned positive and the restart that followed is not there."""
    course, restart = patient.course, _only_restart(patient, newest)
    if restart is None or newest - course.first_positive.final_result - RESTART_WITHIN < AT_LEAST:
        return None
    result = course.first_positive.final_result
    ledger.remove("milestone", patient.subject_id, lambda version: version["kind"] == MilestoneKind.TX_RESUME.value)
    ledger.remove("treatment", patient.subject_id, lambda version: version["seq"] == 2)
    ledger.remove("deviation", patient.subject_id, lambda version: version["category"] == RESTART_LATE)
    _remove_draw(ledger, patient.subject_id, world.RESTART_VISIT)
    known = max(version[KNOWN_FROM] for version in ledger.find("ctdna_result", patient.subject_id, resulted_date=result))
    late = max(result + RESTART_WITHIN + 1, known)
    what = f"{course.first_positive.code} positive, therapy not resumed"
    return Planted("positive_not_restarted", patient.subject_id, "treatment", late, None, what)


def restart_without_trigger(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """Therapy is resumed for ctDNA though no test since the inclusion was positive."""
    course = patient.course
    if not _is_undisturbed(patient, newest) or course.included + 200 > newest:
        return None
    day = newest - 75
    seen = max(day + 9, _stop_known(ledger, patient) + 1)
    if any(draw.collected >= day for draw in course.draws if draw.collected <= newest + 120 and draw.code == world.UNSCHEDULED):
        return None
    for table in ("specimen", "ctdna_result"):
        column = DATED[table]
        ledger.remove(table, patient.subject_id, lambda version, column=column: version[column] >= day)
    ledger.add(
        "treatment", seen, subject_id=patient.subject_id, seq=2, agent_class=patient.traits["prior_tx"], start_date=day, end_date=None,
        reason=TreatmentReason.RESUME_CTDNA.value,
    )
    ledger.add("milestone", seen, subject_id=patient.subject_id, kind=MilestoneKind.TX_RESUME.value, seq=1, date=day)
    return Planted("restart_without_trigger", patient.subject_id, "treatment", seen, None, "resumption for ctDNA, and no positive test")


def post_restart_test_missing(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """Therapy was resumed for ctDNA and the test due three months later is not there."""
    restart = _only_restart(patient, newest)
    if restart is None or newest - restart - world.RESTART_TEST_AFTER - 7 < AT_LEAST:
        return None
    _remove_draw(ledger, patient.subject_id, world.RESTART_VISIT)
    known = next(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.TX_RESUME.value))[KNOWN_FROM]
    late = max(restart + world.RESTART_TEST_AFTER + 8, known)
    return Planted("post_restart_test_missing", patient.subject_id, "specimen", late, None, "no test three months after the restart")


def no_news(ledger: Ledger, patient: Patient, newest: int) -> Planted | None:
    """Nothing has been recorded of the patient for months, nor that they are lost."""
    limit = newest - NEWS_WITHIN - 50
    if not _is_undisturbed(patient, newest) or patient.course.included > limit - 100 or _stop_known(ledger, patient) > limit:
        return None
    for table, column in DATED.items():
        ledger.remove(
            table, patient.subject_id,
            lambda version, column=column: (version[column] or version[KNOWN_FROM]) > limit or (version.get("end_date") or 0) > limit,
        )  # fmt: skip
    ledger.remove("query_item", patient.subject_id, lambda version: version[KNOWN_FROM] > limit)
    last = max(
        max(version[column] or 0, version.get("end_date") or 0)
        for table, column in DATED.items() if table != "query_item"
        for version in ledger.find(table, patient.subject_id)
    )  # fmt: skip
    return Planted("no_news", patient.subject_id, "visit", last + NEWS_WITHIN + 1, None, f"no record for {newest - last} days")


def second_consent_after_stop(ledger: Ledger, patient: Patient, newest: int) -> list[Planted] | None:
    """The second consent is dated after the treatment stop, and so after the inclusion."""
    course = patient.course
    consent, included, stop = (
        next(ledger.find("milestone", patient.subject_id, kind=kind.value))
        for kind in (MilestoneKind.CONSENT2, MilestoneKind.INCLUDED, MilestoneKind.TX_STOP)
    )
    late = course.stop + 1
    if stop[KNOWN_FROM] > newest - 60 or consent[KNOWN_FROM] <= late or course.stop <= course.included:
        return None
    consent.update(date=late)
    what = "second consent dated after the treatment stop"
    return [
        Planted("second_consent_after_stop", patient.subject_id, "milestone", stop[KNOWN_FROM], None, what),
        Planted("inclusion_before_consent2", patient.subject_id, "milestone", included[KNOWN_FROM], None, what),
    ]


def _stop_known(ledger: Ledger, patient: Patient) -> int:
    stops = ledger.find("milestone", patient.subject_id, kind=MilestoneKind.TX_STOP.value)
    return max((version[KNOWN_FROM] for version in stops if version[AMENDED_AT] is None), default=NEVER)


RULES: tuple[Callable[[Ledger, Patient, int], Planted | list[Planted] | None], ...] = (
    post_restart_test_missing,
    positive_not_restarted,
    second_consent_after_stop,
    twelve_month_scan_overdue,
    no_news,
    restart_without_trigger,
    scan_overdue,
    result_outstanding,
    draw_overdue,
)
"""The rarest candidates choose first."""
