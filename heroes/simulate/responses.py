"""Tumour assessments as entered: the baseline scan, each reading, suspicions settled later, readings corrected."""

from heroes.model.terms import Evaluator, Response
from heroes.simulate import world
from heroes.simulate.amendments import Amendment
from heroes.simulate.chance import between
from heroes.simulate.ledger import Ledger
from heroes.simulate.patients import Patient
from heroes.simulate.scans import READINGS, Scan

REPORT_DATED, READ_AGAIN = 0.12, 0.18
"""Share of progressions first entered under the date of the report; first read as stable disease."""


def enter_scans(ledger: Ledger, entry, patient: Patient, known: int, change, amendments: list[Amendment]) -> int:
    """Readings in order, none known before an earlier one. Returns the day from which the progression is known."""
    course, last, waiting, settled = patient.course, known, None, None
    ledger.add("response", known, **_cells(patient, patient.baseline))
    for scan in course.scans:
        mistake, days, later = change.random(), between(change, 3, 6), between(change, 25, 80)
        is_found = scan.day == course.declared and not waiting and scan.equivocal is None
        entered = entry.of("scan", scan.day, last)
        cells = _cells(patient, scan)
        if is_found and mistake < REPORT_DATED:
            entered = max(entered, scan.day + days + 1)
            first = ledger.add("response", entered, **{**cells, "date": scan.day + days})
            last = ledger.amend("response", first, entered + later, **cells)["known_from"]
            amendments.append(Amendment("progression_date_corrected", patient.subject_id, "response", last, "date of scan"))
        elif is_found and mistake < REPORT_DATED + READ_AGAIN and scan.code:
            target, nontarget, new_lesion = READINGS[Response.SD]
            first_read = {"target": target, "nontarget": nontarget, "new_lesion": new_lesion, "overall": Response.SD.value}
            first = ledger.add("response", entered, **{**cells, **first_read})
            last = ledger.amend("response", first, entered + min(later, 30), **cells)["known_from"]
            amendments.append(Amendment("scan_read_again", patient.subject_id, "response", last, "SD to PD"))
        elif scan.equivocal:
            waiting = ledger.add("response", entered, **{**cells, "pd_confirmed": None})
            last = entered
            settled = scan.confirmed
        else:
            settles = waiting and scan.evaluable and settled is not None
            last = max(entered, waiting["known_from"] + 1) if settles else entered
            ledger.add("response", last, **cells)
            if settles:  # both in the same hour: no cut holds the one without the other
                ledger.amend("response", waiting, last, pd_confirmed=settled)
                waiting = None
    return last


def _cells(patient: Patient, scan: Scan) -> dict:
    return {
        "subject_id": patient.subject_id,
        "date": scan.day,
        "evaluator": Evaluator.INVESTIGATOR.value,
        "criteria": scan.criteria.value,
        "seq": 1,
        "visit_code": scan.code or world.UNSCHEDULED,
        "target": scan.target,
        "nontarget": scan.nontarget,
        "new_lesion": scan.new_lesion,
        "overall": scan.overall.value,
        "evaluable": scan.evaluable,
        "equivocal": scan.equivocal,
        "pd_confirmed": scan.confirmed,
    }
