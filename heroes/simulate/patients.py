"""The true histories: who is screened, who is included, and what happens to each."""

from dataclasses import dataclass

from heroes.model.terms import Criteria, Her2Method, Receptor, Response, Sex
from heroes.simulate.chance import happens, pick, stream
from heroes.simulate.course import Course, follow
from heroes.simulate.scans import Scan, baseline_scan
from heroes.simulate.screening import Screening, screen, turn_away
from heroes.simulate.sites import Hospital, is_reserve, list_arrivals

AGENTS = ("TRASTUZUMAB", "TRASTUZUMAB+PERTUZUMAB", "T-DM1", "T-DXD")


@dataclass
class Patient:
    """One screened patient. course and baseline are None unless included."""

    subject_id: str
    site: Hospital
    traits: dict
    screening: Screening
    course: Course | None = None
    baseline: Scan | None = None


def invite(seed: int, hospitals: list[Hospital], subjects: int) -> list[Patient]:
    """Patients in order of first consent, until `subjects` of them are included.

    Once enough are on their way screening runs at a low rate for a while, as a reserve; those of the reserve who pass
    it find the trial full.
    """
    patients, per_site = [], {hospital.site_id: 0 for hospital in hospitals}
    n_included, full_on = 0, 0
    for consent1, hospital in list_arrivals(seed, hospitals, subjects):
        number = per_site[hospital.site_id] + 1
        subject_id = f"{hospital.site_id}-{number:03d}"
        if n_included >= subjects:
            if consent1 >= full_on:
                break
            if not is_reserve(seed, hospital.site_id, consent1):
                continue
        per_site[hospital.site_id] = number
        screening = screen(seed, subject_id, consent1)
        if screening.included and n_included >= subjects:
            screening = turn_away(screening, full_on)
        patient = Patient(subject_id, hospital, draw_traits(seed, subject_id), screening)
        if screening.included:
            n_included += 1
            full_on = max(full_on, screening.included)
            _continue(seed, patient)
        patients.append(patient)
    return patients


def draw_traits(seed: int, subject_id: str) -> dict:
    """Baseline characteristics: columns of the table `subject`."""
    rng = stream(seed, "traits", subject_id)
    line = pick(rng, (1, 2, 3), (0.66, 0.26, 0.08))
    agent = pick(rng, AGENTS, (0.2, 0.8, 0, 0) if line == 1 else (0.1, 0.2, 0.35, 0.35))
    bone_only = happens(rng, 0.07)
    response = pick(rng, (Response.CR, Response.PR), (0.62, 0.38))
    return {
        "age_y": int(min(max(round(float(rng.normal(58, 11))), 29), 88)),
        "sex": pick(rng, (Sex.F, Sex.M), (0.99, 0.01)).value,
        "er_status": pick(rng, (Receptor.POSITIVE, Receptor.NEGATIVE), (0.58, 0.42)).value,
        "her2_method": pick(rng, (Her2Method.IHC_3_PLUS, Her2Method.AMPLIFIED), (0.76, 0.24)).value,
        "line_of_therapy": line,
        "line_ge2": line >= 2,
        "ecog": pick(rng, (0, 1), (0.7, 0.3)),
        "prior_tx": agent,
        "months_on_anti_her2": round(24.5 + float(rng.gamma(1.6, 17)), 1),
        "response_at_entry": (Response.CR if bone_only else response).value,
        "bone_only": bone_only,
    }


def _continue(seed: int, patient: Patient) -> None:
    criteria = Criteria.PERCIST if patient.traits["bone_only"] else Criteria.RECIST_1_1
    about = (seed, patient.subject_id, patient.screening.included, patient.traits["response_at_entry"], criteria.value)
    patient.baseline = baseline_scan(*about)
    patient.course = follow(*about)
