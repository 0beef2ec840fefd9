"""What the times to event say of themselves where two things are odd at once, and records that must not mix."""

import pytest

from heroes.access import Role
from heroes.model.terms import Parameter
from heroes.store.times import TIME_QUESTIONS
from tests.store.queries.trials import asked, patient, rows

BOTH = "origin not recorded, inclusion used; end before origin set to origin"


@pytest.mark.parametrize("parameter", [Parameter.PFS, Parameter.OS, Parameter.TTNT, Parameter.TTMR, Parameter.TTDQL])
def test_two_flags_are_joined_and_both_are_said(parameter):
    question, given = TIME_QUESTIONS[parameter]
    answer = asked(patient("01-001", died=-5), role=Role.STATISTICIAN).ask(question, origin="BASELINE_DRAW", **given)
    assert rows(answer, "end_day", "time_days", "reason", "flag") == [(0, 0, "DEATH", BOTH)]


def test_a_restart_before_a_stop_that_only_the_treatments_tell_ends_no_interval():
    # Maintenance ended on day 50; what was given from day 30 was given beside it. Followed to the cut-off's last record, day 50.
    someone = patient("01-001", treatments=[("MAINTENANCE", -900, 50), ("RESUME_OTHER", 30, 40)], scans=[(91, "SD")])
    answer = asked(someone, role=Role.STATISTICIAN).ask("treatment_free_interval")
    assert rows(answer, "start_day", "end_day", "event", "reason") == [(50, 91, False, "ONGOING WITHOUT EVENT")]


def test_items_of_another_questionnaire_score_no_scale_of_this_one():
    # Items 1 to 5 of the EQ-5D-5L have the numbers of the physical scale of the QLQ-C30.
    other = (0, dict.fromkeys(range(1, 6), 1), "EQ-5D-5L")
    someone = patient("01-001", questionnaires=[other, (0, {29: 7, 30: 7})])
    answer = asked(someone, role=Role.STATISTICIAN).ask("quality_of_life_scores")
    assert rows(answer, "scale", "score") == [("QL", 100.0)]


def test_a_suspicion_is_not_said_of_a_patient_who_died():
    equivocal = {"equivocal": True}
    someone = patient("01-001", calls=[(45, "POSITIVE", 1.0)], scans=[(91, "PD", equivocal), (182, "SD")], died=200)
    answer = asked(someone, role=Role.STATISTICIAN).ask("time_from_first_positive")
    assert rows(answer, "time_days", "reason", "flag") == [(155, "DEATH", None)]


def test_a_visit_that_was_missed_shows_nobody_alive():
    someone = patient("01-001", visits=[("M3", 91, "DONE"), ("M6", 182, "MISSED")])
    answer = asked(someone, role=Role.STATISTICIAN).ask("overall_survival")
    assert rows(answer, "time_days", "source_table", "source_detail") == [(91, "visit", "M3")]
