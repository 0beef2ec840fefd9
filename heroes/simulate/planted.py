"""Errors of real life, planted one to a patient, each with a line in the truth file.

All are of the kind that an import publishes and lists as a query. Some are corrected later; then the truth says when.
The delivered times to event have theirs in `delivered`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from heroes.model.terms import CriterionCategory, CtdnaCall, Evaluator, MilestoneKind, Response, TreatmentReason, VisitStatus
from heroes.simulate import world
from heroes.simulate.ledger import AMENDED_AT, KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient
from heroes.simulate.scans import READINGS
from heroes.simulate.sites import workday

SMALLEST_TRIAL = 40
"""Inclusions below which nothing is planted: in a handful of patients errors would be all one sees."""

CTDNA_NEGATIVE = "INCL08"
"""Criterion of a negative ctDNA test."""

SEEN_WITHIN = 370
"""Errors that are corrected lie in the year before the newest cut, so that its weekly cuts show them come and go."""


@dataclass(frozen=True)
class Planted:
    """One violation, of a patient or (subject_id None) of a site. Visible from known_from until the day before
    corrected_on (None: never corrected). Ordinals."""

    rule: str
    subject_id: str | None
    table: str
    known_from: int
    corrected_on: int | None
    what: str
    site_id: str | None = None


def plant(ledger: Ledger, patients: list[Patient], rng: np.random.Generator, newest: int) -> list[Planted]:
    """Plants each error in the first suitable patient of a random order; only where it can be seen by the newest cut."""
    included = [patient for patient in patients if patient.course]
    if len(included) < SMALLEST_TRIAL:
        return []
    planted, spoilt = [], set()
    order = [included[index] for index in rng.permutation(len(included))]
    for rule in RULES:
        for patient in order:
            if patient.subject_id in spoilt:
                continue
            found = rule(ledger, patient, newest)
            if found:
                planted += found if isinstance(found, list) else [found]
                spoilt.add(patient.subject_id)
                break
    return planted


def _milestone(ledger: Ledger, patient: Patient, kind: MilestoneKind) -> dict | None:
    """The one version of a step that was never corrected; None where there is none, or more than one."""
    versions = list(ledger.find("milestone", patient.subject_id, kind=kind.value))
    return versions[0] if len(versions) == 1 else None


def _results(ledger: Ledger, patient: Patient, call: CtdnaCall, newest: int) -> Iterator[dict]:
    """Results since inclusion that came as they are and stayed so."""
    for version in ledger.find("ctdna_result", patient.subject_id, call=call.value, amended=False, superseded_by=None):
        if version[AMENDED_AT] is None and version["visit_code"] != world.BASELINE_VISIT and version[KNOWN_FROM] <= newest - 28:
            yield version


def _spoil(ledger, rule: str, table: str, version: dict, what: str, corrected_after: int | None, **wrong) -> Planted:
    """Puts wrong cells into a version; if corrected_after is given, the right ones come back that many days later."""
    right = {name: version[name] for name in wrong}
    version.update(wrong)
    corrected = None
    if corrected_after:
        corrected = ledger.amend(table, version, version[KNOWN_FROM] + corrected_after, **right)[KNOWN_FROM]
    return Planted(rule, version["subject_id"], table, version[KNOWN_FROM], corrected, what)


def baseline_positive_included(ledger, patient, newest) -> Planted | None:
    """A patient whose baseline test is positive was included and stopped treatment."""
    result = next(ledger.find("ctdna_result", patient.subject_id, visit_code=world.BASELINE_VISIT, call=CtdnaCall.NEGATIVE.value))
    included = _milestone(ledger, patient, MilestoneKind.INCLUDED)
    if len(patient.screening.draws) > 1 or included[KNOWN_FROM] > newest - 200 or patient.course.declared:
        return None
    result.update(
        call=CtdnaCall.POSITIVE.value, quantity=0.41, unit=world.UNIT, qualifier="=", variants_detected=3, mean_vaf_pct=0.0145
    )
    known = max(result[KNOWN_FROM], included[KNOWN_FROM])
    ledger.add(
        "eligibility", known, subject_id=patient.subject_id, criterion=CTDNA_NEGATIVE, category=CriterionCategory.INCLUSION.value,
        date=patient.course.included,
    )
    return Planted(
        "baseline_positive_included", patient.subject_id, "ctdna_result", known, None,
        "last evaluable baseline test is positive, and the patient is included",
    )


def consent2_before_baseline_result(ledger, patient, newest, corrected_after: int | None = None) -> Planted | None:
    """The second consent is dated before the baseline result it rests on."""
    consent = _milestone(ledger, patient, MilestoneKind.CONSENT2)
    result = patient.screening.day_of(MilestoneKind.BASELINE_RESULT)
    if consent[KNOWN_FROM] > newest - 90 or corrected_after and consent[KNOWN_FROM] <= newest - SEEN_WITHIN:
        return None
    return _spoil(
        ledger, "consent2_before_baseline_result", "milestone", consent, "second consent dated before the baseline result",
        corrected_after, date=result - 3,
    )


def consent2_before_baseline_result_corrected(ledger, patient, newest) -> Planted | None:
    """The same at another site, corrected after six weeks."""
    return consent2_before_baseline_result(ledger, patient, newest, 45)


def inclusion_before_consent2(ledger, patient, newest) -> list[Planted] | None:
    """The inclusion is dated before the second consent, and the treatment stop perhaps as well."""
    consent = _milestone(ledger, patient, MilestoneKind.CONSENT2)
    included = _milestone(ledger, patient, MilestoneKind.INCLUDED)
    late = included["date"] + 4
    if included[KNOWN_FROM] > newest - 60 or consent[KNOWN_FROM] <= late:
        return None
    consent.update(date=late)
    planted = [Planted(
        "inclusion_before_consent2", patient.subject_id, "milestone", included[KNOWN_FROM], None,
        "inclusion dated before the second consent",
    )]
    stop = _milestone(ledger, patient, MilestoneKind.TX_STOP)
    if late > stop["date"]:
        planted.append(Planted(
            "second_consent_after_stop", patient.subject_id, "milestone", stop[KNOWN_FROM], None,
            "second consent dated after the treatment stop",
        ))
    return planted


def stop_long_before_inclusion(ledger, patient, newest) -> list[Planted] | None:
    """The treatment stop is dated more than 30 days before the inclusion, and so before the second consent."""
    stop = _milestone(ledger, patient, MilestoneKind.TX_STOP)
    if stop[KNOWN_FROM] > newest - 120 or patient.course.therapies:
        return None
    early = patient.course.included - 41
    for version in ledger.find("treatment", patient.subject_id, seq=1, end_date=patient.course.stop):
        version["end_date"] = early
    what = "treatment stop dated 41 days before the inclusion"
    planted = _spoil(ledger, "stop_long_before_inclusion", "milestone", stop, what, None, date=early)
    return [planted, replace(planted, rule="second_consent_after_stop")]


def restart_before_trigger(ledger, patient, newest) -> Planted | None:
    """Treatment resumed for a positive ctDNA is dated before the draw that was positive; corrected after two months."""
    course, therapies = patient.course, patient.course.therapies
    if len(therapies) != 1 or therapies[0].reason != TreatmentReason.RESUME_CTDNA or course.first_positive.amended:
        return None
    restart = _milestone(ledger, patient, MilestoneKind.TX_RESUME)
    early = course.first_positive.collected - 4
    if not newest - SEEN_WITHIN < restart[KNOWN_FROM] <= newest - 60 or early <= course.stop:
        return None
    therapy = next(ledger.find("treatment", patient.subject_id, seq=2))
    what = "resumption for ctDNA dated before the first positive draw"
    _spoil(ledger, "restart_before_trigger", "treatment", therapy, what, 60, start_date=early)
    return _spoil(ledger, "restart_before_trigger", "milestone", restart, what, 60, date=early)


def negative_with_quantity(ledger, patient, newest, corrected_after: int | None = None) -> Planted | None:
    """A negative call carries a quantity."""
    result = next(_results(ledger, patient, CtdnaCall.NEGATIVE, newest), None)
    if result is None or corrected_after and result[KNOWN_FROM] <= newest - SEEN_WITHIN:
        return None
    return _spoil(
        ledger, "negative_with_quantity", "ctdna_result", result, f"{result['visit_code']} negative with a quantity", corrected_after,
        quantity=0.08, unit=world.UNIT, qualifier="=",
    )


def negative_with_quantity_corrected(ledger, patient, newest) -> Planted | None:
    """The same, corrected after four weeks."""
    return negative_with_quantity(ledger, patient, newest, 28)


def positive_with_one_variant(ledger, patient, newest) -> Planted | None:
    """A positive call rests on one variant."""
    result = next(_results(ledger, patient, CtdnaCall.POSITIVE, newest), None)
    if result is None:
        return None
    return _spoil(
        ledger, "positive_with_one_variant", "ctdna_result", result, f"{result['visit_code']} positive with 1 variant", None,
        variants_detected=1,
    )


def more_variants_than_tracked(ledger, patient, newest) -> Planted | None:
    """More variants are detected than the assay follows."""
    result = next(_results(ledger, patient, CtdnaCall.POSITIVE, newest), None)
    if result is None:
        return None
    return _spoil(
        ledger, "more_variants_than_tracked", "ctdna_result", result, f"{result['visit_code']} 13 of 12 variants", None,
        variants_detected=13, variants_tracked=12,
    )


def not_evaluable_without_reason(ledger, patient, newest) -> Planted | None:
    """A result that is not evaluable does not say why."""
    result = next(_results(ledger, patient, CtdnaCall.NOT_EVALUABLE, newest), None)
    if result is None:
        return None
    return _spoil(
        ledger, "not_evaluable_without_reason", "ctdna_result", result, f"{result['visit_code']} without a reason", None,
        failure_reason=None,
    )


def result_before_draw(ledger, patient, newest) -> Planted | None:
    """A result is dated before the blood was drawn."""
    result = next(_results(ledger, patient, CtdnaCall.NEGATIVE, newest), None)
    if result is None:
        return None
    return _spoil(
        ledger, "result_before_draw", "ctdna_result", result, f"{result['visit_code']} resulted before it was drawn", None,
        resulted_date=result["date"] - 1,
    )


def visit_after_death(ledger, patient, newest) -> Planted | None:
    """A visit is dated after the death."""
    deaths = list(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.DEATH.value))
    if not deaths or deaths[-1][KNOWN_FROM] > newest - 45:
        return None
    day = workday(patient.course.death + 20)
    known = max(deaths[-1][KNOWN_FROM], day) + 9
    ledger.add(
        "visit", known, subject_id=patient.subject_id, visit_code=world.UNSCHEDULED, seq=1, date=day,
        status=VisitStatus.UNPLANNED.value,
    )
    return Planted("visit_after_death", patient.subject_id, "visit", known, None, "unplanned visit dated after the death")


def progression_without_evaluable_scan(ledger, patient, newest) -> Planted | None:
    """After a documented progression, a second one is entered on a scan marked as not evaluable."""
    course = patient.course
    if not course.declared or course.declared + 150 > newest or course.end < course.declared + 100:
        return None
    known_pd = max(version[KNOWN_FROM] for version in ledger.find("response", patient.subject_id, overall="PD"))
    day = workday(course.declared + 77)
    known = max(day + 12, known_pd + 1)
    ledger.add(
        "response", known, subject_id=patient.subject_id, date=day, evaluator=Evaluator.INVESTIGATOR.value,
        criteria=course.scans[-1].criteria.value, seq=1, visit_code=world.UNSCHEDULED, target="PD", nontarget="NON-CR/NON-PD",
        new_lesion=False, overall=Response.PD.value, evaluable=False, equivocal=None, pd_confirmed=None,
    )
    return Planted(
        "progression_without_evaluable_scan", patient.subject_id, "response", known, None,
        "progression on a scan that is not evaluable",
    )


def conflicting_responses(ledger, patient, newest) -> Planted | None:
    """One scan is read twice by the same reader with different results; the worse one is that of the first entry."""
    for version in ledger.find("response", patient.subject_id, overall=Response.PR.value):
        if version["visit_code"] == world.BASELINE_VISIT or version[AMENDED_AT] or version[KNOWN_FROM] > newest - 30:
            continue
        target, nontarget, new_lesion = READINGS[Response.CR]
        cells = {name: cell for name, cell in version.items() if name not in (KNOWN_FROM, AMENDED_AT)}
        cells.update(seq=2, target=target, nontarget=nontarget, new_lesion=new_lesion, overall=Response.CR.value)
        known = ledger.add("response", version[KNOWN_FROM] + 10, **cells)[KNOWN_FROM]
        return Planted(
            "conflicting_responses", patient.subject_id, "response", known, None, f"{version['visit_code']} read as PR and as CR"
        )
    return None


RULES: tuple[Callable[[Ledger, Patient, int], Planted | list[Planted] | None], ...] = (
    visit_after_death,
    progression_without_evaluable_scan,
    restart_before_trigger,
    positive_with_one_variant,
    more_variants_than_tracked,
    not_evaluable_without_reason,
    conflicting_responses,
    stop_long_before_inclusion,
    inclusion_before_consent2,
    baseline_positive_included,
    consent2_before_baseline_result,
    consent2_before_baseline_result_corrected,
    negative_with_quantity,
    negative_with_quantity_corrected,
    result_before_draw,
)
"""The rarest candidates choose first."""
