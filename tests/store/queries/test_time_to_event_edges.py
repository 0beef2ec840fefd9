"""Times to event where two things meet: on one day, in one flag, before the origin.

Days count from the inclusion, the cut-off is day 400.
"""

import pytest

from heroes.store.times import TIME_QUESTIONS
from tests.store.queries.trials import asked, patient, rows

SUSPECTED = {"equivocal": True}


@pytest.mark.parametrize("parameter", TIME_QUESTIONS)
def test_each_answer_names_its_parameter(parameter):
    question, estimand = TIME_QUESTIONS[parameter]
    answer = asked(patient(calls=[(45, "POSITIVE")])).ask(question, **estimand)
    assert rows(answer, "paramcd") == [(parameter,)]


def test_a_suspected_progression_is_said_of_the_censored_only():
    scans = [(91, "SD"), (182, "PD", SUSPECTED)]
    trial = asked(patient("01-1", calls=[(45, "POSITIVE")], scans=scans, died=200), patient("01-2", calls=[(45, "POSITIVE")], scans=scans))
    for question in ("time_to_event", "time_from_first_positive"):
        assert rows(trial.ask(question), "event", "flag") == [(True, None), (False, "progression suspected, not confirmed")]


def test_of_one_day_the_events_of_the_de_escalation_have_their_order():
    positive, new = [(120, "POSITIVE")], [("NEW_PD", 120, None)]
    trial = asked(
        patient("01-1", stopped=0, calls=positive, treatments=new, scans=[(91, "SD"), (120, "PD")], died=120),
        patient("01-2", stopped=0, calls=positive, treatments=new, scans=[(91, "SD")], died=120),
        patient("01-3", stopped=0, calls=positive, treatments=new, scans=[(91, "SD")]),
        patient("01-4", stopped=0, calls=positive, resumed=120, scans=[(91, "SD")]),
    )
    first, death, clinical, found = "RADIOLOGICAL PROGRESSION", "DEATH", "CLINICAL PROGRESSION", "CTDNA POSITIVE"
    for table, third in (("study", found), ("ema", clinical)):
        answer = trial.ask("time_to_event", estimand="composite", censoring=table)
        assert rows(answer, "end_day", "reason", "cause") == [(120, reason, 1) for reason in (first, death, third, found)]


def test_a_negative_of_the_day_of_the_positive_clears_nothing():
    calls = [(45, "NEGATIVE"), (91, "POSITIVE"), (91, "NEGATIVE")]
    trial = asked(patient(calls=calls, scans=[(182, "SD")]))
    for answer in (trial.ask("time_to_molecular_recurrence"), trial.ask("time_to_event", estimand="composite")):
        assert rows(answer, "time_days", "clear_days", "reason") == [(91, 45, "CTDNA POSITIVE")]


def test_of_several_missed_baseline_visits_the_last_is_named():
    imaging = {"needs_imaging": True}
    plan = [("SCREEN", -21, imaging), ("SCAN-0", 0, imaging), ("BLOOD-0", 0), ("M3", 91, imaging)]
    missed = [(code, None, "MISSED") for code in ("SCREEN", "SCAN-0", "BLOOD-0", "M3")]
    answer = asked(patient(visits=missed, scans=[(182, "SD")]), visit_plan=plan).ask("time_to_event")
    assert rows(answer, "reason", "source_table", "source_day", "source_detail") == [("NO BASELINE ASSESSMENT", "visit", 0, "SCAN-0")]


def test_a_scan_and_a_draw_of_one_day_censor_at_the_scan():
    trial = asked(patient(calls=[(91, "NEGATIVE")], scans=[(91, "SD")]))
    answer = trial.ask("time_to_event", estimand="composite")
    assert rows(answer, "end_day", "source_table", "source_detail") == [(91, "response", "SD, INVESTIGATOR")]


def test_a_reading_that_was_not_delivered_is_neither_a_progression_nor_its_absence():
    """The scan dates nothing; the patient stays in the analysis on what was read, and everybody is told."""
    trial = asked(patient("01-1", scans=[(91, None), (182, "SD")], calls=[(45, "NEGATIVE")]), patient("01-2", scans=[(91, "SD")]))
    columns = ("end_day", "event", "source_table", "source_detail", "flag")
    assert rows(trial.ask("time_to_event"), *columns) == [
        (182, False, "response", "SD, INVESTIGATOR", "reading of a scan not delivered"), (91, False, "response", "SD, INVESTIGATOR", None),
    ]
    assert rows(trial.ask("time_to_molecular_recurrence"), "event", "cause", "flag") == [
        (False, 0, "reading of a scan not delivered"), (False, 0, None),
    ]
    assert rows(trial.ask("progressions"), "no_reading_day", "is_hidden", "n_assessments") == [(91, False, 1), (None, False, 1)]


def test_what_explains_a_censoring_is_not_said_of_an_event():
    trial = asked(
        patient("01-1", scans=[(91, "PD", {"evaluable": False}), (182, "PD")]),
        patient("01-2", scans=[(91, "SD")], completed=100, died=150),
        patient("01-3", scans=[(91, "SD")], discontinued=100, died=150),
    )
    assert rows(trial.ask("time_to_event"), "event", "flag") == [(True, None)] * 3


def test_who_left_before_the_treatment_for_a_progression_that_no_scan_shows_was_censored_for_leaving():
    treated = dict(scans=[(91, "SD")], treatments=[("NEW_PD", 150, None)])
    trial = asked(
        patient("01-1", withdrawn=149, **treated), patient("01-2", lost=149, **treated), patient("01-3", lost=150, withdrawn=150, **treated)
    )
    reasons = [("WITHDRAWAL OF CONSENT",), ("LOST TO FOLLOW-UP",), ("UNDOCUMENTED PROGRESSION",)]
    assert rows(trial.ask("time_to_event"), "reason") == reasons
