"""Steps, standing and waiting of screening per site, the count by line of therapy, and what is gone before anybody can ask."""

import pytest

from heroes.access import Person, Policy, Role
from heroes.errors import ClosedDataError
from heroes.protocol import read_protocol
from heroes.store.connection import open_cut
from heroes.store.scope import scope_of
from tests.builders import a_frame, a_subject, a_trial, publish

SCREENING = (
    a_subject(  # included, with all steps
        "01-001", consented="2025-01-01", tissue_sent="2025-01-08", assay_ready="2025-01-28", baseline_draw="2025-01-30",
        baseline_result="2025-02-09", consented_again="2025-02-12", included="2025-02-20", stopped="2025-02-25",
        calls=[("2025-01-30", "NEGATIVE")],
    ),
    a_subject(  # positive at baseline
        "01-002", consented="2025-01-01", tissue_sent="2025-01-11", assay_ready="2025-01-28", baseline_draw="2025-02-02",
        baseline_result="2025-02-12", calls=[("2025-02-02", "POSITIVE", 2.0)], screening=("FAILED", "CTDNA_POSITIVE_BASELINE"),
    ),
    a_subject("01-003", consented="2026-01-10", tissue_sent="2026-01-15", screening="PENDING"),
    a_subject("02-001", consented="2025-05-01", screening=("FAILED", "CONSENT_DECLINED")),
    a_subject("02-002", consented="2026-01-20", screening="PENDING"),
    a_subject("02-003", consented="2026-01-21"),  # nothing was said of the outcome
)


@pytest.fixture
def rows(tmp_path):
    def of(contents, sql, role=Role.STATISTICIAN, sites=()):
        trial = open_cut(publish(contents, tmp_path).cut, scope_of(Person(role, frozenset(sites)), Policy()), read_protocol()).trial()
        return trial._cursor.execute(sql).fetchall()

    return of


def test_each_patient_stands_at_the_last_step_reached(rows):
    assert rows(a_trial(*SCREENING), "SELECT site_id, step, status, reason, n FROM screening_standing ORDER BY ALL") == [
        ("01", "BASELINE_RESULT", "FAILED", "CTDNA_POSITIVE_BASELINE", 1),
        ("01", "INCLUDED", "INCLUDED", None, 1),
        ("01", "TISSUE_SENT", "PENDING", None, 1),
        ("02", "CONSENT1", "FAILED", "CONSENT_DECLINED", 1),
        ("02", "CONSENT1", "PENDING", None, 1),
        ("02", "CONSENT1", "UNKNOWN", None, 1),
    ]


def test_where_no_outcome_was_delivered_a_positive_baseline_is_out_and_the_rest_is_unknown(rows):
    silent = [
        a_subject("01-001", consented="2025-01-01", baseline_draw="2025-01-20", calls=[("2025-01-20", "POSITIVE", 1.0)]),
        a_subject("01-002", consented="2025-01-01", baseline_draw="2025-01-20", calls=[("2025-01-20", "NEGATIVE")]),
    ]
    assert rows(a_trial(*silent), "SELECT step, status, reason FROM screening_standing ORDER BY ALL") == [
        ("BASELINE_NEGATIVE", "UNKNOWN", None), ("BASELINE_RESULT", "FAILED", "CTDNA_POSITIVE_BASELINE")]


def test_days_between_steps_are_counted_per_site(rows):
    found = rows(a_trial(*SCREENING), "SELECT from_step, to_step, days, n FROM step_days WHERE site_id = '01' ORDER BY pair_order, days")
    assert found == [
        ("CONSENT1", "TISSUE_SENT", 5, 1), ("CONSENT1", "TISSUE_SENT", 7, 1), ("CONSENT1", "TISSUE_SENT", 10, 1),
        ("TISSUE_SENT", "ASSAY_READY", 17, 1), ("TISSUE_SENT", "ASSAY_READY", 20, 1),
        ("ASSAY_READY", "BASELINE_DRAW", 2, 1), ("ASSAY_READY", "BASELINE_DRAW", 5, 1),
        ("BASELINE_DRAW", "BASELINE_RESULT", 10, 2), ("BASELINE_RESULT", "CONSENT2", 3, 1), ("CONSENT2", "INCLUDED", 8, 1),
        ("INCLUDED", "TX_STOP", 5, 1), ("CONSENT1", "BASELINE_RESULT", 39, 1), ("CONSENT1", "BASELINE_RESULT", 42, 1),
        ("CONSENT1", "INCLUDED", 50, 1),
    ]


def test_months_are_calendar_months_of_first_steps(rows):
    contents = a_trial(
        a_subject("01-001", consented="2025-01-31", included="2025-02-01", stopped=["2025-02-28", "2025-09-01"]),
        a_subject("01-002", consented="2025-02-28", included="2025-02-28"), a_subject("01-003", consented="2025-02-10", relative=True))
    assert [(step, str(month), n) for step, month, n in rows(contents, "SELECT step, month, n FROM accrual_month ORDER BY ALL")] == [
        ("CONSENT1", "2025-01-01", 1), ("CONSENT1", "2025-02-01", 1), ("INCLUDED", "2025-02-01", 2), ("TX_STOP", "2025-02-01", 1)]


def test_a_patient_who_moved_counts_at_the_site_that_included(rows):
    contents = a_trial(a_subject("01-001", site="02", consented="2025-01-01", included="2025-02-01"), sites={"01": {}})
    contents.tables["subject_site"] = a_frame("subject_site", [
        {"subject_id": "01-001", "from_day": -31, "site_id": "01"}, {"subject_id": "01-001", "from_day": 90, "site_id": "02"}])
    assert rows(contents, "SELECT DISTINCT site_id FROM accrual_month") == [("01",)]
    assert rows(contents, "SELECT DISTINCT site_id FROM screening_standing") == [("01",)]


def by_line(second: int, first: int, unknown: int = 0):
    told = [{"line_ge2": True}] * second + [{"line_ge2": False}] * first + [{}] * unknown
    return a_trial(*(a_subject(f"01-{row:03d}", included="2025-02-01", **columns) for row, columns in enumerate(told, start=1)),
                   a_subject("01-900", consented="2025-02-01", line_ge2=True))


def test_the_line_of_therapy_counts_included_patients_with_a_known_line(rows):
    assert rows(by_line(6, 8, 2), "FROM line_cap") == [(16, 14, 6)]
    assert rows(a_trial(a_subject("01-001", included="2025-02-01", line_of_therapy=3)), "FROM line_cap") == [(1, 1, 1)]


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.INVESTIGATOR, Role.COORDINATING_INVESTIGATOR])
def test_a_small_group_by_line_is_not_in_a_narrower_scope(rows, role):
    assert rows(by_line(4, 20), "FROM line_cap", role, ["01"]) == [(24, 24, None)]
    assert rows(by_line(20, 3), "FROM line_cap", role, ["01"]) == [(23, 23, None)]
    assert rows(by_line(5, 20), "FROM line_cap", role, ["01"]) == [(25, 25, 5)]
    assert rows(by_line(0, 20), "FROM line_cap", role, ["01"]) == [(20, 20, 0)]
    assert rows(by_line(4, 20), "FROM line_cap", Role.DSMB) == [(24, 24, 4)]


def test_a_monitor_has_no_count_of_the_whole_trial_and_only_own_sites(tmp_path):
    scope = scope_of(Person(Role.MONITOR, frozenset({"02"})), Policy())
    trial = open_cut(publish(a_trial(*SCREENING), tmp_path).cut, scope, read_protocol()).trial()
    with pytest.raises(ClosedDataError):
        trial.ask("line_of_inclusion")
    for table in ("accrual_month", "screening_standing", "step_days"):
        assert {site for (site,) in trial._cursor.execute(f"SELECT DISTINCT site_id FROM {table}").fetchall()} <= {"02"}


@pytest.mark.parametrize("role", [Role.SPONSOR, Role.MONITOR, Role.STATISTICIAN, Role.INVESTIGATOR])
def test_steps_of_single_patients_are_gone_before_anybody_can_ask(tmp_path, role):
    scope = scope_of(Person(role, frozenset({"02"})), Policy())
    opened = open_cut(publish(a_trial(*SCREENING), tmp_path).cut, scope, read_protocol())
    names = {name for (name,) in opened.trial()._cursor.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    assert "reached_step" not in names and "own_site" not in names


def test_an_outcome_as_reason_is_other_where_the_patient_may_not_be_seen(rows):
    contents = a_trial(
        a_subject("01-001", consented="2025-01-01", screening=("FAILED", "DEATH")),
        a_subject("01-002", consented="2025-01-01", screening=("FAILED", "TISSUE_INADEQUATE")),
        a_subject("02-001", consented="2025-01-01", screening=("FAILED", "PROGRESSION_BEFORE_INCLUSION")))
    reasons = "SELECT site_id, reason FROM screening_standing ORDER BY ALL"
    assert rows(contents, reasons, Role.SPONSOR) == [("01", "OTHER"), ("01", "TISSUE_INADEQUATE"), ("02", "OTHER")]
    assert rows(contents, reasons, Role.INVESTIGATOR, ["01"]) == [("01", "DEATH"), ("01", "TISSUE_INADEQUATE"), ("02", "OTHER")]
    assert rows(contents, reasons, Role.MONITOR, ["02"]) == [("02", "PROGRESSION_BEFORE_INCLUSION")]
    assert ("02", "PROGRESSION_BEFORE_INCLUSION") in rows(contents, reasons, Role.DSMB)


def test_a_last_result_without_a_day_does_not_borrow_an_earlier_ones(rows):
    contents = a_trial(a_subject(
        "01-001", consented="2025-01-01", baseline_draw=["2025-01-10", "2025-02-10"], included="2025-03-01",
        calls=[("2025-01-10", "NEGATIVE", None, {"resulted_day": "2025-01-20"}), ("2025-02-10", "NEGATIVE")]))
    assert rows(contents, "FROM step_days WHERE from_step = 'BASELINE_RESULT' OR to_step = 'BASELINE_RESULT'") == []
