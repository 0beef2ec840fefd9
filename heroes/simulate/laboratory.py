"""What the laboratory transfers: a specimen when it arrives, its result some days later, an amended result as a row of its own."""

import numpy as np

from heroes.model.terms import CtdnaCall, FailureReason, Qualifier
from heroes.simulate import world
from heroes.simulate.amendments import Amendment
from heroes.simulate.chance import between, happens
from heroes.simulate.draws import Draw
from heroes.simulate.ledger import Ledger
from heroes.simulate.patients import Patient

VARIANTS_TRACKED = 16
DESIGN = "1"


def enter_baseline_draws(ledger: Ledger, rng: np.random.Generator, patient: Patient) -> list[int]:
    """Draws before inclusion. Returns, for each, the day from which its result is known."""
    known = []
    for number, draw in enumerate(patient.screening.draws, start=1):
        baseline = Draw(world.BASELINE_VISIT, draw.collected, draw.received, draw.resulted, draw.call, failure=draw.failure)
        if draw.call == CtdnaCall.POSITIVE:
            baseline.quantity = max(round(10 ** float(rng.normal(0.4, 0.7)), 2), 0.05)
            baseline.variants = between(rng, 2, 16)
            baseline.vaf = round(baseline.quantity * 3.3 / 1000 / 9 * 100, 5)
        else:
            baseline.variants = 0
        not_before = patient.screening.consent1 + world.LONGEST_SCREENING_ENTRY + 1
        known.append(_enter(ledger, rng, patient.subject_id, number, baseline, not_before)[0])
    return known


def enter_draws(
    ledger: Ledger, rng: np.random.Generator, patient: Patient, included_known: int, amendments: list[Amendment]
) -> dict[int, int]:
    """Draws since inclusion, known no earlier than the inclusion. Returns day of the final result → day it is known."""
    finals = {}
    before = len(patient.screening.draws)
    for number, draw in enumerate(patient.course.draws, start=before + 1):
        known, amended = _enter(ledger, rng, patient.subject_id, number, draw, included_known)
        finals[draw.final_result] = amended or known
        if amended:
            kind = "call_amended"
            what = f"{draw.code} {draw.first_call.value} to {draw.call.value}"
            amendments.append(Amendment(kind, patient.subject_id, "ctdna_result", amended, what))
    return finals


def _enter(ledger, rng, subject_id: str, number: int, draw: Draw, not_before: int) -> tuple[int, int | None]:
    """One specimen and its results. Returns the days from which its first and its amended result are known."""
    specimen_id = f"SP-{subject_id}-{number:02d}"
    arrived = max(draw.received + between(rng, 0, 2), not_before)
    reported = max(draw.resulted + between(rng, 0, 4), arrived + 1)
    again = between(rng, 1, 4)
    ledger.add(
        "specimen", arrived, specimen_id=specimen_id, subject_id=subject_id, visit_code=draw.code,
        collected_date=draw.collected, received_date=draw.received,
    )
    common = {
        "specimen_id": specimen_id, "subject_id": subject_id, "visit_code": draw.code, "date": draw.collected,
        "marker": world.MARKER, "variants_tracked": VARIANTS_TRACKED, "design_version": DESIGN,
    }
    about = happens(rng, 0.04)
    final = {
        "call": draw.call.value,
        "quantity": draw.quantity,
        "unit": world.UNIT if draw.quantity is not None else None,
        "qualifier": (Qualifier.ABOUT if about else Qualifier.EQUAL).value if draw.quantity is not None else None,
        "variants_detected": draw.variants if draw.call != CtdnaCall.NOT_EVALUABLE else None,
        "mean_vaf_pct": draw.vaf,
        "failure_reason": draw.failure.value if draw.failure and draw.call == CtdnaCall.NOT_EVALUABLE else None,
    }
    if draw.amended is None:
        ledger.add(
            "ctdna_result", reported, result_id=f"{specimen_id}-1", **common, **final, resulted_date=draw.resulted,
            amended=False, superseded_by=None,
        )
        return reported, None
    was_failure = draw.first_call == CtdnaCall.NOT_EVALUABLE
    first = ledger.add(
        "ctdna_result", reported, result_id=f"{specimen_id}-1", **common, call=draw.first_call.value,
        variants_detected=None if was_failure else 1,
        failure_reason=(draw.failure or FailureReason.OTHER).value if was_failure else None,
        resulted_date=draw.resulted, amended=False, superseded_by=None,
    )
    amended = max(draw.amended + again, reported + 1)
    ledger.amend("ctdna_result", first, amended, superseded_by=f"{specimen_id}-2")
    ledger.add(
        "ctdna_result", amended, result_id=f"{specimen_id}-2", **common, **final, resulted_date=draw.amended,
        amended=True, superseded_by=None,
    )
    return reported, amended
