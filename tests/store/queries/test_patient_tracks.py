"""Lesion sums and adverse events of one patient; who the patients of a scope are."""

import pytest

from heroes.access import Role
from heroes.errors import ClosedDataError
from tests.store.queries.trials import asked, patient, rows

LESIONS = [{"lesion_id": "T1", "role": "TARGET"}, {"lesion_id": "T2", "role": "TARGET"}, {"lesion_id": "N1", "role": "NON-TARGET"}]


def measured(*more):
    return [{"lesion_id": lesion, "day": day, "evaluator": "INVESTIGATOR", "diameter_mm": mm, "state": state} for lesion, day, mm, state in more]


def test_target_lesions_are_added_up_and_an_absent_one_is_nothing():
    trial = asked(patient(lesions=LESIONS, lesion_measures=measured(
        ("T1", 0, 12.0, None), ("T2", 0, 15.0, None), ("N1", 0, 40.0, None), ("T1", 91, 6.5, None), ("T2", 91, None, "ABSENT"),
    )))
    assert rows(trial.ask("patient_lesion_sums", subject="01-001"), "day", "sum_mm", "n_lesions") == [(0, 27.0, 2), (91, 6.5, 2)]


def test_a_scan_on_which_one_lesion_was_not_measured_has_no_sum():
    trial = asked(patient(lesions=LESIONS, lesion_measures=measured(
        ("T1", 0, 12.0, None), ("T2", 0, 15.0, None), ("T1", 91, 6.5, None), ("T1", 182, 7.0, None), ("T2", 182, None, "NE"),
    )))
    assert rows(trial.ask("patient_lesion_sums", subject="01-001"), "day", "sum_mm") == [(0, 27.0), (91, None), (182, None)]


def test_a_monitor_has_neither_lesions_nor_adverse_events():
    trial = asked(patient(lesions=LESIONS), role=Role.MONITOR)
    for question in ("patient_lesion_sums", "patient_adverse_events"):
        with pytest.raises(ClosedDataError):
            trial.ask(question, subject="01-001")


def test_the_patients_of_a_scope_with_where_they_stand():
    trial = asked(patient("01-001", followed=10), patient("02-001", followed=20), own_sites=("01",))
    answer = trial.ask("subjects")
    assert rows(answer, "subject_id", "is_included", "cut_off_day", "screening") == [("01-001", True, 10, "INCLUDED")]
