"""Time to event, two witnesses: the SQL and a naive recount agree on every made-up patient, whatever the conventions."""

import itertools

import pytest

from heroes.access import Role
from heroes.model.terms import Censoring, Estimand
from tests.store.queries.recount import VISIT_PLAN, made_up_patients, recount
from tests.store.queries.recount_times import told_more
from tests.store.queries.trials import asked, patient, rows

CONFIRMATIONS = ["none", "equivocal_only", "second_scan"]
ORIGINS = ["INCLUDED", "TX_STOP", "BASELINE_DRAW"]
EVALUATORS = ["INVESTIGATOR", "INDEPENDENT ASSESSOR"]
COLUMNS = ("start_day", "end_day", "time_days", "event", "cause", "reason", "cnsr", "clear_days")
SAID = ("late death without assessment", "event after 2 or more missed assessments")


@pytest.fixture(scope="module")
def told():
    return told_more(made_up_patients(400, seed=20251), seed=1)


@pytest.fixture(scope="module")
def trial(told):
    return asked(*(patient(subject, **what) for subject, what in told.items()), role=Role.STATISTICIAN, visit_plan=PLAN)


PLAN = [(code, day, {"needs_imaging": imaging}) for code, (day, imaging) in VISIT_PLAN.items()]


@pytest.mark.parametrize(("estimand", "censoring"), list(itertools.product(Estimand, Censoring)))
def test_the_recount_finds_the_same_for_every_patient(trial, told, estimand, censoring):
    for confirmation, origin, evaluator in itertools.product(CONFIRMATIONS, ORIGINS, EVALUATORS):
        answer = trial.ask(
            "time_to_event", estimand=estimand, censoring=censoring, pd_confirmation=confirmation, origin=origin, evaluator=evaluator
        )
        found = {
            subject: (*row, next((text for text in SAID if text in (flag or "")), None))
            for subject, flag, *row in rows(answer, "subject_id", "flag", *COLUMNS)
        }
        how = dict(estimand=estimand, censoring=censoring, confirmation=confirmation, origin=origin, evaluator=evaluator)
        wanted = {subject: recount(what, **how) for subject, what in told.items()}
        differing = {subject: (found.get(subject), wanted[subject]) for subject in wanted if found.get(subject) != wanted[subject]}
        assert not differing, how
        assert set(found) == set(wanted)


def test_the_added_day_is_recounted_too(trial, told):
    answer = trial.ask("time_to_event", estimand="composite", censoring="fda", aval_add_one=True)
    found = {subject: tuple(row) for subject, *row in rows(answer, "subject_id", *COLUMNS)}
    how = dict(estimand="composite", censoring="fda", confirmation="equivocal_only", origin="INCLUDED", add_one=True)
    assert found == {subject: recount(what, **how)[: len(COLUMNS)] for subject, what in told.items()}


EVENTS = {"RADIOLOGICAL PROGRESSION", "DEATH"}
CENSORED = {
    "NO BASELINE ASSESSMENT", "NO POST-BASELINE ASSESSMENT", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT",
}  # fmt: skip
OF_RESTARTS = {"RESTART FOR CTDNA POSITIVITY", "NEW ANTICANCER THERAPY", "UNDOCUMENTED PROGRESSION"}
OF_GAPS = {"LATE DEATH WITHOUT ASSESSMENT", "EVENT AFTER >=2 MISSED ASSESSMENTS"}


@pytest.mark.parametrize(
    ("estimand", "censoring", "reasons"),
    [
        ("treatment-policy", "study", EVENTS | CENSORED | {"UNDOCUMENTED PROGRESSION"}),
        ("treatment-policy", "ema", EVENTS | CENSORED | {"CLINICAL PROGRESSION"}),
        ("treatment-policy", "fda", EVENTS | CENSORED | OF_RESTARTS | OF_GAPS),
        ("composite", "study", EVENTS | CENSORED | {"CTDNA POSITIVE", "RESTART OF THERAPY"}),
        ("hypothetical", "study", EVENTS | CENSORED | {"UNDOCUMENTED PROGRESSION", "RESTART FOR CTDNA POSITIVITY"}),
        ("while-on-strategy", "study", EVENTS | CENSORED | {"RESTART OF THERAPY"}),
    ],
)
def test_the_made_up_patients_cover_every_reason(trial, estimand, censoring, reasons):
    assert set(trial.ask("time_to_event", estimand=estimand, censoring=censoring).reason) == reasons


@pytest.mark.parametrize("estimand", Estimand)
@pytest.mark.parametrize("censoring", Censoring)
def test_whatever_the_convention_the_answer_holds_together(trial, told, estimand, censoring):
    for origin in ORIGINS:
        answer = trial.ask("time_to_event", estimand=estimand, censoring=censoring, origin=origin)
        assert sorted(answer.subject_id) == sorted(told)  # nobody is lost, nobody counted twice
        assert (answer.event == (answer.cnsr == 0)).all() and (answer.event == (answer.cause > 0)).all()
        assert (answer.clear_days >= 0).all() and (answer.clear_days <= answer.time_days).all()
        assert (answer.clear_days == answer.time_days)[~answer.event].all()
        for subject, end in rows(answer, "subject_id", "end_day"):
            assert told[subject]["relative"] or end <= max(told[subject]["followed"], 0)


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_three_tables_differ_as_they_say(trial, origin):
    """FDA's has no event that the study's has not, and no later end; EMA's has every one of the study's, or an earlier one."""
    study, fda, ema = (trial.ask("time_to_event", censoring=table, origin=origin) for table in ("study", "fda", "ema"))
    assert not (fda.event & ~study.event).any() and (fda.time_days <= study.time_days).all()
    assert not (study.event & ~ema.event).any() and not (study.event & (ema.time_days > study.time_days)).any()
    assert (fda.event != study.event).any() and (ema.event != study.event).any()
