"""The other times to event, two witnesses: the SQL and a naive recount agree on every made-up patient."""

import itertools

import pytest

from heroes.access import Role
from heroes.model.terms import Parameter
from heroes.store.times import TIME_QUESTIONS
from tests.store.queries import recount_times
from tests.store.queries.recount import made_up_patients
from tests.store.queries.recount_times import SCALES, c30_score, told_more
from tests.store.queries.test_time_to_event_recounted import COLUMNS, CONFIRMATIONS, EVALUATORS, ORIGINS, PLAN
from tests.store.queries.trials import asked, patient, rows

RECOUNTS = {
    Parameter.OS: recount_times.overall_survival,
    Parameter.TTNT: recount_times.next_treatment,
    Parameter.TFI: recount_times.treatment_free,
    Parameter.TTMR: recount_times.molecular_recurrence,
    Parameter.TTPMR: recount_times.from_first_positive,
    Parameter.TTDQL: recount_times.deterioration,
}
SCORED = ["QL", "PF", "FA", "SL"]


@pytest.fixture(scope="module")
def told():
    return told_more(made_up_patients(400, seed=7), seed=2)


@pytest.fixture(scope="module")
def trial(told):
    return asked(*(patient(subject, **what) for subject, what in told.items()), role=Role.STATISTICIAN, visit_plan=PLAN)


def differing(answer, told, recount, **how) -> dict:
    """Patients of whom the two tell different times: (found, wanted)."""
    found = {subject: tuple(row) for subject, *row in rows(answer, "subject_id", *COLUMNS)}
    wanted = {subject: recount(what, **how) for subject, what in told.items()}
    return {subject: (found.get(subject), row) for subject, row in wanted.items() if found.get(subject) != row}


@pytest.mark.parametrize("parameter", [Parameter.TTNT, Parameter.TFI, Parameter.TTMR, Parameter.TTPMR])
def test_the_recount_finds_the_same_whatever_counts_as_progression(trial, told, parameter):
    question, _ = TIME_QUESTIONS[parameter]
    for confirmation, origin, evaluator in itertools.product(CONFIRMATIONS, ORIGINS, EVALUATORS):
        answer = trial.ask(question, pd_confirmation=confirmation, origin=origin, evaluator=evaluator)
        how = dict(confirmation=confirmation, origin=origin, evaluator=evaluator)
        assert differing(answer, told, RECOUNTS[parameter], **how) == {}, how


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_recount_finds_the_same_survival(trial, told, origin):
    assert differing(trial.ask("overall_survival", origin=origin), told, RECOUNTS[Parameter.OS], origin=origin) == {}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("scale", SCORED)
@pytest.mark.parametrize("death_is_event", [True, False])
def test_the_recount_finds_the_same_deterioration(trial, told, origin, scale, death_is_event):
    for difference in (10, 25):
        answer = trial.ask(
            "time_to_deterioration", origin=origin, deterioration_scale=scale, death_is_event=death_is_event,
            minimal_important_difference=difference,
        )
        how = dict(origin=origin, scale=scale, difference=difference, death_is_event=death_is_event)
        assert differing(answer, told, RECOUNTS[Parameter.TTDQL], **how) == {}, difference


def test_the_recount_finds_the_same_scores(trial, told):
    wanted = {}
    for subject, what in told.items():
        for day, answers in what.get("questionnaires", []):
            for scale in SCALES:
                score = c30_score(scale, answers)
                if score is not None and (what["relative"] or day <= what["followed"]):
                    wanted[subject, day, scale] = pytest.approx(score, abs=1e-9)
    answer = trial.ask("quality_of_life_scores")
    assert {(subject, day, scale): score for subject, day, scale, score in rows(answer, "subject_id", "day", "scale", "score")} == wanted
    assert len(wanted) > 5000


@pytest.mark.parametrize(
    ("parameter", "reasons"),
    [
        ("OS", {"DEATH", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT"}),
        ("TTNT", {"NEW REGIMEN", "DEATH", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT"}),
        (
            "TFI",
            {
                "RESTART OF THERAPY", "DEATH", "THERAPY NOT STOPPED", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP",
                "WITHDRAWAL OF CONSENT",
            },
        ),
        (
            "TTMR",
            {
                "CTDNA POSITIVE", "RADIOLOGICAL PROGRESSION", "DEATH", "NO TEST AFTER ORIGIN", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP",
                "WITHDRAWAL OF CONSENT",
            },
        ),
        (
            "TTPMR",
            {
                "RADIOLOGICAL PROGRESSION", "DEATH", "NO POST-BASELINE ASSESSMENT", "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP",
                "WITHDRAWAL OF CONSENT",
            },
        ),
        (
            "TTDQL",
            {
                "DETERIORATION OF QUALITY OF LIFE", "DEATH", "NO BASELINE ASSESSMENT", "NO QUESTIONNAIRE AFTER BASELINE",
                "ONGOING WITHOUT EVENT", "LOST TO FOLLOW-UP", "WITHDRAWAL OF CONSENT",
            },
        ),
    ],
)  # fmt: skip
def test_the_made_up_patients_cover_every_reason(trial, parameter, reasons):
    question, _ = TIME_QUESTIONS[Parameter(parameter)]
    assert set(trial.ask(question).reason) == reasons


@pytest.mark.parametrize("parameter", RECOUNTS)
@pytest.mark.parametrize("origin", ORIGINS)
def test_whatever_the_origin_the_answer_holds_together(trial, told, parameter, origin):
    question, _ = TIME_QUESTIONS[parameter]
    answer = trial.ask(question, origin=origin)
    if parameter is Parameter.TTPMR:
        assert answer.subject_id.is_unique and set(answer.subject_id) < set(told)
    else:
        assert sorted(answer.subject_id) == sorted(told)
    assert (answer.event == (answer.cnsr == 0)).all() and (answer.event == (answer.cause > 0)).all()
    assert (answer.clear_days >= 0).all() and (answer.clear_days <= answer.time_days).all()
    assert (answer.time_days == answer.end_day - answer.start_day).all()
    for subject, start, end in rows(answer, "subject_id", "start_day", "end_day"):
        assert told[subject]["relative"] or end <= max(told[subject]["followed"], start)
    again = trial.ask(question, origin=origin, aval_add_one=True)
    assert (again.time_days == answer.time_days + 1).all() and (again.clear_days == answer.clear_days + 1).all()
    assert (again.end_day == answer.end_day).all()


@pytest.mark.parametrize("parameter", Parameter)
def test_the_population_of_the_stopped_is_those_with_a_stop_and_their_times_stay_the_same(trial, told, parameter):
    question, estimand = TIME_QUESTIONS[parameter]
    everyone, stopped = (trial.ask(question, **estimand, population=population) for population in ("included", "stopped"))
    stops = {subject for subject, what in told.items() if "stopped" in what and (what["relative"] or what["stopped"] <= what["followed"])}
    assert rows(stopped) == rows(everyone[everyone.subject_id.isin(stops)])
    assert 0 < len(stopped) < len(everyone)
