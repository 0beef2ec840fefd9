"""Quality of life as patients answer it: QLQ-C30 and EQ-5D-5L before the stop and every three months after it.

An answer is a patient's own level, plus what therapy and disease do to it, plus the mood of the day. Off therapy the
side effects fade within months; a restart brings them back; a progression weighs on everything, pain and strength most.
Item numbers only: what the items say is under copyright.
"""

from dataclasses import dataclass

import numpy as np

from heroes.model.terms import FormStatus, Instrument, MilestoneKind, VisitStatus
from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick, stream
from heroes.simulate.conduct import Conduct
from heroes.simulate.course import Course
from heroes.simulate.ledger import KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient

MISSED_REASONS, REASON_WEIGHTS = ("ADMINISTRATIVE", "REFUSED", "TOO ILL", "TECHNICAL", "OTHER"), (0.4, 0.2, 0.1, 0.15, 0.15)
"""Coded reasons as an import of QS tells them; a questionnaire that nobody expected has none."""

FADES_IN = 75
"""Days in which side effects fall to a third once therapy is stopped."""

_WITH_DISEASE = np.array([
    1.2, 1.3, 1.2, 1.0, 0.6, 1.2, 1.2, 0.9, 1.4, 1.2, 0.9, 1.2, 0.9, 0.5, 0.3, 0.6, 0.2, 1.3, 1.4, 0.6, 0.8, 1.1, 0.5, 0.9, 0.5,
    0.8, 1.1, 0.5, 1.1, 1.1,
])  # fmt: skip
_WITH_THERAPY = np.array([
    0.6, 0.6, 0.4, 0.4, 0.1, 0.7, 0.7, 0.5, 0.4, 0.9, 0.4, 0.9, 0.6, 0.8, 0.4, 0.2, 1.3, 1.0, 0.4, 0.5, 0.3, 0.4, 0.2, 0.3, 0.4,
    0.4, 0.6, 0.2, 0.6, 0.6,
])  # fmt: skip
_EASE = np.array([
    0.4, 0.6, 1.2, 0.8, 1.9, 0.7, 0.6, 1.0, 0.6, 0.3, 0.4, 0.5, 1.1, 1.3, 1.9, 1.0, 1.1, 0.3, 0.8, 0.8, 0.7, 0.3, 0.8, 0.8, 0.7,
    1.0, 0.8, 1.2, 0.0, 0.0,
])  # fmt: skip
"""For the 30 items of the QLQ-C30: how strongly disease and therapy act on it, and how far a usual patient is from trouble."""


@dataclass(frozen=True)
class _Person:
    burden: float
    disease_felt: float
    therapy_felt: float
    no_language: bool


def enter_questionnaires(ledger: Ledger, seed: int, patient: Patient, conduct: Conduct, included_known: int) -> None:
    """Forms and answers of one included patient, each known with the visit or some days after it."""
    rng = stream(seed, "questionnaires", patient.subject_id)
    person = _Person(float(rng.normal(0, 0.6)), float(rng.lognormal(0, 0.25)), float(rng.lognormal(0, 0.4)), happens(rng, 0.012))
    course = patient.course
    before = course.included - between(rng, 0, 2)
    visits = [(world.BASELINE_VISIT, before, included_known)]
    for visit in ledger.find("visit", patient.subject_id, seq=1):
        slot = next((slot for slot in course.visits if slot.code == visit["visit_code"]), None)
        is_first = not any(code == visit["visit_code"] for code, _, _ in visits)
        if slot and is_first and slot.code in world.VISITS_WITH_QUESTIONNAIRE:
            visits.append((slot.code, None if visit["status"] == VisitStatus.MISSED.value else slot.day, visit[KNOWN_FROM]))
    for code, day, known in visits:
        missed, reason, later = happens(rng, min(world.QUESTIONNAIRE_MISSED * conduct.forgetting, 0.6)), pick(rng, MISSED_REASONS, REASON_WEIGHTS), between(rng, 0, 6)
        for instrument in (Instrument.QLQ_C30, Instrument.EQ_5D_5L):
            alone = happens(rng, 0.02)
            values = _answers(rng, instrument, person, course, day or 0)
            status, why = FormStatus.DONE, None
            if person.no_language:
                status, why = FormStatus.NOT_EXPECTED, None
            elif day is None:
                status, why = FormStatus.MISSED, "OTHER"
            elif missed or alone:
                status, why = FormStatus.MISSED, reason
            is_done = status is FormStatus.DONE
            cells = {"subject_id": patient.subject_id, "instrument": instrument.value}
            ledger.add(
                "qs_form", known + later, **cells, visit_code=code, date=day if is_done else None, status=status.value, reason=why
            )
            for number, value in enumerate(values if is_done else (), start=1):
                ledger.add("qs_item", known + later, **cells, date=day, item_no=number, value=value)


def _answers(rng: np.random.Generator, instrument: Instrument, person: _Person, course: Course, day: int) -> list[int | None]:
    """Answers on one day. Always uses the same number of random numbers for an instrument."""
    therapy, disease = _side_effects(course, day) * person.therapy_felt, _disease(course, day) * person.disease_felt
    if instrument is Instrument.QLQ_C30:
        mood, noise, skipped = float(rng.normal(0, 0.25)), rng.normal(0, 0.55, 30), rng.random(30)
        trouble = person.burden + mood + _WITH_THERAPY * therapy + _WITH_DISEASE * disease + noise - _EASE
        symptoms = 1 + (trouble[:28, None] > np.array([0.0, 0.9, 1.8])).sum(axis=1)
        wellbeing = np.clip(np.round(5.7 - 1.1 * trouble[28:]), 1, 7).astype(int)
        values = [*symptoms.tolist(), *wellbeing.tolist()]
    else:
        noise, skipped, scale = rng.normal(0, 0.5, 5), rng.random(6), float(rng.normal(0, 7))
        weight = np.array([(0.7, 1.2), (0.2, 0.8), (0.5, 1.1), (0.4, 1.3), (0.3, 0.8)])
        trouble = person.burden + weight @ np.array([therapy, disease]) + noise - np.array([0.8, 2.0, 0.9, 0.4, 0.5])
        levels = 1 + (trouble[:, None] > np.array([0.0, 0.9, 1.8, 2.8])).sum(axis=1)
        values = [*levels.tolist(), int(np.clip(round(80 - 11 * (person.burden + 0.7 * therapy + disease) + scale), 0, 100))]
    return [None if skip < world.ITEM_SKIPPED else value for value, skip in zip(values, skipped, strict=True)]


def _side_effects(course: Course, day: int) -> float:
    """1 on therapy, fading after the stop, coming back within weeks of a restart."""
    again = [therapy for therapy in course.therapies if therapy.start <= day]
    if again:
        strength = 1.25 if again[-1].kind == MilestoneKind.TX_NEW else 1.0
        return strength * float(1 - np.exp(-(day - again[-1].start + 10) / 20))
    return float(np.exp(-max(day - course.stop, 0) / FADES_IN))


def _disease(course: Course, day: int) -> float:
    """0 without progression; rising from six weeks before the scan that shows it."""
    if course.progressed is None:
        return 0.0
    return float(np.clip((day - course.progressed + 45) / 60, 0, 1.8))
