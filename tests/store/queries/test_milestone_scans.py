"""Whether the milestone scan was due and done: counted from the scans, in whole days."""

import pytest

from heroes.access import Role
from tests.store.queries.trials import asked, patient, rows, with_rule


def scans(*days):
    return [(0, "PR"), *((day, "PR") for day in days)]


def found(*patients, **changes):
    """(is_due, has_scan) of each patient."""
    return rows(asked(*patients, **changes).ask("milestone_scans"), "is_due", "has_scan")


@pytest.mark.parametrize(("day", "has_scan"), [(350, False), (351, True), (365, True), (379, True), (380, False)])
def test_the_window_has_both_its_days_around_the_planned_day(day, has_scan):
    assert found(patient(followed=600, scans=scans(day))) == [(True, has_scan)]


@pytest.mark.parametrize(("followed", "is_due"), [(378, False), (379, True)])
def test_it_is_due_when_the_window_has_closed(followed, is_due):
    assert found(patient(followed=followed, scans=scans(90))) == [(is_due, False)]
    assert found(patient(followed=followed, scans=scans(360))) == [(is_due, True)]


def test_a_later_scan_or_progression_does_not_make_up_for_it():
    assert found(
        patient("01-001", followed=800, scans=scans(270, 456, 546)),
        patient("01-002", followed=800, scans=[*scans(270), (456, "PD")]),
    ) == [(True, False), (True, False)]


def test_no_scan_is_due_after_a_progression_and_one_found_in_the_window_is_a_scan():
    assert found(
        patient("01-001", followed=800, scans=[*scans(90), (350, "PD")]), patient("01-002", followed=800, scans=[*scans(90), (351, "PD")]),
        patient("01-003", followed=800, scans=[*scans(90), (379, "PD")]),
    ) == [(False, False), (True, True), (True, True)]


def test_a_suspicion_that_did_not_count_leaves_the_scan_due():
    suspected = patient(followed=800, scans=[(0, "PR"), (180, "PD", {"equivocal": True}), (270, "PR")])
    assert found(suspected) == [(True, False)]


@pytest.mark.parametrize("how", ["died", "lost", "withdrawn", "discontinued"])
def test_who_died_or_left_by_the_end_without_a_scan_is_not_due(how):
    assert found(
        patient("01-001", followed=800, scans=scans(270), **{how: 300}), patient("01-002", followed=800, scans=scans(270), **{how: 379}),
        patient("01-003", followed=800, scans=scans(270), **{how: 380}), patient("01-004", followed=800, scans=scans(360), **{how: 370}),
    ) == [(False, False), (False, False), (True, False), (True, True)]


def test_completing_the_study_in_the_window_excuses_nobody():
    assert found(
        patient("01-001", followed=800, scans=scans(270), completed=350), patient("01-002", followed=800, scans=scans(270), completed=351),
    ) == [(False, False), (True, False)]
    assert found(patient(followed=800, scans=scans(270), completed=365, died=370)) == [(False, False)]


def test_a_scan_that_could_not_be_evaluated_or_was_read_by_another_is_none():
    assert found(patient("01-001", followed=800, scans=[*scans(270), (365, "NE")])) == [(True, False)]
    other = patient("01-001", followed=800, scans=[*scans(270), (365, "PR", {"evaluator": "INDEPENDENT ASSESSOR: 1"})])
    assert found(other) == [(True, False)]


def test_a_scan_after_the_cut_off_is_not_known():
    assert found(patient(followed=360, scans=scans(370))) == [(False, False)]


def test_the_window_runs_from_the_origin_and_counts_days_as_the_times_do():
    late = patient(followed=800, stopped=100, scans=scans(451))
    assert found(late, protocol=with_rule("endpoint", origin="TX_STOP")) == [(True, True)]
    assert found(late) == [(True, False)]
    add_one, edges = with_rule("endpoint", aval_add_one=True), (patient("01-001", scans=scans(350)), patient("01-002", scans=scans(379)))
    assert found(*edges, protocol=add_one) == [(True, True), (True, False)]
    assert found(patient(followed=378, scans=scans(90)), protocol=add_one) == [(True, False)]


def test_without_a_window_the_planned_day_is_all_there_is():
    protocol = with_rule("schedule", imaging_window_days=None)
    assert found(patient("01-001", scans=scans(364)), patient("01-002", scans=scans(365)), protocol=protocol) == [
        (True, False), (True, True)]


def test_relative_times_do_not_say_what_was_due():
    assert found(patient(relative=True, scans=scans(365))) == [(None, True)]
    assert found(patient(relative=True, scans=[*scans(90), (180, "PD")])) == [(None, False)]


def test_only_the_population_of_the_protocol_is_asked_for():
    patients = patient("01-001", stopped=2), patient("01-002")
    answer = asked(*patients, protocol=with_rule("endpoint", population="stopped")).ask("milestone_scans")
    assert answer.subject_id.tolist() == ["01-001"]


def test_what_the_scope_does_not_hold_is_not_known():
    assert found(patient("01-1", followed=800, scans=[(91, "PR")]), role=Role.MONITOR, own_sites=("01",)) == [(None, None)]
