"""Twelve patients written by hand, each another story: every clock, alert and mark is right.

Days count from the inclusion. The plan: draws M1.5 (day 45), M3 (91), M6 (183), M9 (274), M12 (365); scans M3 to M12; each may be
7 days early and 14 days late. Limits are the packaged protocol's: restart and decision within 28 days, a suspicion settled within 56,
first result within 35 days, a later one within 21, no news for 16 weeks, test after a restart on day 91 after it ± 7. A result
comes eight days after its draw.
"""

import pytest

from heroes.access import Role
from heroes.labels import words_in
from heroes.statistics.alert_sentences import say_alert
from heroes.statistics.surveillance import rank_alerts
from tests.store.queries.trials import asked, patient, rows

WINDOW = {"window_minus": 7, "window_plus": 14, "needs_imaging": True}
PLAN = [
    ("M1.5", 45, {**WINDOW, "needs_imaging": False}), ("M3", 91, WINDOW), ("M6", 183, WINDOW), ("M9", 274, WINDOW),
    ("M12", 365, WINDOW),
]
NEG, POS, NE = "NEGATIVE", "POSITIVE", "NOT_EVALUABLE"


def result(day, call, quantity=None, **more):
    """A result known eight days after its draw."""
    failed = {"failure_reason": "HAEMOLYSIS"} if call == NE else {}
    return (day, call, quantity, {"resulted_day": day + 8, **failed, **more})


def a_story(subject_id, *calls, baseline=NEG, seen=(), **told):
    """A patient with the usual screening. seen: days of visits besides."""
    usual = {"consented": -60, "baseline_draw": -30, "baseline_result": -20, "consented_again": -5, "stopped": 3}
    return patient(
        subject_id, calls=[result(-30, baseline, 1.0 if baseline == POS else None), *calls],
        visits=[("SEEN", day, "UNPLANNED") for day in seen], **{**usual, **told},
    )


STORIES = (
    # Followed as planned, and nothing happens.
    a_story("01-001", result(44, NEG), result(92, NEG), result(183, NEG), followed=200, scans=[(90, "PR"), (184, "PR")]),
    # ctDNA positive on the very day of the progression; treated again 40 days later.
    a_story("01-002", result(45, NEG), result(91, POS, 2.0), followed=260, scans=[(91, "PD")], resumed=131,
            treatments=[("RESUME_PD", 131, None)], seen=[250]),
    # First reported negative, amended to positive on day 110: nobody has restarted by day 150.
    a_story("01-003", result(45, NEG), result(92, NEG, superseded_by="01-003-R4"), result(92, POS, 1.5, amended=True, resulted_day=110),
            followed=150, scans=[(91, "SD")]),
    # Died three days before the draw of month 3.
    a_story("01-004", result(45, NEG), followed=300, died=88),
    # Restart refused: positive three times, still off therapy, still followed.
    a_story("01-005", result(46, POS, 0.5), result(93, POS, 0.9), result(184, POS, 4.0), followed=200, scans=[(92, "PR"), (185, "PR")]),
    # Not evaluable twice.
    a_story("01-006", result(45, NE), result(92, NE), followed=120, scans=[(95, "CR")]),
    # Lost on day 150, with a positive test that nobody has acted on.
    a_story("01-007", result(45, POS, 1.1), followed=200, lost=150),
    # Moved from site 01 to site 02 on day 60; there the draw of month 3 was not made. The scan found a suspicion.
    a_story("02-008", result(45, NEG), followed=170, scans=[(98, "PD", {"equivocal": True})], moves=[(0, "01"), (60, "02")], seen=[165]),
    # Included although the baseline was positive.
    a_story("02-009", result(45, NEG), followed=60, baseline=POS),
    # Therapy resumed without any trigger; the second consent is six days after the stop.
    a_story("02-010", result(45, NEG), result(92, NEG), followed=110, scans=[(92, "PR")], resumed=70, consented_again=9,
            treatments=[("RESUME_OTHER", 70, None)]),
    # As 01-005, but the delivery has relative times only.
    a_story("02-011", result(46, POS, 0.5), followed=200, relative=True),
    # Restarted for a positive and cleared, but the test after the restart was made late; another draw waits for its result.
    a_story("02-012", result(45, POS, 3.0), result(170, NEG), followed=300, scans=[(92, "PR"), (183, "PR"), (275, "PR")], resumed=60,
            treatments=[("RESUME_CTDNA", 60, None)], draws=[(270, "EXTRA")]),
)


@pytest.fixture(scope="module")
def trial():
    return asked(*STORIES, visit_plan=PLAN, role=Role.STATISTICIAN)


@pytest.fixture(scope="module")
def alerts(trial):
    return rank_alerts(trial.ask("protocol_alerts"))


@pytest.fixture(scope="module")
def ringing(alerts):
    """subject → [(rule, days, limit, sentence)] in order of danger."""

    def of(subject):
        own = alerts[alerts.subject_id == subject].to_dict("records")
        return [(alert["rule"], say_alert(alert, words_in("en"), "ctDNA")) for alert in own]

    return of


@pytest.fixture(scope="module")
def clock(trial):
    """(subject, kind) → {visit: status with its days}, as "LATE 7"; (subject, kind of reaction) → [(status, days)]."""
    planned, reactions = trial.ask("protocol_clocks"), trial.ask("reaction_clocks")

    def of(subject, kind):
        own = planned[(planned.subject_id == subject) & (planned.kind == kind)]
        found = {visit: status if days is None else f"{status} {days}" for visit, status, days in rows(own, "visit_code", "status", "days")}
        own = reactions[(reactions.subject_id == subject) & (reactions.kind == kind)]
        return found or rows(own, "status", "days")

    return of


def test_whoever_is_followed_as_planned_rings_nowhere(ringing, clock):
    assert ringing("01-001") == []
    assert clock("01-001", "DRAW") == {"M1.5": "DONE", "M3": "DONE", "M6": "DONE", "M9": "NOT_YET_DUE", "M12": "NOT_YET_DUE"}
    assert clock("01-001", "SCAN") == {"M3": "DONE", "M6": "DONE", "M9": "NOT_YET_DUE", "M12": "NOT_YET_DUE"}
    assert clock("01-001", "STOP") == [("DONE", 3)]
    assert clock("01-001", "RESTART") == []


def test_positive_on_the_day_of_progression_asks_for_a_decision_and_not_for_a_restart(ringing, clock):
    assert ringing("01-002") == []
    assert clock("01-002", "RESTART") == []
    assert clock("01-002", "DECISION") == [("LATE", 40)]
    # Planned scans and draws end with the progression.
    assert clock("01-002", "DRAW") == {"M1.5": "DONE", "M3": "DONE"}
    assert clock("01-002", "SCAN") == {"M3": "DONE"}


def test_an_amended_result_counts_from_the_day_on_which_it_was_amended(ringing, clock):
    assert ringing("01-003") == [(
        "POSITIVE_NOT_RESTARTED",
        "ctDNA positive in the draw of day 92; known for 40 days, and therapy is not resumed (allowed: 28 days).",
    )]
    assert clock("01-003", "RESTART") == [("OVERDUE", 40)]


def test_nothing_is_asked_of_the_dead(ringing, clock):
    assert ringing("01-004") == []
    assert clock("01-004", "DRAW") == {"M1.5": "DONE"}
    assert clock("01-004", "SCAN") == []


def test_a_refused_restart_rings_from_the_first_positive_until_somebody_acknowledges_it(ringing, clock):
    # The first positive, drawn on day 46, was known on day 54; later positives do not start the clock anew.
    assert ringing("01-005") == [(
        "POSITIVE_NOT_RESTARTED",
        "ctDNA positive in the draw of day 46; known for 146 days, and therapy is not resumed (allowed: 28 days).",
    )]
    assert clock("01-005", "RESTART") == [("OVERDUE", 146)]
    assert clock("01-005", "DRAW")["M6"] == "DONE"


def test_two_tests_in_a_row_that_tell_nothing_ring(trial, ringing, clock):
    assert ringing("01-006") == [(
        "NOT_EVALUABLE_AGAIN", "The last 2 ctDNA results could not be evaluated; the last draw was on day 92.",
    )]
    assert clock("01-006", "DRAW")["M3"] == "DONE"
    planned = trial.ask("protocol_clocks")
    own = planned[(planned.subject_id == "01-006") & (planned.kind == "DRAW") & (planned.status == "DONE")]
    assert rows(own, "is_evaluable") == [(False,), (False,)]


def test_whoever_was_lost_with_a_positive_test_is_still_to_be_found(alerts, ringing, clock):
    assert ringing("01-007") == [(
        "POSITIVE_NOT_RESTARTED",
        "ctDNA positive in the draw of day 45; known for 147 days, and therapy is not resumed (allowed: 28 days).",
    )]
    # No news is expected of the lost, and the schedule has ended: the draw of month 3 was missed, not overdue.
    assert clock("01-007", "DRAW") == {"M1.5": "DONE", "M3": "MISSED"}


def test_a_patient_who_moved_is_asked_for_at_the_new_site(alerts, ringing, clock):
    assert ringing("02-008") == [
        ("PROGRESSION_UNCONFIRMED", "Progression suspected on the scan of day 98; no evaluable scan in 72 days since (allowed: 56 days)."),
        ("DRAW_OVERDUE", "Draw M3, planned on day 91, is not made; its window closed 65 days ago."),
    ]
    assert set(alerts[alerts.subject_id == "02-008"].site_id) == {"02"}
    assert clock("02-008", "CONFIRM_SCAN") == [("OVERDUE", 72)]
    assert clock("02-008", "DRAW") == {"M1.5": "DONE", "M3": "OVERDUE 65", "M6": "NOT_YET_DUE", "M9": "NOT_YET_DUE", "M12": "NOT_YET_DUE"}


def test_a_positive_baseline_that_was_included_rings_and_starts_no_restart_clock(ringing, clock):
    assert ringing("02-009") == [("BASELINE_POSITIVE_INCLUDED", "Included although the baseline ctDNA (draw of day -30) is positive.")]
    assert clock("02-009", "RESTART") == []


def test_a_restart_without_trigger_and_a_consent_after_the_stop_ring(ringing, clock):
    assert ringing("02-010") == [
        ("CONSENT_ORDER", "Second consent (day 9) after the stop of therapy."),
        ("RESTART_WITHOUT_TRIGGER", "Therapy resumed or changed on day 70 for another reason than a positive ctDNA or a progression."),
    ]
    # The regular draws end with the restart, and the one after it is only asked for after a positive; the draw of day 92 was made.
    assert clock("02-010", "POST_RESTART") == []
    assert clock("02-010", "SCAN")["M6"] == "NOT_YET_DUE"


def test_with_relative_times_only_nothing_is_said_to_be_due(ringing, clock):
    assert ringing("02-011") == []
    assert clock("02-011", "DRAW") == {"M1.5": "DONE"}
    assert clock("02-011", "RESTART") == []


def test_a_late_test_after_a_restart_and_an_outstanding_result_ring(ringing, clock):
    # The restart of day 60 asks for a test on day 151, until day 158; it was made on day 170.
    assert ringing("02-012") == [
        ("RESULT_OUTSTANDING", "Blood drawn on day 270; no result for 30 days (allowed: 21 days)."),
        ("OUTSIDE_WINDOW", "The test after the restart, on day 170, was made 12 days after its window."),
    ]
    assert clock("02-012", "POST_RESTART") == {"POST_RESTART": "LATE 12"}
    assert clock("02-012", "RESTART") == [("DONE", 7)]
    assert clock("02-012", "RESULT") == [("OVERDUE", 30)]
    # Scans go on after a restart, regular draws do not.
    assert clock("02-012", "SCAN") == {"M3": "DONE", "M6": "DONE", "M9": "DONE", "M12": "NOT_YET_DUE"}


def test_alerts_are_listed_by_danger_and_then_by_the_longest_wait(alerts):
    assert rows(alerts, "danger", "rule", "subject_id") == [
        ("URGENT", "POSITIVE_NOT_RESTARTED", "01-007"),
        ("URGENT", "POSITIVE_NOT_RESTARTED", "01-005"),
        ("URGENT", "POSITIVE_NOT_RESTARTED", "01-003"),
        ("URGENT", "BASELINE_POSITIVE_INCLUDED", "02-009"),
        ("URGENT", "PROGRESSION_UNCONFIRMED", "02-008"),
        ("SOON", "DRAW_OVERDUE", "02-008"),
        ("SOON", "NOT_EVALUABLE_AGAIN", "01-006"),
        ("SOON", "RESULT_OUTSTANDING", "02-012"),
        ("CHECK", "CONSENT_ORDER", "02-010"),
        ("CHECK", "RESTART_WITHOUT_TRIGGER", "02-010"),
        ("CHECK", "OUTSIDE_WINDOW", "02-012"),
    ]


def test_every_alert_names_the_record_it_rests_on(trial, alerts):
    evidence = {(a.subject_id, a.rule): (a.source_table, a.source_day, a.source_record) for a in alerts.itertuples()}
    assert evidence["01-003", "POSITIVE_NOT_RESTARTED"] == ("ctdna_result", 92, "01-003-R4")
    assert evidence["02-009", "BASELINE_POSITIVE_INCLUDED"] == ("ctdna_result", -30, "02-009-R1")
    assert evidence["02-008", "PROGRESSION_UNCONFIRMED"] == ("response", 98, "PD")
    assert evidence["02-010", "CONSENT_ORDER"] == ("milestone", 9, "CONSENT2")
    assert evidence["02-012", "RESULT_OUTSTANDING"] == ("specimen", 270, "02-012-S1")


def test_the_marks_of_the_lanes_are_those_of_the_stories(trial):
    marks = trial.ask("swimmer_marks")

    def of(subject):
        return rows(marks[marks.subject_id == subject], "day", "kind")

    assert of("01-002")[1:3] == [(45, "CTDNA_NEGATIVE"), (91, "CTDNA_POSITIVE")] and (91, "PROGRESSION") in of("01-002")
    assert [mark for mark in of("01-003") if mark[0] == 92] == [(92, "CTDNA_POSITIVE")]  # the amended result alone
    assert of("01-004")[-1] == (88, "DEATH")
    assert [kind for _, kind in of("01-006")][1:3] == ["CTDNA_NOT_EVALUABLE"] * 2
    assert (150, "LTFU") in of("01-007")
    assert (91, "DRAW_OVERDUE") in of("02-008") and not [day for day, kind in of("02-008") if kind == "PROGRESSION"]
    assert (270, "DRAW_PENDING") in of("02-012")


def test_a_monitor_hears_of_no_progression(ringing):
    trial = asked(*STORIES, visit_plan=PLAN, role=Role.MONITOR, own_sites=("01", "02"))
    heard = set(trial.ask("protocol_alerts").rule)
    assert "POSITIVE_NOT_RESTARTED" in heard
    assert not heard & {"PROGRESSION_UNCONFIRMED", "PROGRESSION_WITHOUT_DECISION", "RESTART_WITHOUT_TRIGGER"}
