"""Adverse events as coded terms: few while therapy is stopped, more after a restart or under a new treatment."""

import numpy as np

from heroes.model.terms import MilestoneKind
from heroes.simulate import world
from heroes.simulate.chance import between, happens, pick, stream
from heroes.simulate.conduct import Conduct
from heroes.simulate.course import Course
from heroes.simulate.ledger import KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient

STILL_COLLECTED = 90
"""Days after a progression until which adverse events are collected."""

_GASTRO, _GENERAL, _BLOOD = "Gastrointestinal disorders", "General disorders and administration site conditions", "Blood and lymphatic system disorders"
_INFECTION, _MUSCLE, _TESTS = "Infections and infestations", "Musculoskeletal and connective tissue disorders", "Investigations"
TERMS: tuple[tuple[str, str, float, float, float], ...] = (
    ("Fatigue", _GENERAL, 1.6, 2.4, 3.0),
    ("Arthralgia", _MUSCLE, 2.0, 1.4, 0.8),
    ("Back pain", _MUSCLE, 1.2, 0.6, 0.6),
    ("Headache", "Nervous system disorders", 1.0, 0.8, 0.8),
    ("Insomnia", "Psychiatric disorders", 1.0, 0.6, 0.4),
    ("Hot flush", "Vascular disorders", 1.2, 0.8, 0.3),
    ("Upper respiratory tract infection", _INFECTION, 1.4, 1.2, 0.8),
    ("Urinary tract infection", _INFECTION, 0.6, 0.6, 0.5),
    ("COVID-19", _INFECTION, 0.8, 0.6, 0.5),
    ("Diarrhoea", _GASTRO, 0.4, 2.6, 2.0),
    ("Nausea", _GASTRO, 0.4, 1.0, 3.4),
    ("Vomiting", _GASTRO, 0.2, 0.5, 1.8),
    ("Ejection fraction decreased", _TESTS, 0.1, 0.8, 0.5),
    ("Infusion related reaction", "Injury, poisoning and procedural complications", 0.0, 1.0, 0.4),
    ("Neutropenia", _BLOOD, 0.0, 0.4, 2.0),
    ("Anaemia", _BLOOD, 0.3, 0.4, 1.4),
    ("Aspartate aminotransferase increased", _TESTS, 0.3, 0.4, 1.0),
    ("Alopecia", "Skin and subcutaneous tissue disorders", 0.0, 0.2, 1.6),
    ("Interstitial lung disease", "Respiratory, thoracic and mediastinal disorders", 0.0, 0.02, 0.5),
    ("Pulmonary embolism", "Respiratory, thoracic and mediastinal disorders", 0.06, 0.08, 0.15),
    ("Seizure", "Nervous system disorders", 0.05, 0.05, 0.08),
)
"""Preferred term, system organ class, weight off therapy, under therapy resumed, under a new treatment."""

PER_YEAR = (2.4, 5.0, 8.0)
"""Events per patient-year off therapy, under therapy resumed, under a new treatment."""
GRADES = (0.52, 0.33, 0.125, 0.025)
SERIOUS = (0.01, 0.04, 0.42, 0.85)
RELATED = (0.08, 0.62, 0.72)
FATAL = (("Sepsis", _INFECTION), ("Cardiac failure", "Cardiac disorders"), ("Pneumonia", _INFECTION))


def enter_adverse_events(ledger: Ledger, seed: int, patient: Patient, conduct: Conduct, included_known: int) -> None:
    """Adverse events of one included patient: reported within days where serious, with the next forms where not."""
    rng, course = stream(seed, "adverse events", patient.subject_id), patient.course
    events = []
    for start, end, phase in _phases(course):
        expected = PER_YEAR[phase] * (end - start) / 365.25 * conduct.reporting
        for _ in range(int(rng.poisson(expected))):
            events.append(_event(rng, between(rng, start, end - 1), phase, course))
    fatal = _fatal(rng, patient, ledger)
    events = sorted([*events, *fatal], key=lambda event: (event["start_date"], event["term"]))
    pace = patient.site.entry * conduct.entering
    for seq, event in enumerate(events, start=1):
        end = event.pop("end_date")
        usual, closed = 3 if event["serious"] else 18 * pace, 12 * pace
        known = max(event["start_date"] + 1 + min(int(rng.gamma(1.5, usual / 1.5)), 120), event.pop("not_before", 0), included_known)
        ended = (end or 0) + 1 + min(int(rng.gamma(1.5, closed / 1.5)), 120)
        if end is not None and end < known:
            ledger.add("ae", known, subject_id=patient.subject_id, seq=seq, **event, end_date=end)
            continue
        row = ledger.add("ae", known, subject_id=patient.subject_id, seq=seq, **event, end_date=None)
        if end is not None and ended < world.FOREVER:
            ledger.amend("ae", row, ended, end_date=end)


def _phases(course: Course) -> list[tuple[int, int, int]]:
    """(from, until, phase) since the stop: 0 off therapy, 1 resumed, 2 new treatment."""
    last = course.visits[-1].planned if course.visits else course.included + 40
    limit = min(course.end, course.declared + STILL_COLLECTED if course.declared else last)
    phases, start, phase = [], course.stop, 0
    for therapy in course.therapies:
        if therapy.start >= limit:
            break
        phases.append((start, therapy.start, phase))
        start, phase = therapy.start, 2 if therapy.kind == MilestoneKind.TX_NEW else 1
    phases.append((start, limit, phase))
    return [(start, end, phase) for start, end, phase in phases if end > start]


def _event(rng: np.random.Generator, start: int, phase: int, course: Course) -> dict:
    term, soc, *_ = pick(rng, TERMS, [weights[2 + phase] for weights in TERMS])
    grade = pick(rng, (1, 2, 3, 4), GRADES)
    serious, related = happens(rng, SERIOUS[grade - 1]), happens(rng, RELATED[phase])
    lasts, is_lasting = 2 + int(rng.gamma(1.1, 22)), happens(rng, 0.12)
    end = None if is_lasting or start + lasts >= course.end else start + lasts
    return {"term": term, "soc": soc, "grade": grade, "serious": serious, "related": related, "start_date": start, "end_date": end}


def _fatal(rng: np.random.Generator, patient: Patient, ledger: Ledger) -> list[dict]:
    """The event of which a patient dies who had no progression; known with the death."""
    (term, soc), before, course = pick(rng, FATAL), between(rng, 1, 9), patient.course
    if course.death is None or course.declared:
        return []
    deaths = ledger.find("milestone", patient.subject_id, kind=MilestoneKind.DEATH.value)
    known = max(version[KNOWN_FROM] for version in deaths)
    start = max(course.death - before, course.stop)
    return [{
        "term": term, "soc": soc, "grade": 5, "serious": True, "related": False, "start_date": start, "end_date": course.death,
        "not_before": known,
    }]  # fmt: skip
