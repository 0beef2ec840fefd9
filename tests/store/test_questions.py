"""The files of the named questions: complete, in words, and each rule written once."""

import re

import pytest

from heroes.access import Role
from heroes.errors import UnknownQuestionError
from heroes.model.terms import CNSR, CensorReason, DrawStatus, Phase
from heroes.store.questions import QUERIES, builds_on, parameters_of, question_names, text_of_question
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
    return asked(patient(scans=[(91, "SD")], calls=[(45, "NEGATIVE")], stopped=0), visit_plan=[("M3", 91)], role=Role.STATISTICIAN)


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
    text = text_of_question("time_to_event")
    for reason in CensorReason:
        if f"'{reason}' THEN" in text and CNSR[reason]:
            assert f"'{reason}' THEN {CNSR[reason]}\n" in text
    for status in DrawStatus:
        assert f"'{status}'" in text_of_question("draw_schedule")
    for phase in Phase:
        assert f"'{phase}'" in text_of_question("status_spans")
