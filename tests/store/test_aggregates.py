"""Counts of enrolment per site, recounted by hand."""

from datetime import date

import pytest

from heroes.access import Person, Policy, Role
from heroes.protocol import read_protocol
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.builders import a_subject, a_trial, publish

ALL = scope_of(Person(Role.STATISTICIAN), Policy())


@pytest.fixture
def rows(tmp_path):
    """Rows of an SQL text over the aggregates of a trial."""

    def of(contents, sql):
        trial = open_cut(publish(contents, tmp_path).cut, ALL, read_protocol()).trial()
        return trial._cursor.execute(sql).fetchall()

    return of


def test_weeks_begin_on_monday_and_count_first_steps_only(rows):
    contents = a_trial(
        a_subject("01-001", consented="2025-01-05", included="2025-01-13", stopped=["2025-01-19", "2025-06-01"]),
        a_subject("01-002", consented="2025-01-06", included="2025-01-19"),
        a_subject("02-001", included="2025-01-20"),
    )
    assert rows(contents, "SELECT site_id, step, week, n FROM accrual_week ORDER BY ALL") == [
        ("01", "CONSENT1", date(2024, 12, 30), 1),  # 5 January 2025 is a Sunday
        ("01", "CONSENT1", date(2025, 1, 6), 1),
        ("01", "INCLUDED", date(2025, 1, 13), 2),  # Monday and Sunday of one week
        ("01", "TX_STOP", date(2025, 1, 13), 1),
        ("02", "INCLUDED", date(2025, 1, 20), 1),
    ]


def test_a_patient_never_included_is_counted_from_the_first_consent(rows):
    contents = a_trial(a_subject("01-001", consented="2025-02-24"))
    assert rows(contents, "FROM accrual_week") == [("01", "CONSENT1", date(2025, 2, 24), 1)]


def test_relative_times_have_no_week_but_are_counted(rows):
    contents = a_trial(a_subject("01-001", consented="2025-01-05", included="2025-01-13", relative=True))
    assert rows(contents, "FROM accrual_week") == []
    assert rows(contents, "FROM site_status") == [("01", 1, 1, None, None)]


def test_site_status_counts_each_site_and_days_since_its_last_inclusion(rows):
    contents = a_trial(
        a_subject("01-001", consented="2025-01-05", included="2025-01-13", stopped="2025-01-20"),
        a_subject("01-002", consented="2025-12-01", included="2026-01-01"),
        a_subject("02-001", consented="2026-01-10"),
        sites={"03": {}},
        cut_off="2026-01-31",
    )
    assert rows(contents, "SELECT * FROM site_status ORDER BY site_id") == [
        ("01", 2, 2, 1, 30),
        ("02", 1, 0, 0, None),
        ("03", 0, 0, 0, None),
    ]


def test_steps_that_were_not_delivered_are_unknown_not_zero(rows):
    contents = a_trial(a_subject("01-001", included="2025-01-13"))
    assert rows(contents, "SELECT n_consented, n_included, n_stopped FROM site_status") == [(None, 1, None)]


def test_a_trial_without_patients_has_consented_none(rows):
    contents = a_trial(sites={"01": {}})
    assert rows(contents, "FROM site_status") == [("01", 0, 0, 0, None)]
    assert rows(contents, "FROM funnel_step") == []


FUNNEL = a_trial(
    a_subject(
        "01-001", consented="2025-01-01", tissue_sent="2025-01-02", assay_ready="2025-01-20", baseline_draw="2025-01-21",
        baseline_result="2025-01-30", consented_again="2025-02-01", included="2025-02-02", stopped="2025-02-03",
        calls=[("2025-01-21", "NEGATIVE"), ("2025-05-01", "POSITIVE", 1.0)],
    ),
    a_subject(
        "01-002", consented="2025-01-01", tissue_sent="2025-01-02", assay_ready="2025-01-20", baseline_draw="2025-01-21",
        baseline_result="2025-01-30", calls=[("2025-01-21", "POSITIVE", 2.0)], screening=("FAILED", "CTDNA_POSITIVE_BASELINE"),
    ),
    a_subject(
        "02-001", consented="2025-01-01", tissue_sent="2025-01-02", assay_ready="2025-01-20", baseline_draw=["2025-01-21", "2025-02-10"],
        baseline_result="2025-02-20", calls=[("2025-01-21", "NOT_EVALUABLE"), ("2025-02-10", "NEGATIVE")],
    ),
    a_subject("02-002", consented="2025-01-01", baseline_draw="2025-01-21", calls=[("2025-01-21", "NOT_EVALUABLE")]),
    a_subject(
        "02-003", consented="2025-01-01", baseline_draw="2025-01-21",
        calls=[("2025-01-21", "NEGATIVE", None, {"superseded_by": "02-003-R2"}), ("2025-01-21", "POSITIVE", 0.4, {"amended": True})],
    ),
    a_subject("02-004", consented="2025-01-01"),
)


def test_the_funnel_counts_who_reached_each_step(rows):
    assert rows(FUNNEL, "SELECT step, sum(n) FROM funnel_step GROUP BY step, step_order ORDER BY step_order") == [
        ("CONSENT1", 6),
        ("TISSUE_SENT", 3),
        ("ASSAY_READY", 3),
        ("BASELINE_DRAW", 5),
        ("BASELINE_RESULT", 4),  # all drawn but 02-002, whose only call cannot be evaluated
        ("BASELINE_NEGATIVE", 2),  # 01-001 before inclusion, 02-001 on the second draw; 02-003 was amended to positive
        ("CONSENT2", 1),
        ("INCLUDED", 1),
        ("TX_STOP", 1),
    ]


def test_the_funnel_counts_who_has_no_record_of_the_step_before(rows):
    skipped = "SELECT step, sum(n_without_step_before) AS n FROM funnel_step GROUP BY step, step_order HAVING n > 0 ORDER BY step_order"
    assert rows(FUNNEL, skipped) == [("BASELINE_DRAW", 2)]  # 02-002 and 02-003: no assay
    included_positive = a_subject(
        "03-001", consented="2025-01-01", baseline_draw="2025-01-21", consented_again="2025-02-01", included="2025-02-02",
        calls=[("2025-01-21", "POSITIVE", 2.0)],
    )
    negative = a_subject(
        "03-002", consented="2025-01-01", baseline_draw="2025-01-21", consented_again="2025-02-01", included="2025-02-02",
        calls=[("2025-01-21", "NEGATIVE")],
    )
    assert rows(a_trial(included_positive, negative), skipped) == [("CONSENT2", 1)]


def test_the_funnel_has_a_row_for_every_site_and_step_that_was_delivered(rows):
    contents = a_trial(a_subject("01-001", included="2025-01-10"), sites={"02": {}})
    assert rows(contents, "FROM funnel_step") == [("01", "INCLUDED", 8, 1, 0), ("02", "INCLUDED", 8, 0, 0)]


def test_calls_of_a_trial_that_delivers_no_baseline_draw_make_no_baseline_step(rows):
    contents = a_trial(a_subject("01-001", included="2025-01-10", calls=[("2025-01-10", "POSITIVE", 2.0)]))
    assert rows(contents, "SELECT step FROM funnel_step") == [("INCLUDED",)]
