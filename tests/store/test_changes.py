"""What differs between two cuts: by hand, against a recount of the dated records, and against what the simulator planted."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from heroes.access import Person, Policy, Role
from heroes.errors import ClosedDataError, DamagedDataCutError, MisuseError
from heroes.model.records import CLINICAL_TABLES
from heroes.model.terms import ChangeKind, Event
from heroes.protocol import read_protocol
from heroes.simulate import simulate_trial
from heroes.simulate.publish import publish_week
from heroes.store.changes import compare_cuts
from heroes.store.pairing import compared_columns
from heroes.store.scope import scope_of
from tests.builders import a_subject, a_trial, publish
from tests.store import recount_changes as recount

PROTOCOL = read_protocol()
PATIENT = {"included": "2025-01-10", "stopped": "2025-01-12", "last_alive": "2025-12-01"}


def scope(role=Role.STATISTICIAN, *sites):
    return scope_of(Person(role, frozenset(sites)), Policy())


@pytest.fixture
def compare(tmp_path):
    """The changes between two trials, each told as its patients and more, as a role sees them."""
    def between(old, new, *, role=Role.STATISTICIAN, own=(), cut_off="2026-02-07", old_more=None, **more):
        cuts = [
            publish(a_trial(*old, cut_off="2026-01-31", **(old_more or {})), tmp_path / "old").cut,
            publish(a_trial(*new, cut_off=cut_off, **more), tmp_path / "new").cut,
        ]
        return compare_cuts(*cuts, scope(role, *own), PROTOCOL)
    return between


def told(changes, *columns):
    frame = changes.frame
    cells = frame[list(columns)].astype(object).where(frame[list(columns)].notna(), None)
    return sorted((tuple(row) for row in cells.itertuples(index=False)), key=str)


def test_the_same_patients_a_week_later_are_no_change(compare):
    patient = a_subject(**PATIENT, calls=[("2025-03-01", "NEGATIVE")], scans=[("2025-04-01", "PR")])
    assert compare([patient], [patient]).frame.empty


def test_a_cut_compared_with_itself_is_no_change(tmp_path):
    cut = publish(a_trial(a_subject(**PATIENT)), tmp_path).cut
    assert compare_cuts(cut, cut, scope(), PROTOCOL).frame.empty


def test_a_day_0_that_moved_is_one_move_and_not_one_of_every_record(compare):
    rest = {"calls": [("2025-03-01", "NEGATIVE")], "scans": [("2025-04-01", "PR")], "visits": [("M3", "2025-04-01", "DONE")]}
    moved = compare([a_subject(**PATIENT, **rest)], [a_subject(**{**PATIENT, "included": "2025-01-08"}, **rest)])
    # Two days earlier: the old day 0 is day 2 of the new one.
    assert told(moved, "kind", "event", "old_day", "new_day", "moved_days") == [
        ("MOVED_DATE", "INCLUDED", 2, 0, -2), ("ORIGIN_MOVED", None, 2, 0, -2),
    ]


def test_an_inclusion_that_changes_what_day_0_is_moves_no_record(compare):
    consented = {"consented": "2024-12-01", "calls": [("2024-12-20", "NEGATIVE")]}
    found = compare(
        [a_subject(**consented, screening="PENDING")], [a_subject(**consented, included="2025-01-10", screening="INCLUDED")],
    )
    assert told(found, "kind", "event", "old_code", "new_code") == [
        ("AMENDED_RECORD", None, "PENDING", "INCLUDED"), ("NEW_EVENT", "INCLUDED", None, "INCLUDED"),
        ("ORIGIN_CHANGED", None, "CONSENT1", "INCLUSION"),
    ]


def test_a_new_patient_and_one_who_vanished(compare):
    old = [a_subject("01-001", **PATIENT), a_subject("01-002", **PATIENT, calls=[("2025-03-01", "POSITIVE", 0.4)])]
    new = [a_subject("01-001", **PATIENT), a_subject("01-003", **PATIENT, visits=[("M3", "2025-04-01", "DONE")])]
    assert told(compare(old, new), "subject_id", "kind", "event") == [
        ("01-002", "EVENT_WITHDRAWN", "CTDNA_POSITIVE"), ("01-002", "EVENT_WITHDRAWN", "INCLUDED"),
        ("01-002", "EVENT_WITHDRAWN", "TX_STOP"), ("01-002", "REMOVED_RESULT", None), ("01-002", "VANISHED_PATIENT", None),
        ("01-003", "NEW_EVENT", "INCLUDED"), ("01-003", "NEW_EVENT", "TX_STOP"), ("01-003", "NEW_PATIENT", None),
    ]


def test_events_come_are_withdrawn_and_move(compare):
    old = [
        a_subject("01-001", **PATIENT), a_subject("01-002", **PATIENT, died="2025-11-20"),
        a_subject("01-003", **PATIENT, died="2025-11-20"), a_subject("01-004", **PATIENT, resumed="2025-06-01"),
    ]
    new = [
        a_subject("01-001", **PATIENT, died="2025-11-20"), a_subject("01-002", **PATIENT),
        a_subject("01-003", **PATIENT, died="2025-11-22"), a_subject("01-004", **PATIENT, resumed=["2025-04-01", "2025-06-01"]),
    ]
    assert told(compare(old, new), "subject_id", "kind", "event", "old_day", "new_day", "old_month", "new_month") == [
        ("01-001", "NEW_EVENT", "DEATH", None, 314, None, pd.Timestamp("2025-11-01")),
        ("01-002", "EVENT_WITHDRAWN", "DEATH", 314, None, pd.Timestamp("2025-11-01"), None),
        ("01-003", "MOVED_DATE", "DEATH", 314, 316, pd.Timestamp("2025-11-01"), pd.Timestamp("2025-11-01")),
        # A restart entered late, before one that is known: the known one is renumbered, not changed.
        ("01-004", "NEW_EVENT", "TX_RESUME", None, 81, None, pd.Timestamp("2025-04-01")),
    ]


def test_every_dated_event_has_its_name(compare):
    steps = {"resumed": "TX_RESUME", "new_treatment": "TX_NEW", "died": "DEATH", "lost": "LTFU", "withdrawn": "WITHDRAWN",
             "completed": "COMPLETED", "discontinued": "DISCONTINUED", "stopped": "TX_STOP"}  # fmt: skip
    for step, event in steps.items():
        old, new = {"included": "2025-01-10"}, {"included": "2025-01-10", step: "2025-06-01"}
        assert told(compare([a_subject(**old)], [a_subject(**new)]), "kind", "event") == [("NEW_EVENT", event)], step


def test_a_progression_that_counts_is_an_event_beside_its_scan(compare):
    scans = [("2025-04-01", "PR"), ("2025-07-01", "PD")]
    found = compare([a_subject(**PATIENT, scans=scans[:1])], [a_subject(**PATIENT, scans=scans)])
    assert told(found, "kind", "event", "new_code", "new_day") == [
        ("NEW_EVENT", "PROGRESSION", None, 172), ("NEW_RECORD", None, "PD", 172),
    ]


def test_a_progression_that_is_only_suspected_says_so(compare):
    suspected = [("2025-04-01", "PR"), ("2025-07-01", "PD", {"equivocal": True})]
    found = compare([a_subject(**PATIENT, scans=suspected[:1])], [a_subject(**PATIENT, scans=suspected)])
    assert ("NEW_EVENT", "PROGRESSION_SUSPECTED") in told(found, "kind", "event")
    assert "PROGRESSION" not in set(found.frame["event"].dropna())


def test_a_progression_read_again_is_withdrawn(compare):
    old, new = ([a_subject(**PATIENT, scans=[("2025-07-01", overall)])] for overall in ("PD", "SD"))
    assert told(compare(old, new), "kind", "event", "what", "old_code", "new_code") == [
        ("AMENDED_RECORD", None, "overall", "PD", "SD"), ("EVENT_WITHDRAWN", "PROGRESSION", None, None, None),
    ]


def test_a_progression_scan_that_moved_is_a_moved_date(compare):
    old, new = ([a_subject(**PATIENT, scans=[(day, "PD")], visit_of={day: "M6"})] for day in ("2025-07-01", "2025-07-08"))
    assert told(compare(old, new), "kind", "event", "what", "moved_days") == [
        ("MOVED_DATE", "PROGRESSION", None, 7), ("MOVED_DATE", None, "day", 7),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind", "event"),
    [
        ("NEGATIVE", "POSITIVE", "REVERSED_RESULT", "NEW_EVENT"), ("POSITIVE", "NEGATIVE", "REVERSED_RESULT", "EVENT_WITHDRAWN"),
        ("NOT_EVALUABLE", "POSITIVE", "AMENDED_RESULT", "NEW_EVENT"), ("POSITIVE", "NOT_EVALUABLE", "AMENDED_RESULT", "EVENT_WITHDRAWN"),
        ("NOT_EVALUABLE", "NEGATIVE", "AMENDED_RESULT", None),
    ],
)  # fmt: skip
def test_a_result_amended_in_every_way_that_laboratories_do_it(compare, before, after, kind, event):
    first = ("2025-03-01", before, None, {"specimen_id": "S1"})
    ways = {
        "the same row": [("2025-03-01", after, None, {"specimen_id": "S1"})],
        "a row of its own": [
            ("2025-03-01", before, None, {"specimen_id": "S1", "superseded_by": "01-001-R2"}),
            ("2025-03-01", after, None, {"specimen_id": "S1", "amended": True}),
        ],
        "the earlier one kept under another name": [
            ("2025-03-01", after, None, {"specimen_id": "S1", "amended": True}),
            ("2025-03-01", before, None, {"specimen_id": "S1", "result_id": "01-001-R1/1", "superseded_by": "01-001-R1"}),
        ],
    }
    for way, calls in ways.items():
        found = compare([a_subject(**PATIENT, calls=[first])], [a_subject(**PATIENT, calls=calls)])
        kinds = told(found, "kind", "event", "old_code", "new_code")
        assert (kind, None, before, after) in kinds, way
        assert [row[0] for row in kinds if row[1] == "CTDNA_POSITIVE"] == ([event] if event else []), way
        assert (("SUPERSEDED_RESULT", None, before, None) in kinds) == (way != "the same row"), way
        assert "NEW_RESULT" not in {row[0] for row in kinds}, way


def test_a_result_that_came_and_was_amended_between_the_cuts_is_new_and_amended(compare):
    calls = [("2025-03-01", "NEGATIVE", None, {"specimen_id": "S1", "superseded_by": "01-001-R2"}),
             ("2025-03-01", "POSITIVE", None, {"specimen_id": "S1", "amended": True})]  # fmt: skip
    found = compare([a_subject(**PATIENT)], [a_subject(**PATIENT, calls=calls)])
    assert told(found, "kind", "event", "old_code", "new_code") == [
        ("NEW_EVENT", "CTDNA_POSITIVE", None, None), ("NEW_RESULT", None, None, "NEGATIVE"),
        ("REVERSED_RESULT", None, "NEGATIVE", "POSITIVE"),
    ]


def test_one_positive_withdrawn_and_another_come_are_two_facts_and_no_move(compare):
    draws = [("2025-03-01", "POSITIVE", 1.0, {"specimen_id": "S1"}), ("2025-03-01", "NEGATIVE", None, {"specimen_id": "S1"}),
             ("2025-06-01", "POSITIVE", 1.0, {"specimen_id": "S2"})]  # fmt: skip
    found = compare([a_subject(**PATIENT, calls=draws[:1])], [a_subject(**PATIENT, calls=draws[1:])])
    events = [row for row in told(found, "kind", "event", "old_day", "new_day") if row[1]]
    assert events == [("EVENT_WITHDRAWN", "CTDNA_POSITIVE", 50, None), ("NEW_EVENT", "CTDNA_POSITIVE", None, 142)]


def test_a_visit_put_in_between_renumbers_without_a_change(compare):
    visits = [("UNSCHEDULED", "2025-03-01", "DONE"), ("UNSCHEDULED", "2025-06-01", "DONE"), ("UNSCHEDULED", "2025-05-01", "DONE")]
    found = compare([a_subject(**PATIENT, visits=visits[:2])], [a_subject(**PATIENT, visits=[visits[0], visits[2], visits[1]])])
    assert told(found, "kind", "record", "new_day") == [("NEW_RECORD", "UNSCHEDULED", 111)]


def test_the_nearest_of_two_is_the_one_that_moved(compare):
    old = [("UNSCHEDULED", "2025-06-01", "DONE")]
    new = [("UNSCHEDULED", "2025-03-01", "DONE"), ("UNSCHEDULED", "2025-06-03", "DONE")]
    found = compare([a_subject(**PATIENT, visits=old)], [a_subject(**PATIENT, visits=new)])
    assert told(found, "kind", "old_day", "new_day") == [("MOVED_DATE", 142, 144), ("NEW_RECORD", None, 50)]


def test_a_later_contact_is_no_moved_date(compare):
    found = compare([a_subject(**PATIENT)], [a_subject(**{**PATIENT, "last_alive": "2026-01-02"})])
    assert told(found, "kind", "what", "moved_days") == [("LATER_CONTACT", "day", 32)]
    back = compare([a_subject(**PATIENT)], [a_subject(**{**PATIENT, "last_alive": "2025-11-20"})])
    assert told(back, "kind", "what", "moved_days") == [("MOVED_DATE", "day", -11)]


def test_a_questionnaire_is_one_change_and_not_thirty(compare):
    answers = ("2025-03-01", {number: 1 for number in range(1, 31)})
    found = compare([a_subject(**PATIENT)], [a_subject(**PATIENT, questionnaires=[answers])])
    assert told(found, "kind", "table_name", "record", "new_day") == [("NEW_RECORD", "qs_item", "QLQ-C30", 50)]
    moved = compare([a_subject(**PATIENT, questionnaires=[answers])], [a_subject(**PATIENT, questionnaires=[("2025-03-04", answers[1])])])
    assert told(moved, "kind", "old_day", "new_day") == [("MOVED_DATE", 50, 53)]


def test_a_cell_that_changed_says_what_it_was_and_is(compare):
    treatment = ("TDM1", "2025-01-10", None, "MAINTENANCE")
    found = compare(
        [a_subject(**PATIENT, treatments=[treatment], age_y=50)],
        [a_subject(**PATIENT, treatments=[("TDM1", "2025-01-10", "2025-02-10", "MAINTENANCE")], age_y=51)],
    )
    assert told(found, "kind", "table_name", "what", "old_code", "new_code", "old_day", "new_day") == [
        ("AMENDED_RECORD", "subject", "age_y", "50", "51", None, None),
        ("AMENDED_RECORD", "treatment", "end_day", None, None, None, 31),
    ]


def with_table(trial, table, rows):
    from dataclasses import replace

    from tests.builders import a_frame

    return replace(trial, tables={**trial.tables, table: a_frame(table, rows)})


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, "Open", "NEW_QUERY"), ("Open", "Answered", "ANSWERED_QUERY"), ("Answered", "Closed", "CLOSED_QUERY"),
        ("Open", "Cancelled", "CLOSED_QUERY"), ("Closed", "Open", "REOPENED_QUERY"), ("Open", None, "REMOVED_RECORD"),
    ],
)
def test_queries_come_are_answered_closed_and_reopened(tmp_path, before, after, kind):
    cuts = []
    for name, state, cut_off in (("old", before, "2026-01-31"), ("new", after, "2026-02-07")):
        days = {"answered_day": 20 if state in ("Answered", "Closed") else None, "closed_day": 30 if state == "Closed" else None}
        rows = [{"query_id": "Q1", "site_id": "01", "subject_id": "01-001", "opened_day": 10, "state": state, **days}] if state else []
        cuts.append(publish(with_table(a_trial(a_subject(**PATIENT), cut_off=cut_off), "query_item", rows), tmp_path / name).cut)
    changes = compare_cuts(*cuts, scope(), PROTOCOL)
    assert [row[:2] for row in told(changes, "kind", "old_code", "new_code")] == [(kind, before)]


def test_every_table_that_differs_is_told(tmp_path):
    """One record more in each table of a cut, one after the other: never silence."""
    from dataclasses import replace

    more = {
        "site": {"site_id": "09"}, "site_plan": {"site_id": "01", "month": date(2025, 1, 1), "planned_inclusions": 1.0},
        "visit_plan": {"visit_code": "M1", "planned_day": 30, "needs_ctdna": True, "needs_imaging": False, "needs_qol": False},
        "milestone": {"subject_id": "01-001", "kind": "CONSENT2", "seq": 1, "day": -5},
        "screen_outcome": {"subject_id": "01-002", "status": "FAILED", "reason": None},
        "visit": {"subject_id": "01-001", "visit_code": "M1", "seq": 1, "day": 31, "status": "DONE"},
        "specimen": {"specimen_id": "S9", "subject_id": "01-001", "collected_day": 31},
        "ctdna_result": {"result_id": "R9", "subject_id": "01-001", "day": 31, "call": "NEGATIVE", "marker": "Signatera"},
        "lesion": {"lesion_id": "L9", "subject_id": "01-001", "role": "TARGET"},
        "lesion_measure": {"lesion_id": "L1", "day": 31, "seq": 1, "subject_id": "01-001", "diameter_mm": 11.0},
        "response": {"subject_id": "01-001", "day": 31, "evaluator": "INVESTIGATOR", "criteria": "RECIST 1.1", "seq": 1, "overall": "PR", "evaluable": True},
        "treatment": {"subject_id": "01-001", "seq": 1, "agent_class": "TDM1", "start_day": 3, "reason": "STUDY"},
        "tte": {"subject_id": "01-001", "paramcd": "PFS", "aval": 30.0, "cnsr": 1},
        "qs_item": {"subject_id": "01-001", "instrument": "QLQ-C30", "day": 31, "item_no": 1, "value": 2},
        "qs_form": {"subject_id": "01-001", "instrument": "QLQ-C30", "visit_code": "M1", "status": "MISSED"},
        "ae": {"subject_id": "01-001", "seq": 1, "term": "Nausea", "start_day": 4},
        "deviation": {"subject_id": "01-001", "seq": 1, "category": "WINDOW"},
        "eligibility": {"subject_id": "01-001", "criterion": "INCL01"},
        "query_item": {"query_id": "Q9", "site_id": "01", "state": "Open"},
        "page_entry": {"subject_id": "01-001", "page": "VS", "visit_code": "M1", "seq": 1},
        "subject_site": {"subject_id": "01-001", "from_day": 10, "site_id": "01"},
        "subject_link": {"subject_id": "01-001", "earlier_subject_id": "01-000"},
        "site_location": {"site_id": "01", "latitude": 48.0, "longitude": 2.0},
    }  # fmt: skip
    assert set(more) == set(CLINICAL_TABLES) - {"subject"}
    from tests.builders import a_frame

    plain = a_trial(
        a_subject("01-001", **PATIENT, lesions=[{"lesion_id": "L1", "role": "TARGET"}]), a_subject("01-002", consented="2025-05-01"),
    )
    old = publish(plain, tmp_path / "old").cut
    for table, row in more.items():
        there = plain.tables.get(table)
        rows = [] if there is None else there.to_dict("records")
        new = publish(replace(plain, tables={**plain.tables, table: a_frame(table, [*rows, row])}), tmp_path / table).cut
        changes = compare_cuts(old, new, scope(), PROTOCOL)
        assert set(changes.frame["table_name"]) == {table}, table
        assert len(changes.frame) == 1, table
        back = compare_cuts(new, old, scope(), PROTOCOL)
        assert len(back.frame) == 1, table


def test_relative_times_are_compared_as_they_are(compare):
    old, new = (a_subject(included="2025-01-10", calls=[(day, "NEGATIVE")], relative=True) for day in ("2025-03-01", "2025-03-04"))
    found = compare([old], [new])
    assert told(found, "kind", "old_day", "new_day", "moved_days", "new_month") == [("MOVED_DATE", 50, 53, 3, None)]


# Who sees what.


def two_sites(**more):
    return [a_subject("01-001", **PATIENT, **more), a_subject("02-001", **PATIENT, **more)]


def test_a_site_sees_its_own_patients_only(compare):
    for role in (Role.INVESTIGATOR, Role.MONITOR):
        found = compare(two_sites(), two_sites(calls=[("2025-03-01", "POSITIVE", 1.0)]), role=role, own=("02",))
        assert set(found.frame["subject_id"]) == {"02-001"}, role
        assert "CTDNA_POSITIVE" in set(found.frame["event"]), role


def test_lists_hold_no_outcome(compare):
    new = two_sites(scans=[("2025-04-01", "PR"), ("2025-07-01", "PD")], tte=[{"paramcd": "PFS", "aval": 3.0, "cnsr": 0}])
    found = compare(two_sites(scans=[("2025-04-01", "SD")]), new, role=Role.MONITOR, own=("01",))
    assert Event.PROGRESSION.value in found.left_out and "tte" in found.left_out
    # The scan is there as done; what it showed is not, neither as a code nor as an event, and a re-reading is invisible.
    assert told(found, "kind", "event", "table_name", "old_code", "new_code") == [("NEW_RECORD", None, "response", None, None)]


def test_the_whole_trial_holds_everything(compare):
    for role in (Role.DSMB, Role.STATISTICIAN):
        found = compare(two_sites(), two_sites(progressed="2025-07-01"), role=role)
        assert found.left_out == () and list(found.frame["event"].dropna()) == ["PROGRESSION", "PROGRESSION"], role


def test_the_sponsor_sees_sites_and_no_patient(compare):
    more = {"sites": {"01": {"target_n": 9}}}
    found = compare(two_sites(), two_sites(died="2025-11-20"), role=Role.SPONSOR, **more)
    assert told(found, "subject_id", "site_id", "what", "new_code") == [(None, "01", "target_n", "9")]


def test_the_administrator_is_refused(compare):
    with pytest.raises(ClosedDataError):
        compare(two_sites(), two_sites(), role=Role.ADMINISTRATOR)


def test_a_patient_who_moved_to_another_site(compare):
    before = [a_subject("01-001", **PATIENT, calls=[("2025-03-01", "NEGATIVE")])]
    after = [a_subject("01-001", site="02", **PATIENT, calls=[("2025-03-01", "NEGATIVE"), ("2025-06-01", "POSITIVE", 1.0)])]
    both = {"sites": {"01": {}, "02": {}}, "old_more": {"sites": {"01": {}, "02": {}}}}
    assert ("SITE_MOVED", "01", "02") in told(compare(before, after, **both), "kind", "old_code", "new_code")
    # The site that has the patient now sees the whole change; the one that had them sees only that they left.
    new_site = compare(before, after, role=Role.INVESTIGATOR, own=("02",), **both)
    assert told(new_site, "kind", "event") == [("NEW_EVENT", "CTDNA_POSITIVE"), ("NEW_RESULT", None), ("SITE_MOVED", None)]
    arrived = {role: compare(before, after, role=role, own=("02",), **both).frame for role in (Role.INVESTIGATOR, Role.MONITOR)}
    moved = {role: frame[frame["kind"] == "SITE_MOVED"].iloc[0] for role, frame in arrived.items()}
    assert (moved[Role.INVESTIGATOR].old_code, moved[Role.INVESTIGATOR].new_code) == ("01", "02")
    assert pd.isna(moved[Role.MONITOR].old_code) and moved[Role.MONITOR].new_code == "02", "to a monitor other sites do not appear"
    for role in (Role.INVESTIGATOR, Role.MONITOR):
        old_site = compare(before, after, role=role, own=("01",), **both)
        assert told(old_site, "subject_id", "site_id", "kind", "old_code", "new_code") == [("01-001", "01", "SITE_MOVED", "01", None)]
    assert compare(before, after, role=Role.SPONSOR, **both).frame.empty


def test_cuts_of_two_studies_are_refused(tmp_path):
    one = publish(a_trial(a_subject(**PATIENT)), tmp_path / "one").cut
    other = publish(a_trial(a_subject(**PATIENT), study_id="OTHER"), tmp_path / "other").cut
    with pytest.raises(MisuseError, match="two studies"):
        compare_cuts(one, other, scope(), PROTOCOL)


def test_a_cut_that_was_altered_is_not_compared(tmp_path):
    one = publish(a_trial(a_subject(**PATIENT)), tmp_path).cut
    two = publish(a_trial(a_subject(**PATIENT), cut_off="2026-02-07"), tmp_path).cut
    one.path.chmod(0o600)
    one.path.write_bytes(one.path.read_bytes()[:30_000])
    with pytest.raises(DamagedDataCutError):
        compare_cuts(one, two, scope(), PROTOCOL)


def test_counts_are_by_kind_in_the_order_of_weight(compare):
    found = compare(two_sites(), two_sites(calls=[("2025-03-01", "POSITIVE", 1.0)], died="2025-11-20"))
    assert found.counts().astype(object).where(lambda f: f.notna(), None).values.tolist() == [
        ["NEW_EVENT", "CTDNA_POSITIVE", 2, 2], ["NEW_EVENT", "DEATH", 2, 2], ["NEW_RESULT", None, 2, 2],
    ]


# Second and third witness: the simulated trial's weeks, recounted, and what it planted.


KINDS = {
    "call_amended": {"REVERSED_RESULT", "AMENDED_RESULT"}, "death_date_corrected": {"MOVED_DATE"},
    "progression_date_corrected": {"MOVED_DATE"}, "scan_read_again": {"AMENDED_RECORD"}, "visit_date_corrected": {"MOVED_DATE"},
}
"""Planted correction → what it must be told as."""


@pytest.fixture(scope="module")
def trial():
    return simulate_trial(subjects=60, sites=12, seed=8)


@pytest.fixture(scope="module")
def weeks(trial, tmp_path_factory):
    """The cuts before and after one planted correction of each kind, and the first of all, by cut-off."""
    folder = tmp_path_factory.mktemp("weeks")
    wanted = {trial.cut_offs[30]}
    for kind in KINDS:
        known_from = next(row.known_from for row in trial.amendments.itertuples() if row.kind == kind and row.known_from > trial.cut_offs[30])
        after = trial.newest + timedelta(days=7 * -((trial.newest - known_from).days // 7))  # the first cut-off of the week or later
        wanted |= {after, after - timedelta(days=7)}
    at = datetime(2027, 1, 1, tzinfo=UTC)
    return {day: publish_week(trial, day, folder, protocol=PROTOCOL, imported_at=at).cut for day in sorted(wanted)}


def pairs(weeks):
    days = sorted(weeks)
    return [*zip(days, days[1:], strict=False), (days[0], days[-1]), (days[-1], days[0])]


def dated(frame, newer, origins, column):
    """Days of a frame of changes as dates."""
    return [None if pd.isna(day) else origins[who] + timedelta(days=int(day)) for who, day in zip(frame["subject_id"], frame[column], strict=True)]


def origins_of(*tables):
    found = {}
    for table in reversed(tables):
        for kind in ("CONSENT1", "INCLUDED"):
            for row in table["milestone"].itertuples():
                if row.kind == kind:
                    found[row.subject_id] = row.date
    return found


def test_steps_results_and_positives_are_those_of_the_recount(trial, weeks):
    seen = set()
    for older, newer in pairs(weeks):
        before, after = trial.tables_at(older), trial.tables_at(newer)
        frame = compare_cuts(weeks[older], weeks[newer], scope(), PROTOCOL).frame
        origins = origins_of(after, before)
        frame = frame.assign(old=dated(frame, newer, origins, "old_day"), new=dated(frame, newer, origins, "new_day"))
        steps = frame[frame["event"].isin(recount.STEPS)]
        rows = [recount.records_of(tables.get("milestone")) for tables in (before, after)]
        assert set(steps[["subject_id", "kind", "event", "old", "new"]].itertuples(index=False, name=None)) == recount.steps_that_changed(*rows)
        calls = frame[frame["kind"].isin(["NEW_RESULT", "SUPERSEDED_RESULT", "REVERSED_RESULT", "REMOVED_RESULT"]) | (frame["what"].isna() & (frame["kind"] == "AMENDED_RESULT"))]
        cells = calls[["subject_id", "kind", "old_code", "new_code"]].astype(object)
        rows = [recount.records_of(tables.get("ctdna_result")) for tables in (before, after)]
        assert set(cells.where(cells.notna(), None).itertuples(index=False, name=None)) == recount.results_that_changed(*rows)
        positive = frame[frame["event"] == "CTDNA_POSITIVE"]
        assert set(positive[["subject_id", "kind", "old", "new"]].itertuples(index=False, name=None)) == recount.positives_that_changed(*rows)
        months = [recount.first_of_month(day) for day in frame["new"]]
        assert [None if pd.isna(month) else month.date() for month in frame["new_month"]] == months
        subjects = [{row["subject_id"] for row in recount.records_of(tables["subject"])} for tables in (before, after)]
        assert set(frame.loc[frame["kind"] == "NEW_PATIENT", "subject_id"]) == subjects[1] - subjects[0]
        assert set(frame.loc[frame["kind"] == "VANISHED_PATIENT", "subject_id"]) == subjects[0] - subjects[1]
        seen |= set(frame["kind"])
    assert seen >= {"NEW_PATIENT", "VANISHED_PATIENT", "NEW_EVENT", "EVENT_WITHDRAWN", "NEW_RESULT", "SUPERSEDED_RESULT", "MOVED_DATE", "ORIGIN_CHANGED"}


def test_every_row_that_differs_is_told_and_no_other(trial, weeks):
    """Rows left over on either side, counted naively, are the records told as changed, added or removed."""
    for older, newer in pairs(weeks)[1::3]:
        before, after = trial.tables_at(older), trial.tables_at(newer)
        frame = compare_cuts(weeks[older], weeks[newer], scope(), PROTOCOL).frame
        patients = [{row["subject_id"] for row in recount.records_of(tables["subject"])} for tables in (before, after)]
        stay = patients[0] & patients[1]
        for table in ("visit", "response", "treatment", "specimen", "lesion_measure"):
            rows = [
                [row for row in recount.records_of(tables.get(table)) if row["subject_id"] in stay] for tables in (before, after)
            ]
            gone, come = recount.leftovers(*rows)
            told_of = frame[(frame["table_name"] == table) & frame["event"].isna() & frame["subject_id"].isin(stay)]
            assert {row["subject_id"] for row in gone + come} == set(told_of["subject_id"]), (table, older, newer)
            n_added, n_removed = ((told_of["kind"] == kind).sum() for kind in ("NEW_RECORD", "REMOVED_RECORD"))
            assert len(come) - n_added == len(gone) - n_removed, (table, older, newer)


def test_planted_amendments_are_found_in_the_week_they_became_known(trial, weeks):
    found = set()
    days = sorted(weeks)
    for older, newer in zip(days, days[1:], strict=False):
        frame = compare_cuts(weeks[older], weeks[newer], scope(), PROTOCOL).frame
        for amendment in trial.amendments.itertuples():
            if newer - older != timedelta(days=7) or not older < amendment.known_from <= newer:
                continue
            theirs = frame[(frame["subject_id"] == amendment.subject_id) & (frame["table_name"] == amendment.table)]
            if set(theirs["kind"]) & KINDS[amendment.kind]:
                found.add(amendment.kind)
            else:  # what was corrected had come since the older cut: it is new as it is
                assert set(theirs["kind"]) & {"NEW_RECORD", "NEW_RESULT", "NEW_EVENT", "NEW_PATIENT"}, amendment
    assert found == set(KINDS)


def test_kinds_and_events_have_words():
    from heroes.labels import words_in

    for member in (*ChangeKind, *Event):
        assert words_in("en").answer(member.value) != member.value


def test_every_column_of_every_table_is_compared():
    from heroes.model.records import RECORDS

    for table in CLINICAL_TABLES:
        assert set(compared_columns(table)) >= set(RECORDS[table].model_fields) - {"seq", "item_no", "value"}
