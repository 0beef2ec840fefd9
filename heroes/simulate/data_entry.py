"""Pages of the case report form and the queries about them: what is entered when, asked, answered, changed.

A page is listed from the day after its visit, entered or not. The visit's own page is entered on the day on which the
visit came to be known, so that both tell the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from heroes.model.terms import FormStatus, Instrument, MilestoneKind, QueryState
from heroes.simulate import world
from heroes.simulate.chance import between, happens, stream
from heroes.simulate.conduct import Conduct
from heroes.simulate.ledger import KNOWN_FROM, Ledger
from heroes.simulate.patients import Patient

SCREENING_VISIT, INCLUSION_VISIT = "SCREENING", "INCLUSION"
POINTS = {
    "CONSENT": 8, "ELIGIBILITY": 24, "DEMOGRAPHY": 12, "INCLUSION": 16, "VISIT": 14, "VITAL_SIGNS": 9, "BLOOD_SAMPLE": 7,
    "QUESTIONNAIRE": 36, "TUMOUR_ASSESSMENT": 18,
}
"""Pages and how many data points each holds."""

QUERIES_PER_PAGE = 0.16
LONGEST_DELAY = 150


@dataclass(frozen=True)
class _Page:
    """entered: the day on which its data came to be known, where another table tells; else the page has its own delay."""

    name: str
    visit: str
    seq: int
    day: int
    entered: int | None


def enter_pages(ledger: Ledger, seed: int, patient: Patient, conduct: Conduct, included_known: int) -> None:
    """Pages and queries of one screened patient. included_known: 0 for those never included."""
    rng = stream(seed, "pages", patient.subject_id)
    first_known = next(ledger.find("subject", patient.subject_id))[KNOWN_FROM]
    n_queries = 0
    for page in _pages(ledger, patient):
        not_before = first_known if page.visit == SCREENING_VISIT else included_known
        usual = world.TYPICAL_ENTRY["visit"] * patient.site.entry * conduct.entering
        delay = 1 + min(int(rng.gamma(1.6, usual / 1.6)), LONGEST_DELAY)
        listed = max(page.day + 1, not_before)
        entered = max(page.entered if page.entered is not None else page.day + delay, listed)
        key = {"subject_id": patient.subject_id, "page": page.name, "visit_code": page.visit, "seq": page.seq}
        if entered > listed:
            row = ledger.add("page_entry", listed, **key, visit_date=page.day, entered_date=None, n_points=None, n_changed=None)
            row = ledger.amend("page_entry", row, entered, entered_date=entered, n_points=POINTS[page.name], n_changed=0)
        else:
            row = ledger.add("page_entry", entered, **key, visit_date=page.day, entered_date=entered, n_points=POINTS[page.name], n_changed=0)
        changes = []
        for _ in range(int(rng.poisson(QUERIES_PER_PAGE * conduct.querying))):
            n_queries += 1
            changed = _enter_query(ledger, rng, patient, conduct, f"Q-{patient.subject_id}-{n_queries:03d}", entered)
            changes += [changed] if changed else []
        own_accord, later = happens(rng, min(0.06 * conduct.changing, 0.5)), between(rng, 5, 90)
        changes += [entered + later] if own_accord else []
        for number, day in enumerate(sorted(changes), start=1):
            row = ledger.amend("page_entry", row, day, n_changed=number)


def _pages(ledger: Ledger, patient: Patient) -> Iterator[_Page]:
    course, consented = patient.course, patient.screening.consent1
    subject = next(ledger.find("subject", patient.subject_id))
    yield _Page("CONSENT", SCREENING_VISIT, 1, consented, subject[KNOWN_FROM])
    yield _Page("DEMOGRAPHY", SCREENING_VISIT, 1, consented, None)
    yield _Page("ELIGIBILITY", SCREENING_VISIT, 1, consented, None)
    if course is None:
        return
    included = next(ledger.find("milestone", patient.subject_id, kind=MilestoneKind.INCLUDED.value))
    yield _Page("INCLUSION", INCLUSION_VISIT, 1, course.included, included[KNOWN_FROM])
    days = {slot.code: slot for slot in course.visits}
    for code, known in _first_known(ledger, "visit", patient.subject_id, "visit_code").items():
        slot = days.get(code)
        if slot is None or slot.day is None:
            continue
        yield _Page("VISIT", code, 1, slot.day, known)
        yield _Page("VITAL_SIGNS", code, 1, slot.day, None)
        if slot.has_draw:
            yield _Page("BLOOD_SAMPLE", code, 1, slot.day, None)
    for form in ledger.find("qs_form", patient.subject_id, instrument=Instrument.QLQ_C30.value, status=FormStatus.DONE.value):
        yield _Page("QUESTIONNAIRE", form["visit_code"], 1, form["date"], form[KNOWN_FROM])
    n_unscheduled = 0
    known_scans = _first_known(ledger, "response", patient.subject_id, "date")
    for scan in course.scans:
        n_unscheduled += scan.code is None
        known = known_scans.get(scan.day)
        yield _Page("TUMOUR_ASSESSMENT", scan.code or world.UNSCHEDULED, 1 if scan.code else n_unscheduled, scan.day, known)


def _first_known(ledger: Ledger, table: str, subject_id: str, column: str) -> dict:
    """Cell of a column → the day from which it was first known."""
    known: dict = {}
    for version in ledger.find(table, subject_id):
        known.setdefault(version[column], version[KNOWN_FROM])
    return known


def _enter_query(ledger: Ledger, rng, patient: Patient, conduct: Conduct, query_id: str, entered: int) -> int | None:
    """One query from its opening to its end. Returns the day on which its answer changed the page, if it did."""
    opened = entered + 2 + int(rng.gamma(1.2, 7))
    answered = opened + 1 + int(rng.gamma(1.3, 9 * conduct.answering / 1.3))
    closed = answered + 1 + int(rng.gamma(1.3, 4))
    cancelled, left_open, never, changes = happens(rng, 0.03), happens(rng, 0.05), happens(rng, 0.02), happens(rng, 0.6)
    query = ledger.add(
        "query_item", opened, query_id=query_id, site_id=patient.site.site_id, subject_id=patient.subject_id, opened_date=opened,
        answered_date=None, closed_date=None, state=QueryState.OPEN.value,
    )
    if cancelled:
        ledger.amend("query_item", query, answered, closed_date=max(answered, opened + 1), state=QueryState.CANCELLED.value)
        return None
    if never:
        return None
    query = ledger.amend("query_item", query, answered, answered_date=answered, state=QueryState.ANSWERED.value)
    if not left_open:
        ledger.amend("query_item", query, closed, closed_date=closed, state=QueryState.CLOSED.value)
    return answered if changes else None


def enter_site_queries(ledger: Ledger, seed: int, site_ids: list[str], opened: int) -> None:
    """Queries about no patient, one at each of a few sites: open to the end, without a day."""
    for site_id in site_ids:
        if happens(stream(seed, "site queries", site_id), 0.1):
            ledger.add(
                "query_item", opened, query_id=f"QS-{site_id}-001", site_id=site_id, subject_id=None, opened_date=None,
                answered_date=None, closed_date=None, state=QueryState.OPEN.value,
            )
