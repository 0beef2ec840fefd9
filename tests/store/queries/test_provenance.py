"""From every time back to its record: whatever the parameter and the conventions, the row names a record that is in the data cut."""

import itertools

import pytest

from heroes.access import Role
from heroes.model.terms import Censoring, Parameter
from heroes.store.times import TIME_QUESTIONS
from tests.store.queries.recount import made_up_patients
from tests.store.queries.recount_times import told_more
from tests.store.queries.test_time_to_event_recounted import ORIGINS, PLAN
from tests.store.queries.trials import asked, patient, rows

VARIANTS = [
    (parameter, variant)
    for parameter in Parameter
    for variant in (
        [{"censoring": table} for table in Censoring] if TIME_QUESTIONS[parameter][0] == "time_to_event"
        else [{"death_is_event": True}, {"death_is_event": False}] if parameter is Parameter.TTDQL
        else [{}]
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def trial():
    told = told_more(made_up_patients(300, seed=99), seed=3)
    return asked(*(patient(subject, **what) for subject, what in told.items()), role=Role.STATISTICIAN, visit_plan=PLAN)


@pytest.fixture(scope="module")
def records(trial):
    """(table, subject, day, what a row may say of it) of every record of the cut, as its detail names it."""

    def read(sql):
        return set(trial._cursor.execute(sql).fetchall())

    named = "CASE kind WHEN 'TX_RESUME' THEN 'RESUME' WHEN 'TX_NEW' THEN 'NEW' ELSE kind END"
    given = "CASE reason WHEN 'NEW_PD' THEN 'NEW' ELSE 'RESUME' END"
    return (
        read(f"SELECT 'milestone', subject_id, day, {named} FROM milestone UNION SELECT 'milestone', subject_id, day, kind FROM milestone")
        | read("SELECT 'response', subject_id, day, overall || ', ' || evaluator FROM response WHERE evaluable")
        | read("SELECT 'response', subject_id, day, evaluator FROM response")
        | read("SELECT 'ctdna_result', subject_id, day, result_id FROM ctdna_result")
        | read("SELECT 'ctdna_result', subject_id, day, call FROM ctdna_result WHERE superseded_by IS NULL")
        | read(f"SELECT 'treatment', subject_id, start_day, {given} FROM treatment WHERE reason NOT IN ('MAINTENANCE', 'OTHER')")
        | read("SELECT 'treatment', subject_id, start_day, agent_class FROM treatment")
        | read("SELECT 'treatment', subject_id, end_day, agent_class FROM treatment")
        | read("SELECT 'visit', subject_id, day, visit_code FROM visit WHERE status <> 'MISSED'")
        | read("SELECT 'visit', subject_id, planned_day, visit_code FROM visit JOIN visit_plan USING (visit_code) WHERE status = 'MISSED'")
        | read("SELECT 'specimen', subject_id, collected_day, specimen_id FROM specimen")
        | read("SELECT 'qs_item', subject_id, day, instrument FROM qs_item WHERE value IS NOT NULL")
    )


def detail_of(table: str, parameter: Parameter, detail: str) -> str:
    """What the detail says of the record itself: a restart also names its trigger, a score is of the QLQ-C30."""
    if table == "qs_item" and parameter is Parameter.TTDQL:
        return "QLQ-C30"
    return detail.split(", ")[0] if parameter is Parameter.TFI and table in ("milestone", "treatment") else detail


@pytest.mark.parametrize(("parameter", "variant"), VARIANTS)
def test_every_row_names_a_record_that_is_in_the_cut(trial, records, parameter, variant):
    question, estimand = TIME_QUESTIONS[parameter]
    named = set()
    for origin, confirmation in itertools.product(ORIGINS, ("none", "equivocal_only", "second_scan")):
        confirming = {} if parameter in (Parameter.OS, Parameter.TTDQL) else {"pd_confirmation": confirmation}
        answer = trial.ask(question, **estimand, **variant, **confirming, origin=origin)
        columns = ("source_table", "subject_id", "source_day", "source_detail")
        sources = {
            (table, subject, day, detail_of(table, parameter, detail)) for table, subject, day, detail in rows(answer, *columns)
        }
        assert sources - records == set(), origin
        named |= {table for table, *_ in sources}
    assert len(named) >= 2  # not all of one kind: the test would see little


@pytest.mark.parametrize(("parameter", "variant"), VARIANTS)
def test_the_record_is_of_the_day_on_which_the_time_ends(trial, parameter, variant):
    """But for an end before the origin, which is set to it and says so, and for a visit that was missed."""
    question, estimand = TIME_QUESTIONS[parameter]
    answer = trial.ask(question, **estimand, **variant)
    moved = answer.source_day != answer.end_day
    assert answer.flag[moved & (answer.source_table != "visit")].str.contains("set to origin").all()
    assert (answer.source_day[moved] < answer.end_day[moved]).all()
    assert (answer.source_table.notna() & answer.source_day.notna() & answer.source_detail.notna()).all()
    assert (answer.flag.isna() | (answer.flag.str.strip() != "")).all()


def test_the_last_contact_is_a_record_too(trial, records):
    answer = trial.ask("last_contacts")
    assert set(rows(answer, "contact_source", "subject_id", "contact_day", "contact_detail")) <= records
    assert answer.subject_id.is_unique and len(answer) == 300
    assert set(answer.contact_source) >= {"milestone", "visit", "response", "ctdna_result", "specimen", "qs_item"}
