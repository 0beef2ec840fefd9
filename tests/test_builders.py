"""Trials made in a line say exactly what was told, in days."""

from datetime import date

import pytest

from tests.builders import a_frame, a_subject, a_trial, publish


def rows(contents, table, *columns):
    return [tuple(row) for row in contents.tables[table][list(columns)].itertuples(index=False)]


def test_days_count_from_the_inclusion():
    trial = a_trial(a_subject("01-001", consented="2024-12-20", included="2025-01-10", progressed="2025-03-31"), cut_off="2025-12-31")
    assert rows(trial, "subject", "subject_id", "site_id", "origin_kind", "origin_to_cut_off_days") == [("01-001", "01", "INCLUSION", 355)]
    assert rows(trial, "milestone", "kind", "day") == [("CONSENT1", -21), ("INCLUDED", 0)]
    assert rows(trial, "response", "day", "overall", "evaluable") == [(80, "PD", True)]
    assert rows(trial, "screen_outcome", "status") == [("INCLUDED",)]


def test_days_of_a_patient_never_included_count_from_the_first_consent():
    trial = a_trial(a_subject("07-001", consented="2025-01-10", baseline_draw="2025-01-20"))
    assert rows(trial, "subject", "site_id", "origin_kind") == [("07", "CONSENT1")]
    assert rows(trial, "milestone", "kind", "day") == [("CONSENT1", 0), ("BASELINE_DRAW", 10)]
    assert "screen_outcome" not in trial.tables


def test_days_of_a_patient_without_steps_count_from_the_first_record():
    trial = a_trial(a_subject("01-001", calls=[("2025-02-01", "NEGATIVE"), ("2025-03-01", "POSITIVE", 0.7)]))
    assert rows(trial, "subject", "origin_kind") == [("FIRST_RECORD",)]
    assert rows(trial, "ctdna_result", "day", "call", "quantity", "unit") == [(0, "NEGATIVE", None, None), (28, "POSITIVE", 0.7, "MTM/mL")]
    with pytest.raises(TypeError, match="at least one dated step"):
        a_subject("01-001")


def test_nothing_is_added_that_was_not_asked_for():
    trial = a_trial(a_subject(included="2025-01-10"))
    assert set(trial.tables) == {"site", "subject", "milestone", "screen_outcome"}
    assert trial.marker is None


def test_everything_that_can_be_told_makes_a_cut(tmp_path):
    trial = a_trial(
        a_subject(
            "01-001", consented="2025-01-01", included="2025-01-10", stopped="2025-01-15", resumed="2025-06-01", died="2025-10-01",
            scans=[("2025-04-10", "SD"), ("2025-04-10", "PD", {"equivocal": True}), ("2025-07-10", "NE")],
            calls=[("2025-05-10", "POSITIVE", 0.5, {"resulted_day": "2025-05-20"})], draws=[("2025-08-01",)],
            visits=[("M3", "2025-04-10", "DONE"), ("M6", None, "MISSED")], treatments=[("ANTI-HER2", "2025-06-01", None, "RESUME_CTDNA")],
            tte=[{"paramcd": "OS", "start_day": "2025-01-10", "end_day": "2025-10-01", "aval": 264.0, "aval_days": 264.0, "cnsr": 0}],
            questionnaires=[("2025-04-10", {29: 5, 30: None})], lesions=[{"lesion_id": "L1", "role": "TARGET"}],
            lesion_measures=[{"lesion_id": "L1", "day": "2025-04-10", "diameter_mm": 9}],
            forms=[("M3", "2025-04-10", "DONE"), ("M6", "MISSED"), ("M9", None, "NOT_EXPECTED", {"reason": "LANGUAGE"})],
            adverse_events=[("2025-02-09", "Fatigue"), ("2025-03-01", "Nausea", 3, {"serious": True, "end_day": "2025-03-09"})],
            deviations=[("2025-04-30", "SCAN_OUT_OF_WINDOW", False), (None, "OTHER")], criteria=["INCL08", ("EXCL01", {"day": "2025-01-09"})],
            queries=[("2025-02-01", "Open"), ("2025-02-01", "Closed", "2025-02-11", "2025-02-13")],
            pages=[("VISIT", "M3", "2025-04-10", "2025-04-20", {"n_points": 9, "n_changed": 1}), ("VISIT", "M3", "2025-04-12", None)],
            moves=[("2025-01-01", "01"), ("2025-06-10", "02")], screened_before_as="01-000",
            visit_of={"2025-05-10": "M4"}, age_y=54, sex="F",
        ),
        locations={"01": (48.1, -1.7)}, site_queries=[("01", "Open")],
        sites={"01": {"activated_on": "2024-12-01"}}, site_plan=[("01", "2025-01-01", 1)],
        visit_plan=[("M3", 91), ("M6", 183, {"window_plus": 14})], issues=[{"subject_id": "01-001"}],
    )
    assert rows(trial, "response", "day", "seq", "evaluable") == [(90, 1, True), (90, 2, True), (181, 1, False)]
    assert rows(trial, "ctdna_result", "day", "resulted_day", "visit_code") == [(120, 130, "M4")]
    assert rows(trial, "site", "site_id", "activated_on") == [("01", date(2024, 12, 1)), ("02", None)]
    assert rows(trial, "subject", "site_id") == [("02",)]
    assert rows(trial, "subject_site", "from_day", "site_id") == [(-9, "01"), (151, "02")]
    assert rows(trial, "subject_link", "subject_id", "earlier_subject_id") == [("01-001", "01-000")]
    assert rows(trial, "site_location", "site_id", "latitude", "longitude") == [("01", 48.1, -1.7)]
    assert rows(trial, "qs_form", "visit_code", "day", "status", "reason") == [
        ("M3", 90, "DONE", None), ("M6", None, "MISSED", None), ("M9", None, "NOT_EXPECTED", "LANGUAGE")
    ]
    assert rows(trial, "ae", "seq", "term", "grade", "serious", "start_day", "end_day") == [
        (1, "Fatigue", None, None, 30, None), (2, "Nausea", 3, True, 50, 58)
    ]
    assert rows(trial, "deviation", "seq", "category", "important", "day") == [(1, "SCAN_OUT_OF_WINDOW", False, 110), (2, "OTHER", None, None)]
    assert rows(trial, "eligibility", "criterion", "day") == [("INCL08", None), ("EXCL01", -1)]
    assert rows(trial, "query_item", "query_id", "site_id", "subject_id", "opened_day", "answered_day", "closed_day", "state") == [
        ("Q-01-001-1", "02", "01-001", 22, None, None, "Open"), ("Q-01-001-2", "02", "01-001", 22, 32, 34, "Closed"),
        ("Q-01-1", "01", None, None, None, None, "Open"),
    ]
    assert rows(trial, "page_entry", "page", "visit_code", "seq", "visit_day", "entered_day", "n_points", "n_changed") == [
        ("VISIT", "M3", 1, 90, 100, 9, 1), ("VISIT", "M3", 2, 92, None, None, None)
    ]
    cut = publish(trial, tmp_path).cut
    assert {table for table, n in cut.row_counts.items() if n} == set(cut.row_counts)


def test_a_column_that_does_not_exist_is_a_mistake_of_the_test():
    with pytest.raises(TypeError, match="no column colour"):
        a_frame("site", [{"site_id": "01", "colour": "red"}])
