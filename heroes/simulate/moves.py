"""Patients who move to another site, and one who is screened again under another code."""

from collections.abc import Sequence

import numpy as np

from heroes.model.terms import ScreenFailReason
from heroes.simulate.chance import between
from heroes.simulate.ledger import AMENDED_AT, KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient
from heroes.simulate.planted import SMALLEST_TRIAL
from heroes.simulate.sites import Hospital, workday

MOVING = 2
SCREENED_AGAIN_WITHIN = 300
MAY_COME_BACK = (ScreenFailReason.TISSUE_INADEQUATE, ScreenFailReason.ASSAY_FAILED, ScreenFailReason.BASELINE_NOT_EVALUABLE)


def move_patients(ledger: Ledger, patients: Sequence[Patient], hospitals: Sequence[Hospital], rng: np.random.Generator, newest: int) -> None:
    """Two patients go on at a site that was open before they consented; queries from then on go there."""
    included = [patient for patient in patients if patient.course]
    if len(included) < SMALLEST_TRIAL:
        return
    moved = 0
    for index in rng.permutation(len(included)):
        patient, after, entered = included[index], between(rng, 130, 260), between(rng, 4, 25)
        course, consented = patient.course, patient.screening.consent1
        day = workday(course.included + after)
        elsewhere = [
            hospital for hospital in hospitals
            if hospital.site_id != patient.site.site_id and hospital.activated_on < consented and hospital.closed_on is None
        ]
        if not elsewhere or day + 30 > min(course.end, newest - 60) or course.declared and course.declared < day + 30:
            continue
        site_id = elsewhere[between(rng, 0, len(elsewhere) - 1)].site_id
        subject = [version for version in ledger.find("subject", patient.subject_id) if version[AMENDED_AT] is None][0]
        known = ledger.amend("subject", subject, day + entered, site_id=site_id)[KNOWN_FROM]
        for start, place in ((consented, patient.site.site_id), (day, site_id)):
            ledger.add("subject_site", known, subject_id=patient.subject_id, from_date=start, site_id=place)
        for query in ledger.find("query_item", patient.subject_id):
            if query["opened_date"] >= known:
                query["site_id"] = site_id
        moved += 1
        if moved == MOVING:
            return


def link_screenings(ledger: Ledger, patients: Sequence[Patient]) -> None:
    """The first included patient whose code may stand for somebody whose earlier screening failed at the same site.

    Both codes describe one person then: the earlier gets the characteristics of the later, as they were in screening.
    """
    if sum(patient.course is not None for patient in patients) < SMALLEST_TRIAL:
        return
    for later in patients:
        if later.course is None:
            continue
        for earlier in patients:
            waited = later.screening.consent1 - earlier.screening.decided
            came_back = earlier.site is later.site and earlier.screening.reason in MAY_COME_BACK and 14 <= waited <= SCREENED_AGAIN_WITHIN
            if came_back:
                earlier.traits = dict(later.traits)
                known = later.screening.consent1 + 21
                ledger.add("subject_link", known, subject_id=later.subject_id, earlier_subject_id=earlier.subject_id)
                return
