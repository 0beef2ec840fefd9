"""What was recorded of the true histories, and when: forms entered late, results on their way, entries amended later.

A step is never known before the step it rests on (no inclusion before its baseline result, no restart before its
trigger), so that a cut's edge is incomplete but never out of order; what is out of order is planted (`planted`).
"""

from heroes.model.terms import MilestoneKind, ScreenStatus, TreatmentReason, VisitStatus
from heroes.protocol import DAYS_PER_MONTH
from heroes.simulate import world
from heroes.simulate.amendments import Amendment
from heroes.simulate.chance import between, happens, pick, stream
from heroes.simulate.conduct import Conduct
from heroes.simulate.data_entry import enter_pages
from heroes.simulate.deviations import enter_criterion_not_met, enter_deviations
from heroes.simulate.laboratory import enter_baseline_draws, enter_draws
from heroes.simulate.ledger import Ledger
from heroes.simulate.patients import Patient
from heroes.simulate.questionnaires import enter_questionnaires
from heroes.simulate.responses import enter_scans
from heroes.simulate.safety import enter_adverse_events
from heroes.simulate.sites import Hospital, plan_months


class Entry:
    """How late one patient's forms reach the database: usual days for the kind of form, times the site's slowness."""

    def __init__(self, seed: int, patient: Patient):
        self.rng = stream(seed, "entry", patient.subject_id)
        self.pace = patient.site.entry

    def of(self, kind: str, day: int, not_before: int = 0) -> int:
        """Day on which a form about `day` is in the database: at least the day after."""
        usual = world.TYPICAL_ENTRY[kind]
        longest = world.LONGEST_SCREENING_ENTRY if kind == "screening" else world.LONGEST_ENTRY
        delay = 1 + int(self.rng.gamma(1.6, usual / 1.6) * self.pace)
        return max(day + min(delay, longest), not_before)


def enter_trial(ledger: Ledger, hospitals: list[Hospital]) -> None:
    """Sites, what they promised, and the schedule: all known before the first patient."""
    known = world.START.toordinal()
    for hospital in hospitals:
        cells = {"site_id": hospital.site_id, "label": hospital.label, "region": hospital.region, "target_n": hospital.target_n}
        site = ledger.add("site", known, **cells, activated_on=None, closed_on=None)
        site = ledger.amend("site", site, hospital.activated_on, activated_on=hospital.activated_on)
        if hospital.closed_on:
            ledger.amend("site", site, hospital.closed_on, closed_on=hospital.closed_on)
        ledger.add("site_location", known, site_id=hospital.site_id, latitude=hospital.latitude, longitude=hospital.longitude)
        for month, planned in plan_months(hospital):
            ledger.add("site_plan", known, site_id=hospital.site_id, month=month.toordinal(), planned_inclusions=planned)
    for months in world.MONTHS_WITH_VISIT:
        ledger.add(
            "visit_plan", known, visit_code=world.visit_code(months), planned_day=world.planned_day(months),
            window_minus=world.WINDOW_MINUS, window_plus=world.WINDOW_PLUS, needs_ctdna=True,
            needs_imaging=months % 3 == 0, needs_qol=world.visit_code(months) in world.VISITS_WITH_QUESTIONNAIRE,
        )


def enter_patient(ledger: Ledger, seed: int, patient: Patient, conduct: Conduct) -> list[Amendment]:
    """Everything ever recorded of one patient; returns the corrections among it that were corrections of errors."""
    entry, amendments = Entry(seed, patient), []
    known = _enter_screening(ledger, entry, patient)
    if patient.course:
        change = stream(seed, "corrections", patient.subject_id)
        _enter_visits(ledger, entry, patient, known, change, amendments)
        results = enter_draws(ledger, stream(seed, "transfers", patient.subject_id), patient, known, amendments)
        scans = enter_scans(ledger, entry, patient, known, change, amendments)
        _enter_therapies(ledger, entry, patient, known, results, scans)
        _enter_end(ledger, entry, patient, known, change, amendments)
        _enter_last_alive(ledger, entry, patient)
        enter_questionnaires(ledger, seed, patient, conduct, known)
        enter_adverse_events(ledger, seed, patient, conduct, known)
        enter_deviations(ledger, seed, patient, conduct, known)
    else:
        enter_criterion_not_met(ledger, patient)
    enter_pages(ledger, seed, patient, conduct, known if patient.course else 0)
    return amendments


def _milestone(ledger: Ledger, patient: Patient, kind: MilestoneKind, seq: int, day: int, known: int) -> dict:
    return ledger.add("milestone", known, subject_id=patient.subject_id, kind=kind.value, seq=seq, date=day)


def _enter_screening(ledger: Ledger, entry: Entry, patient: Patient) -> int:
    """Subject, steps, baseline draws and outcome. Returns the day from which the last step is known."""
    screening, known = patient.screening, 0
    draws = enter_baseline_draws(ledger, entry.rng, patient)
    for kind, seq, day in screening.steps:
        known = entry.of("screening", day, known)
        if kind == MilestoneKind.CONSENT1:
            subject = ledger.add(
                "subject", known, subject_id=patient.subject_id, site_id=patient.site.site_id, **_first_traits(entry, patient)
            )
            if subject["ecog"] != patient.traits["ecog"]:
                ledger.amend("subject", subject, known + between(entry.rng, 30, 120), ecog=patient.traits["ecog"])
            pending = ledger.add(
                "screen_outcome", known, subject_id=patient.subject_id, status=ScreenStatus.PENDING.value, reason=None
            )
        if kind == MilestoneKind.BASELINE_RESULT:
            known = max(known, draws[seq - 1])
        _milestone(ledger, patient, kind, seq, day, known)
    if screening.included:
        ledger.amend("screen_outcome", pending, known, status=ScreenStatus.INCLUDED.value)
    else:
        decided = entry.of("screening", screening.decided, known)
        ledger.amend("screen_outcome", pending, decided, status=ScreenStatus.FAILED.value, reason=screening.reason.value)
    return max(known, pending["amended_at"])


def _first_traits(entry: Entry, patient: Patient) -> dict:
    """Characteristics as first entered: the performance status is wrong in a few."""
    wrong = happens(entry.rng, 0.02)
    return {**patient.traits, "ecog": 1 - patient.traits["ecog"]} if wrong else patient.traits


def _enter_visits(ledger, entry: Entry, patient: Patient, known: int, change, amendments: list[Amendment]) -> None:
    for slot in patient.course.visits:
        cells = {"subject_id": patient.subject_id, "visit_code": slot.code, "seq": 1}
        missed_known = slot.planned + world.WINDOW_PLUS + between(entry.rng, 12, 45)
        mistaken = happens(change, 0.012)
        if slot.day is None:
            if missed_known < patient.course.end:
                ledger.add("visit", max(missed_known, known), **cells, date=None, status=VisitStatus.MISSED.value)
            continue
        entered = entry.of("visit", slot.day, known)
        if mistaken and slot.day - 3 > patient.course.stop:
            visit = ledger.add("visit", entered, **cells, date=slot.day - 3, status=VisitStatus.DONE.value)
            visit = ledger.amend("visit", visit, entered + between(change, 14, 60), date=slot.day)
            amendments.append(Amendment("visit_date_corrected", patient.subject_id, "visit", visit["known_from"], slot.code))
        else:
            ledger.add("visit", entered, **cells, date=slot.day, status=VisitStatus.DONE.value)


def _enter_therapies(ledger, entry: Entry, patient: Patient, known: int, results: dict[int, int], scans: int) -> None:
    """The therapy that is stopped, and what is resumed or begun. results: day of a final result → known from;
    scans: from when the progression is known."""
    course, agent = patient.course, patient.traits["prior_tx"]
    began = course.included - int(patient.traits["months_on_anti_her2"] * DAYS_PER_MONTH)
    cells = {"subject_id": patient.subject_id, "seq": 1, "agent_class": agent, "reason": TreatmentReason.MAINTENANCE.value}
    maintenance = ledger.add("treatment", known, **cells, start_date=began, end_date=None)
    stopped = max(entry.of("treatment", course.stop), known + 1)
    ledger.amend("treatment", maintenance, stopped, end_date=course.stop)
    _milestone(ledger, patient, MilestoneKind.TX_STOP, 1, course.stop, stopped)
    seen, previous = stopped, None
    for seq, therapy in enumerate(course.therapies, start=2):
        needs = results.get(therapy.trigger, 0) if therapy.reason == TreatmentReason.RESUME_CTDNA else 0
        needs = scans if therapy.reason in (TreatmentReason.RESUME_PD, TreatmentReason.NEW_PD) else needs
        seen = entry.of("treatment", therapy.start, max(seen, needs))
        if previous:
            ledger.amend("treatment", previous, seen, end_date=therapy.start - 1)
            seen = previous["amended_at"]
        is_new = therapy.kind == MilestoneKind.TX_NEW
        options = [option for option in ("T-DXD", "TUCATINIB+CAPECITABINE+TRASTUZUMAB", "T-DM1") if option != agent]
        previous = ledger.add(
            "treatment", seen, subject_id=patient.subject_id, seq=seq,
            agent_class=pick(entry.rng, options) if is_new else agent,
            start_date=therapy.start, end_date=None, reason=therapy.reason.value,
        )
        _milestone(ledger, patient, therapy.kind, 1, therapy.start, seen)


def _enter_end(ledger, entry: Entry, patient: Patient, known: int, change, amendments: list[Amendment]) -> None:
    """Death, with its date corrected later in some; lost, withdrawn, completed."""
    course = patient.course
    mistaken, shift, later = happens(change, 0.5), between(change, 2, 6), between(change, 20, 70)
    if course.death:
        entered = entry.of("death", course.death, known)
        if mistaken:
            death = _milestone(ledger, patient, MilestoneKind.DEATH, 1, course.death + shift, max(entered, course.death + shift + 1))
            death = ledger.amend("milestone", death, death["known_from"] + later, date=course.death)
            amendments.append(
                Amendment("death_date_corrected", patient.subject_id, "milestone", death["known_from"], "DEATH")
            )
        else:
            _milestone(ledger, patient, MilestoneKind.DEATH, 1, course.death, entered)
    elif course.exit:
        kind, day = course.exit
        delay = 90 if kind == MilestoneKind.LTFU else 0
        _milestone(ledger, patient, kind, 1, day, entry.of("exit", day, known) + delay)


def _enter_last_alive(ledger: Ledger, entry: Entry, patient: Patient) -> None:
    """The latest contact that the database knows of, moving on with every visit entered."""
    contacts = [
        (visit["known_from"], visit["date"])
        for visit in ledger.find("visit", patient.subject_id, status=VisitStatus.DONE.value)
        if visit["amended_at"] is None
    ]
    contacts += [(entry.of("visit", day), day) for day in patient.course.contacts]
    last = None
    for known, day in sorted(contacts):
        if last is None:
            last = _milestone(ledger, patient, MilestoneKind.LAST_ALIVE, 1, day, known)
        elif day > last["date"]:
            last = ledger.amend("milestone", last, known, date=day)
