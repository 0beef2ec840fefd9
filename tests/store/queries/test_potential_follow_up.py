"""How long each patient could have been followed: the calendar alone, in the order of inclusion."""

from tests.store.queries.trials import asked, patient, rows, with_rule


def follow_up(*patients, **changes):
    return asked(*patients, **changes).ask("potential_follow_up")


def test_it_runs_from_the_origin_to_the_cut_off_whatever_happened():
    answer = follow_up(patient("01-001", followed=400, died=30), patient("01-002", followed=399, scans=[(90, "PD")]))
    assert rows(answer, "subject_id", "potential_days") == [("01-001", 400), ("01-002", 399)]


def test_patients_stand_in_the_order_of_inclusion_and_on_one_day_in_that_of_their_codes():
    answer = follow_up(patient("01-003", followed=100), patient("01-002", followed=100), patient("01-001", followed=50))
    assert answer.subject_id.tolist() == ["01-002", "01-003", "01-001"]


def test_the_order_is_that_of_inclusion_also_where_time_runs_from_another_step():
    protocol = with_rule("endpoint", origin="TX_STOP")
    answer = follow_up(patient("01-001", followed=100, stopped=60), patient("01-002", followed=90, stopped=1), protocol=protocol)
    assert rows(answer, "subject_id", "potential_days") == [("01-001", 40), ("01-002", 89)]


def test_a_day_is_added_where_the_protocol_adds_one_to_every_time():
    assert rows(follow_up(patient(followed=365), protocol=with_rule("endpoint", aval_add_one=True)), "potential_days") == [(366,)]


def test_relative_times_leave_it_unknown_and_last():
    answer = follow_up(patient("01-001", relative=True), patient("01-002", followed=10))
    assert rows(answer, "subject_id", "potential_days") == [("01-002", 10), ("01-001", None)]


def test_who_died_or_left_is_told_apart_from_who_goes_on():
    answer = follow_up(
        patient("01-001", followed=500, died=30), patient("01-002", followed=400, lost=90), patient("01-003", followed=300, withdrawn=9),
        patient("01-004", followed=200), patient("01-005", followed=100, completed=80),
    )
    assert answer.has_left.tolist() == [True, True, True, False, True]


def test_an_exit_after_the_cut_off_is_not_known_yet():
    assert follow_up(patient(followed=100, lost=101)).has_left.tolist() == [False]


def test_only_the_population_of_the_protocol_is_asked_for():
    patients = patient("01-001", stopped=2), patient("01-002")
    assert len(follow_up(*patients)) == 2
    assert follow_up(*patients, protocol=with_rule("endpoint", population="stopped")).subject_id.tolist() == ["01-001"]


def test_each_time_to_event_has_its_potential_follow_up_and_none_is_longer():
    trial = asked(patient("01-001", followed=400, scans=[(0, "PR"), (380, "PR")]), patient("01-002", followed=200, scans=[(180, "PD")]))
    both = trial.ask("potential_follow_up").merge(trial.ask("time_to_event"), on="subject_id")
    assert len(both) == 2 and (both.time_days <= both.potential_days).all()
