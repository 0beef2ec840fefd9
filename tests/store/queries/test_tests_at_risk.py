"""Tests that could have been falsely positive, and who read the scans: counted by hand."""

from heroes.access import Role
from tests.store.queries.trials import asked, patient, rows


def test_evaluable_tests_count_up_to_and_including_the_first_positive():
    trial = asked(
        patient("01-001", baseline_draw=-20, calls=[(-20, "NEGATIVE"), (45, "NEGATIVE"), (91, "POSITIVE", 1.0), (180, "NEGATIVE")]),
        patient("01-002", calls=[(45, "NEGATIVE"), (91, "NOT_EVALUABLE"), (180, "NEGATIVE")]),
        patient("01-003"),
        role=Role.STATISTICIAN,
    )
    assert rows(trial.ask("tests_at_risk")) == [("01-001", 2, True), ("01-002", 2, False), ("01-003", 0, False)]


def test_superseded_results_and_those_after_the_cut_off_do_not_count():
    trial = asked(
        patient("01-001", followed=100, calls=[
            (45, "POSITIVE", 1.0, {"superseded_by": "01-001-R2"}), (45, "NEGATIVE"), (101, "POSITIVE", 1.0),
        ]),
        role=Role.STATISTICIAN,
    )
    assert rows(trial.ask("tests_at_risk")) == [("01-001", 1, False)]


def test_evaluators_come_by_the_number_of_patients_they_read():
    trial = asked(
        patient("01-001", scans=[(91, "SD"), (182, "SD"), (91, "SD", {"evaluator": "INDEPENDENT ASSESSOR"})]),
        patient("01-002", scans=[(91, "SD")]),
        role=Role.STATISTICIAN,
    )
    assert rows(trial.ask("evaluators")) == [("INVESTIGATOR", 2), ("INDEPENDENT ASSESSOR", 1)]
