"""Lanes, spans and marks of the swimmer plot, by hand. Days count from the inclusion; the cut-off is day 400."""

import pytest

from heroes.access import Role
from tests.store.queries.recount import made_up_patients
from tests.store.queries.trials import asked, patient, rows

EQUIVOCAL = {"equivocal": True}


def spans(trial) -> list[tuple]:
    return rows(trial.ask("status_spans"), "phase", "start_day", "end_day")


def lane(trial, *columns) -> tuple:
    [found] = rows(trial.ask("swimmer_lanes"), *columns)
    return found


PHASES = {
    "stopped at inclusion": (dict(stopped=0), [("OFF_THERAPY", 0, 400)]),
    "stopped later": (dict(stopped=5), [("ON_TREATMENT", 0, 5), ("OFF_THERAPY", 5, 400)]),
    "stopped before": (dict(stopped=-4), [("OFF_THERAPY", -4, 400)]),
    "resumed": (dict(stopped=0, resumed=100), [("OFF_THERAPY", 0, 100), ("RESUMED", 100, 400)]),
    "resumed, then new": (
        dict(stopped=0, resumed=100, new_treatment=200), [("OFF_THERAPY", 0, 100), ("RESUMED", 100, 200), ("NEW_TREATMENT", 200, 400)]
    ),
    "stopped again": (dict(stopped=[0, 250], resumed=100), [("OFF_THERAPY", 0, 100), ("RESUMED", 100, 250), ("OFF_THERAPY", 250, 400)]),
    "resumed and new on one day": (dict(stopped=0, resumed=100, new_treatment=100), [("OFF_THERAPY", 0, 100), ("NEW_TREATMENT", 100, 400)]),
    "milestones before treatments": (
        dict(stopped=0, resumed=100, treatments=[("MAINTENANCE", None, 0), ("RESUME_CTDNA", 103, None)]),
        [("OFF_THERAPY", 0, 100), ("RESUMED", 100, 400)],
    ),
    "a restart that only the treatments hold": (
        dict(stopped=0, treatments=[("RESUME_PD", 120, None)]), [("OFF_THERAPY", 0, 120), ("RESUMED", 120, 400)]
    ),
    "treatments only, still running": (dict(treatments=[("STUDY", 0, None)]), [("ON_TREATMENT", 0, 400)]),
    "treatments only, ended": (dict(treatments=[("STUDY", 0, 90), ("STUDY", 91, 150)]), [("ON_TREATMENT", 0, 150), ("OFF_THERAPY", 150, 400)]),
    "treatments only, begun late": (dict(treatments=[("STUDY", 10, None)]), [("NOT_DELIVERED", 0, 10), ("ON_TREATMENT", 10, 400)]),
    "maintenance that began before the records": (dict(treatments=[("MAINTENANCE", None, None)]), [("ON_TREATMENT", 0, 400)]),
    "treatments only, changed": (
        dict(treatments=[("MAINTENANCE", -900, 0), ("RESUME_CTDNA", 100, 200), ("NEW_PD", 200, None)]),
        [("OFF_THERAPY", 0, 100), ("RESUMED", 100, 200), ("NEW_TREATMENT", 200, 400)],
    ),
    "nothing delivered": (dict(), [("NOT_DELIVERED", 0, 400)]),
    "only a restart": (dict(resumed=100), [("NOT_DELIVERED", 0, 100), ("RESUMED", 100, 400)]),
    "other therapy says nothing": (dict(treatments=[("OTHER", 10, 20)]), [("NOT_DELIVERED", 0, 400)]),
    "to the death": (dict(stopped=0, died=300), [("OFF_THERAPY", 0, 300)]),
    "to the exit": (dict(stopped=0, withdrawn=300), [("OFF_THERAPY", 0, 300)]),
    "included on the cut-off day": (dict(stopped=0, followed=0), [("OFF_THERAPY", 0, 0)]),
    "restart after the cut-off": (dict(stopped=0, resumed=401), [("OFF_THERAPY", 0, 400)]),
    "restart after death": (dict(stopped=0, died=300, resumed=310), [("OFF_THERAPY", 0, 300)]),
    "relative times end with the last record": (dict(stopped=0, relative=True, scans=[(91, "SD")]), [("OFF_THERAPY", 0, 91)]),
}


@pytest.fixture(scope="module")
def phases():
    trial = asked(*(patient(name, site="01", **told) for name, (told, _) in PHASES.items()))
    return trial.ask("status_spans"), trial.ask("swimmer_lanes")


@pytest.mark.parametrize("name", PHASES)
def test_the_phases_of_therapy_follow_what_was_recorded(phases, name):
    answer, lanes = phases
    wanted = PHASES[name][1]
    assert rows(answer[answer.subject_id == name], "phase", "start_day", "end_day") == wanted
    assert rows(lanes[lanes.subject_id == name], "phase") == [(wanted[-1][0],)]


@pytest.fixture(scope="module")
def made_up():
    told = made_up_patients(300, seed=7)
    return told, asked(*(patient(subject, **what) for subject, what in told.items()), visit_plan=[("M3", 91), ("M6", 182)])


def test_spans_follow_each_other_without_gap_or_overlap_to_the_end_of_the_lane(made_up):
    told, trial = made_up
    ends = dict(rows(trial.ask("swimmer_lanes"), "subject_id", "end_day"))
    answer = trial.ask("status_spans")
    assert set(answer.subject_id) == set(told) == set(ends)
    for subject, group in answer.groupby("subject_id"):
        days = list(zip(group.start_day, group.end_day))
        assert all(end == start for (_, end), (start, _) in zip(days, days[1:]))
        assert all(start < end for start, end in days[:-1]) and days[-1][0] <= days[-1][1] == ends[subject]
        stops = told[subject].get("stopped")
        assert days[0][0] == min(0, ends[subject], stops if stops is not None else 0)
        assert (group.phase != group.phase.shift()).all()


def test_no_mark_lies_after_the_cut_off_except_draws_still_to_come(made_up):
    told, trial = made_up
    for subject, kind, day in rows(trial.ask("swimmer_marks"), "subject_id", "kind", "day"):
        if not told[subject]["relative"] and kind not in ("DRAW_NOT_YET_DUE", "DRAW_DUE"):
            assert day <= told[subject]["followed"]


def test_each_current_call_is_one_mark(made_up):
    told, trial = made_up
    answer = trial.ask("swimmer_marks")
    drawn = answer[answer.kind.str.startswith("CTDNA_")].groupby("subject_id").size().to_dict()
    for subject, what in told.items():
        known_to = float("inf") if what["relative"] else what["followed"]
        current = [call for call in what["calls"] if not call[3] and call[0] <= known_to]
        assert drawn.get(subject, 0) == len(current)
    assert dict(rows(trial.ask("swimmer_lanes"), "subject_id", "n_calls")) == {s: drawn.get(s, 0) for s in told}


@pytest.mark.parametrize(
    ("told", "status", "ongoing"),
    [
        (dict(), "ONGOING", True),
        (dict(scans=[(91, "PD")]), "PROGRESSED", True),
        (dict(scans=[(91, "PD")], discontinued=100), "PROGRESSED", False),
        (dict(scans=[(91, "PD")], died=200), "DEAD", False),
        (dict(scans=[(91, "PD", EQUIVOCAL)]), "ONGOING", True),
        (dict(lost=100), "LTFU", False),
        (dict(withdrawn=100, lost=200), "WITHDRAWN", False),
        (dict(completed=399), "COMPLETED", False),
        (dict(discontinued=10), "DISCONTINUED", False),
        (dict(died=401), "ONGOING", True),
    ],
)
def test_status_is_the_graver_of_what_happened(told, status, ongoing):
    assert lane(asked(patient(**told)), "status", "ongoing") == (status, ongoing)


def test_a_lane_says_what_happened_first_and_how_long_it_is():
    trial = asked(patient(
        stopped=[2, 250], baseline_draw=-20, calls=[(-20, "NEGATIVE"), (91, "POSITIVE", 0.5), (182, "POSITIVE", 2)],
        resumed=110, scans=[(91, "SD"), (182, "PD"), (273, "PD")], followed=400,
    ))
    assert lane(
        trial, "n_calls", "first_positive_day", "progression_day", "death_day", "stop_day", "end_day", "origin_to_cut_off_days"
    ) == (3, 91, 182, None, 2, 400, 400)


def test_the_month_of_day_0_comes_from_the_cut_off_and_is_unknown_for_relative_times():
    # 31 January 2026 − 400 days = 27 December 2024
    answer = asked(patient("01-1", followed=400), patient("01-2", relative=True)).ask("swimmer_lanes")
    assert [str(month)[:10] for month in answer.origin_month] == ["2024-12-01", "NaT"]


def test_follow_up_ends_with_death_then_exit_then_the_cut_off():
    trial = asked(
        patient("1", site="01", died=300, lost=200),
        patient("2", site="01", lost=200, withdrawn=250),
        patient("3", site="01", lost=200, scans=[(230, "SD")]),  # a scan after the loss: followed at least to then
        patient("4", site="01"),
        patient("5", site="01", relative=True, calls=[(120, "NEGATIVE")]),
    )
    assert list(trial.ask("swimmer_lanes").end_day) == [300, 250, 230, 400, 120]


def test_marks_tell_calls_draws_and_ends():
    trial = asked(
        patient(
            stopped=0, baseline_draw=-20, scans=[(91, "PD")], lost=150,
            calls=[
                (-20, "NEGATIVE"), (45, "POSITIVE", 1.5, {"superseded_by": "01-001-R3"}), (45, "POSITIVE", 2.5),
                (80, "NOT_EVALUABLE", None, {"failure_reason": "HAEMOLYSIS"}),
            ],
            draws=[(90, "M3")], visit_of={45: "M1.5"},
        ),
        visit_plan=[("M1.5", 45), ("M2", 60, {"window_minus": 2, "window_plus": 2}), ("M3", 91), ("M6", 182)],
    )
    assert rows(trial.ask("swimmer_marks"), "kind", "day", "quantity", "unit", "qualifier", "visit_code", "detail") == [
        ("CTDNA_NEGATIVE", -20, None, None, None, None, None),
        ("CTDNA_POSITIVE", 45, 2.5, "MTM/mL", "=", "M1.5", None),
        ("DRAW_MISSED", 60, None, None, None, "M2", None),
        ("CTDNA_NOT_EVALUABLE", 80, None, None, None, None, "HAEMOLYSIS"),
        ("DRAW_PENDING", 90, None, None, None, "M3", None),
        ("PROGRESSION", 91, None, None, None, None, None),
        ("LTFU", 150, None, None, None, None, None),
    ]


def test_an_ongoing_patient_has_an_arrow_at_the_end_of_follow_up_and_draws_to_come():
    trial = asked(patient(followed=100), visit_plan=[("M1.5", 45, {"window_minus": 7, "window_plus": 7}), ("M3", 91), ("M6", 182)])
    assert rows(trial.ask("swimmer_marks"), "kind", "day", "detail") == [
        ("DRAW_OVERDUE", 45, "48"),  # 100 − 52
        ("DRAW_DUE", 91, None),
        ("ONGOING", 100, None),
        ("DRAW_NOT_YET_DUE", 182, None),
    ]


def test_only_the_included_have_lanes():
    trial = asked(patient("01-1"), patient("01-2", included=None, consented=5))
    for question in ("swimmer_lanes", "status_spans", "swimmer_marks"):
        assert set(trial.ask(question).subject_id) == {"01-1"}


def test_where_the_scope_hides_what_scans_showed_the_status_is_unknown_unless_the_patient_died():
    trial = asked(
        patient("01-1", scans=[(91, "SD")]), patient("01-2", scans=[(91, "PD")], died=200), patient("01-3"),
        patient("01-4", scans=[(91, "PD")], lost=100), role=Role.MONITOR, own_sites=("01",),
    )
    assert rows(trial.ask("swimmer_lanes"), "status", "progression_day") == [(None, None), ("DEAD", None), ("ONGOING", None), (None, None)]
    assert "PROGRESSION" not in set(trial.ask("swimmer_marks").kind)


def test_with_nobody_included_every_answer_is_empty_and_keeps_its_columns():
    trial = asked(patient(included=None, consented=5))
    for question in ("swimmer_lanes", "status_spans", "swimmer_marks", "draw_schedule", "time_to_event"):
        answer = trial.ask(question)
        assert answer.empty and "subject_id" in answer.columns
