"""The files of the named questions: complete, in words, and each rule written once."""

import re

import pytest

from heroes.access import Policy, Role
from heroes.errors import UnknownQuestionError
from heroes.model.terms import CNSR, PARAMETER_OF, CensorReason, DrawStatus, Parameter, Phase
from heroes.store.questions import QUERIES, builds_on, parameters_of, question_names, text_of_question
from heroes.store.times import TIME_QUESTIONS, TIME_TABLES
from tests.store.queries.trials import asked, patient

NAMES = question_names()


@pytest.mark.parametrize("name", NAMES)
def test_a_question_begins_with_itself_in_words_and_names_its_columns(name):
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    head = text[: re.search(r"^(?!--)", text, re.MULTILINE).start()]
    assert re.match(r"-- [A-Z].*\?\n", head) or re.match(r"-- [A-Z][^?]*\?\n", head), "the first sentence is the question"
    assert "-- Columns" in head
    assert all(len(line) <= 132 for line in text.splitlines())


@pytest.mark.parametrize("name", NAMES)
def test_a_question_names_every_parameter_of_its_own_in_its_first_comment(name):
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    head = "\n".join(line for line in text.splitlines() if line.startswith("--"))
    code = re.sub(r"--[^\n]*", "", text)
    for parameter in set(re.findall(r"\$[a-z_]+", code)):
        assert parameter in head


@pytest.fixture(scope="module")
def trial():
    """Open to the one role that may have both patients and the counts of all."""
    return asked(
        patient(scans=[(91, "SD")], calls=[(45, "NEGATIVE")], stopped=0), visit_plan=[("M3", 91)],
        role=Role.COORDINATING_INVESTIGATOR, policy=Policy(pooled_outcomes="open"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_question_can_be_asked_and_answers_with_the_columns_it_promises(trial, name):
    given = {"subject": "01-001"} if "subject" in parameters_of(name) else {}
    answer = trial.ask(name, **given)
    head = (QUERIES / f"{name}.sql").read_text(encoding="utf-8").split("-- Columns", 1)[1]
    if name != "import_issues":
        assert all(re.search(rf"\b{column}\b", head) for column in answer.columns)
    assert answer.columns.is_unique


def test_a_question_is_made_whole_by_all_it_builds_on_each_once():
    text = text_of_question("swimmer_marks")
    for step in ("included_subjects", "assessments", "progressions", "therapy_changes", "draw_schedule"):
        assert text.count(f"\n{step} AS MATERIALIZED (") == 1
    assert builds_on("delivered_and_derived") == ["time_to_event", "delivered_times"]


def test_parameters_in_comments_do_not_count():
    assert "estimand" in parameters_of("time_to_event") & parameters_of("delivered_and_derived")
    assert parameters_of("import_issues") == frozenset()
    assert parameters_of("accrual") == {"site"}


def test_an_unknown_question_is_answered_with_those_there_are():
    with pytest.raises(UnknownQuestionError, match="time_to_event"):
        text_of_question("time_to_evnet")


def test_the_codes_in_the_queries_are_those_of_the_closed_lists():
    for status in DrawStatus:
        assert f"'{status}'" in text_of_question("draw_schedule")
    for phase in Phase:
        assert f"'{phase}'" in text_of_question("status_spans")


TIMES = sorted({question for question, _ in TIME_QUESTIONS.values()})
QUOTED = re.compile(r"'([A-Z][A-Z>=0-9 -]*)'")


def own_code(question):
    return re.sub(r"--[^\n]*", "", (QUERIES / f"{question}.sql").read_text(encoding="utf-8"))


def test_the_reasons_and_their_numbers_are_those_of_the_closed_list(trial):
    answer = trial.ask("reason_codes")
    assert dict(zip(answer.reason, answer.cnsr, strict=True)) == {reason.value: CNSR[reason] for reason in CensorReason}


@pytest.mark.parametrize("question", TIMES)
def test_a_time_gives_no_reason_outside_the_closed_list(question):
    """A reason is given by `THEN 'X'`, `ELSE 'X'` or `'X' AS reason`; every one stands in capitals with a space, but for DEATH."""
    code = own_code(question) + own_code("exits")
    given = {text for text in QUOTED.findall(code) if " " in text.strip() and not text.startswith((" ", ","))}
    assert given and given <= set(CensorReason)


def test_every_reason_of_the_closed_list_is_some_questions():
    code = "".join(own_code(question) for question in (*TIMES, "exits"))
    assert {reason for reason in CensorReason if f"'{reason}'" in code} == set(CensorReason)


def test_no_two_censoring_reasons_share_a_number():
    numbers = [CNSR[reason] for reason in CensorReason if CNSR[reason]]
    assert len(numbers) == len(set(numbers)) and set(CNSR) == set(CensorReason)


@pytest.mark.parametrize("parameter", Parameter)
def test_every_time_has_the_columns_of_time_to_event_in_the_same_order_and_kind(trial, parameter):
    question, estimand = TIME_QUESTIONS[parameter]
    pattern = trial.ask("time_to_event")
    answer = trial.ask(question, **estimand)
    assert list(answer.columns) == list(pattern.columns)
    assert set(answer.paramcd) <= {parameter}
    if len(answer):
        wanted = {name: str(kind) for name, kind in pattern.dtypes.items() if name not in ("flag", "paramcd")}
        assert {name: str(answer.dtypes[name]) for name in wanted} == wanted


def test_each_time_to_event_is_named_once_everywhere():
    assert set(TIME_QUESTIONS) == set(TIME_TABLES) == set(Parameter)
    assert set(PARAMETER_OF.values()) | {p for p, (question, _) in TIME_QUESTIONS.items() if question != "time_to_event"} == set(Parameter)
    assert {parameter for parameter, (question, _) in TIME_QUESTIONS.items() if question == "time_to_event"} == set(PARAMETER_OF.values())
    for parameter, (question, given) in TIME_QUESTIONS.items():
        assert set(given) <= parameters_of(question), parameter
