"""Planned ctDNA draws by hand. Days count from the inclusion; M1.5 is planned on day 45, M3 on 91, M6 on 182, each ± 14."""

import pytest

from heroes.access import Role
from tests.store.queries.trials import asked, patient, rows, with_rule

WINDOW = {"window_minus": 14, "window_plus": 14}
PLAN = [("M1.5", 45, WINDOW), ("M3", 91, WINDOW), ("M6", 182, WINDOW), ("SCAN", 91, {"needs_ctdna": False, "needs_imaging": True})]
NO_WINDOW = [("M1.5", 45), ("M3", 91), ("M6", 182)]


def statuses(trial, *columns) -> list[tuple]:
    return rows(trial.ask("draw_schedule"), *(columns or ("visit_code", "status", "drawn_day", "days_overdue")))


def test_every_planned_draw_is_listed_with_its_window():
    trial = asked(patient(followed=0), visit_plan=PLAN)
    assert statuses(trial, "visit_code", "planned_day", "window_start", "window_end", "status") == [
        ("M1.5", 45, 31, 59, "NOT_YET_DUE"), ("M3", 91, 77, 105, "NOT_YET_DUE"), ("M6", 182, 168, 196, "NOT_YET_DUE"),
    ]


@pytest.mark.parametrize(
    ("followed", "status", "overdue"),
    [(30, "NOT_YET_DUE", None), (31, "DUE", None), (45, "DUE", None), (59, "DUE", None), (60, "OVERDUE", 1), (76, "OVERDUE", 17)],
)
def test_a_draw_is_due_inside_its_window_and_overdue_after_it(followed, status, overdue):
    trial = asked(patient(followed=followed), visit_plan=PLAN)
    assert statuses(trial)[0] == ("M1.5", status, None, overdue)


@pytest.mark.parametrize(("followed", "status"), [(44, "NOT_YET_DUE"), (45, "DUE"), (90, "DUE")])
def test_without_a_window_a_draw_is_due_from_its_day_and_never_overdue(followed, status):
    trial = asked(patient(followed=followed), visit_plan=NO_WINDOW)
    assert statuses(trial)[0] == ("M1.5", status, None, None)


def test_drawn_and_resulted_is_done_whatever_the_result_says():
    trial = asked(
        patient(followed=200, calls=[(44, "NEGATIVE"), (95, "NOT_EVALUABLE")], draws=[(180, "M6")], visit_of={44: "M1.5", 95: "M3"}),
        visit_plan=PLAN,
    )
    assert statuses(trial) == [("M1.5", "DONE", 44, None), ("M3", "DONE", 95, None), ("M6", "PENDING", 180, None)]


def test_of_two_draws_for_one_visit_the_one_with_a_result_is_shown():
    trial = asked(patient(followed=100, draws=[(40, "M1.5")], calls=[(50, "NEGATIVE")], visit_of={50: "M1.5"}), visit_plan=PLAN)
    assert statuses(trial)[0] == ("M1.5", "DONE", 50, None)


def test_a_draw_without_a_code_belongs_to_the_nearest_planned_day_if_inside_its_window():
    # 60 is nearer to 45 (15) than to 91 (31), but its window ends on 59; 100 lies in the window of M3.
    trial = asked(patient(followed=110, calls=[(60, "NEGATIVE"), (100, "NEGATIVE")]), visit_plan=PLAN)
    assert statuses(trial)[:2] == [("M1.5", "MISSED", None, None), ("M3", "DONE", 100, None)]


def test_without_windows_a_draw_without_a_code_belongs_to_the_nearest_planned_day():
    # 67 is nearer to 45 (22) than to 91 (24); the baseline draw belongs to no later visit.
    trial = asked(patient(followed=100, baseline_draw=-10, calls=[(-10, "NEGATIVE"), (67, "NEGATIVE")]), visit_plan=NO_WINDOW)
    assert statuses(trial) == [("M1.5", "DONE", 67, None), ("M3", "DUE", None, None), ("M6", "NOT_YET_DUE", None, None)]
    baseline_only = asked(patient(followed=50, baseline_draw=-10, calls=[(-10, "NEGATIVE")]), visit_plan=NO_WINDOW)
    assert statuses(baseline_only)[0] == ("M1.5", "DUE", None, None)


def test_a_code_outweighs_nearness():
    trial = asked(patient(followed=150, calls=[(70, "NEGATIVE"), (80, "NEGATIVE")], visit_of={70: "M1.5", 80: "M3"}), visit_plan=PLAN)
    assert statuses(trial)[:2] == [("M1.5", "DONE", 70, None), ("M3", "DONE", 80, None)]


def test_a_visit_recorded_as_missed_is_missed_even_inside_its_window():
    trial = asked(patient(followed=50, visits=[("M1.5", None, "MISSED")]), visit_plan=PLAN)
    assert statuses(trial)[0] == ("M1.5", "MISSED", None, None)


def test_an_undrawn_window_is_missed_once_a_later_planned_draw_was_made():
    trial = asked(patient(followed=110, draws=[(90, "M3")]), visit_plan=PLAN)
    assert statuses(trial)[:2] == [("M1.5", "MISSED", None, None), ("M3", "PENDING", 90, None)]


@pytest.mark.parametrize("end", ["died", "lost", "withdrawn", "completed", "discontinued"])
def test_nothing_is_planned_after_the_end_and_what_was_not_drawn_before_it_is_missed(end):
    trial = asked(patient(followed=300, **{end: 100}), visit_plan=PLAN)
    assert statuses(trial) == [("M1.5", "MISSED", None, None), ("M3", "MISSED", None, None)]


def test_progression_ends_the_schedule_on_the_day_of_its_scan():
    trial = asked(patient(followed=300, scans=[(91, "PD")], calls=[(45, "NEGATIVE"), (91, "NEGATIVE")]), visit_plan=PLAN)
    assert statuses(trial) == [("M1.5", "DONE", 45, None), ("M3", "DONE", 91, None)]


def test_a_draw_made_after_the_end_of_the_schedule_is_shown_all_the_same():
    trial = asked(patient(followed=300, scans=[(91, "PD")], calls=[(182, "NEGATIVE")], visit_of={182: "M6"}), visit_plan=PLAN)
    assert statuses(trial)[-1] == ("M6", "DONE", 182, None)


CONVERTED = dict(stopped=0, baseline_draw=-20, calls=[(-20, "NEGATIVE"), (45, "NEGATIVE"), (91, "POSITIVE")], resumed=100)


@pytest.mark.parametrize(
    ("followed", "status", "overdue"), [(183, "NOT_YET_DUE", None), (184, "DUE", None), (198, "DUE", None), (199, "OVERDUE", 1)]
)
def test_three_months_after_a_restart_for_ctdna_one_test_is_due_and_the_regular_ones_stop(followed, status, overdue):
    # 100 + round(3 × 30.4375) = 191, ± 7: 184 to 198. M6 on day 182 is after the restart: it does not exist.
    trial = asked(patient(followed=followed, **CONVERTED), visit_plan=PLAN)
    assert statuses(trial) == [("M1.5", "DONE", 45, None), ("M3", "DONE", 91, None), ("POST_RESTART", status, None, overdue)]


def test_the_test_after_a_restart_is_done_by_a_draw_inside_its_window_whatever_its_code():
    told = {**CONVERTED, "calls": [*CONVERTED["calls"], (186, "NEGATIVE")]}
    trial = asked(patient(followed=250, visit_of={186: "EXTRA"}, **told), visit_plan=PLAN)
    assert statuses(trial)[-1] == ("POST_RESTART", "DONE", 186, None)


def test_the_test_after_a_restart_does_not_make_a_regular_draw_that_no_longer_exists():
    # 186 is nearest to M6, day 182, and inside its window; but the regular draws ended with the restart on day 100.
    told = {**CONVERTED, "calls": [*CONVERTED["calls"], (186, "NEGATIVE")]}
    plan = [*PLAN[:-1], ("M6", 182, {"window_minus": 14, "window_plus": 14})] if PLAN[-1][0] == "M6" else PLAN
    trial = asked(patient(followed=250, visit_of={186: "RESTART"}, **told), visit_plan=plan)
    assert [code for code, *_ in statuses(trial)] == ["M1.5", "M3", "POST_RESTART"]


def test_regular_draws_go_on_after_a_restart_where_the_protocol_lets_them():
    trial = asked(patient(followed=250, **CONVERTED), visit_plan=PLAN, protocol=with_rule("schedule", draws_continue_after_restart=True))
    assert statuses(trial) == [
        ("M1.5", "DONE", 45, None), ("M3", "DONE", 91, None), ("M6", "OVERDUE", None, 54), ("POST_RESTART", "OVERDUE", None, 52),
    ]  # 250 − 196 = 54, 250 − 198 = 52


def test_a_restart_for_another_reason_asks_for_no_test():
    trial = asked(patient(followed=250, stopped=0, treatments=[("RESUME_OTHER", 100, None)]), visit_plan=PLAN)
    assert statuses(trial) == [("M1.5", "MISSED", None, None), ("M3", "MISSED", None, None)]


def test_where_no_test_after_a_restart_is_planned_none_is_due():
    trial = asked(patient(followed=250, **CONVERTED), visit_plan=PLAN, protocol=with_rule("schedule", post_restart_ctdna_months=None))
    assert [code for code, *_ in statuses(trial)] == ["M1.5", "M3"]


def test_with_relative_times_nothing_is_said_to_be_due():
    trial = asked(
        patient(relative=True, calls=[(45, "NEGATIVE")], visits=[("M3", None, "MISSED")]), visit_plan=PLAN,
    )
    assert statuses(trial) == [("M1.5", "DONE", 45, None), ("M3", "MISSED", None, None)]


def test_a_draw_after_the_cut_off_is_not_known_yet():
    trial = asked(patient(followed=50, calls=[(52, "NEGATIVE")]), visit_plan=PLAN)
    assert statuses(trial)[0] == ("M1.5", "DUE", None, None)


def test_without_a_plan_nothing_is_planned():
    assert statuses(asked(patient(followed=400, calls=[(45, "NEGATIVE")]))) == []


def test_a_monitor_sees_the_draws_of_own_sites_and_no_trace_of_a_progression():
    patients = [patient("01-1", followed=120, scans=[(60, "PD")], calls=[(45, "NEGATIVE")]), patient("02-1", followed=120)]
    trial = asked(*patients, role=Role.MONITOR, own_sites=("01",), visit_plan=PLAN)
    assert statuses(trial, "subject_id", "visit_code", "status") == [
        ("01-1", "M1.5", "DONE"), ("01-1", "M3", "OVERDUE"), ("01-1", "M6", "NOT_YET_DUE"),
    ]


def test_a_result_without_specimen_is_that_of_the_specimen_drawn_the_same_day():
    trial = asked(patient(followed=100, draws=[(45, "M1.5"), (92, "M3")], calls=[(45, "NEGATIVE")]), visit_plan=PLAN)
    assert rows(trial.ask("draws"), "drawn_day", "has_result") == [(45, True), (92, False)]
    assert statuses(trial)[:2] == [("M1.5", "DONE", 45, None), ("M3", "PENDING", 92, None)]
