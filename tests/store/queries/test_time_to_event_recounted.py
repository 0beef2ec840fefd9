"""Time to event, two witnesses: the SQL and a naive recount agree on every made-up patient, whatever the conventions."""

import itertools

import pytest

from heroes.access import Role
from tests.store.queries.recount import made_up_patients, recount
from tests.store.queries.trials import asked, patient, rows

ESTIMANDS = ["treatment-policy", "composite", "hypothetical", "while-on-strategy"]
CONFIRMATIONS = ["none", "equivocal_only", "second_scan"]
ORIGINS = ["INCLUDED", "TX_STOP", "BASELINE_DRAW"]
COLUMNS = ("start_day", "end_day", "time_days", "event", "cause", "reason", "cnsr")


@pytest.fixture(scope="module")
def told():
    return made_up_patients(400, seed=20251)


@pytest.fixture(scope="module")
def trial(told):
    return asked(*(patient(subject, **what) for subject, what in told.items()), role=Role.STATISTICIAN)


@pytest.mark.parametrize(("estimand", "confirmation", "origin"), list(itertools.product(ESTIMANDS, CONFIRMATIONS, ORIGINS)))
def test_the_recount_finds_the_same_for_every_patient(trial, told, estimand, confirmation, origin):
    answer = trial.ask("time_to_event", estimand=estimand, pd_confirmation=confirmation, origin=origin)
    found = {subject: row for subject, *row in rows(answer, "subject_id", *COLUMNS)}
    wanted = {
        subject: list(recount(what, estimand=estimand, confirmation=confirmation, origin=origin)) for subject, what in told.items()
    }
    differing = {subject: (found.get(subject), wanted[subject]) for subject in wanted if found.get(subject) != wanted[subject]}
    assert not differing
    assert set(found) == set(wanted)


def test_another_evaluator_and_the_added_day_are_recounted_too(trial, told):
    answer = trial.ask("time_to_event", evaluator="INDEPENDENT ASSESSOR", aval_add_one=True)
    found = {subject: tuple(row) for subject, *row in rows(answer, "subject_id", *COLUMNS)}
    assert found == {
        subject: recount(
            what, estimand="treatment-policy", confirmation="equivocal_only", origin="INCLUDED",
            evaluator="INDEPENDENT ASSESSOR", add_one=True,
        )
        for subject, what in told.items()
    }


def test_the_made_up_patients_cover_every_reason(trial):
    reasons = set()
    for estimand in ESTIMANDS:
        reasons |= set(trial.ask("time_to_event", estimand=estimand).reason)
    assert reasons == {
        "RADIOLOGICAL PROGRESSION", "DEATH", "CTDNA POSITIVE", "RESTART OF THERAPY", "NO POST-BASELINE ASSESSMENT",
        "ONGOING WITHOUT EVENT", "RESTART FOR CTDNA POSITIVITY", "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT",
        "UNDOCUMENTED PROGRESSION",
    }


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_nobody_is_lost_and_nobody_counted_twice(trial, told, estimand):
    answer = trial.ask("time_to_event", estimand=estimand)
    assert sorted(answer.subject_id) == sorted(told)


def test_no_time_is_negative_and_no_time_passes_the_cut_off(trial, told):
    for estimand, origin in itertools.product(ESTIMANDS, ORIGINS):
        for subject, time, end in rows(trial.ask("time_to_event", estimand=estimand, origin=origin), "subject_id", "time_days", "end_day"):
            assert time >= 0
            assert told[subject]["relative"] or end <= max(told[subject]["followed"], 0)


def test_an_event_is_one_with_cnsr_0_and_a_cause(trial):
    for estimand in ESTIMANDS:
        answer = trial.ask("time_to_event", estimand=estimand)
        assert (answer.event == (answer.cnsr == 0)).all()
        assert (answer.event == (answer.cause > 0)).all()


def test_each_source_names_a_record_that_exists(trial, told):
    for subject, table, day, detail, start in rows(
        trial.ask("time_to_event", estimand="composite"), "subject_id", "source_table", "source_day", "source_detail", "start_day"
    ):
        what = told[subject]
        days = {
            "response": [scan[0] for scan in what["scans"]],
            "ctdna_result": [call[0] for call in what["calls"]],
            "treatment": [start for _, start, _ in what.get("treatments", [])],
            "milestone": [what.get(name) for name in ("died", "resumed", "new_treatment")] + [start],
        }[table]
        assert day in days, (subject, table, day, detail)
