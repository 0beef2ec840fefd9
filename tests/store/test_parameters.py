"""Parameters of named questions, filled from the cut and the protocol."""

import pytest

from heroes.errors import UnknownQuestionError
from heroes.model.terms import Estimand
from heroes.protocol import read_protocol
from heroes.store.parameters import KNOWN, fill_parameters
from heroes.store.questions import parameters_of, question_names
from tests.builders import a_subject, a_trial, publish

GIVEN_BY_THE_CALLER = {"subject"}


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    return publish(a_trial(a_subject(included="2025-01-10")), tmp_path_factory.mktemp("data")).cut


def test_every_parameter_of_every_question_has_somebody_who_gives_it():
    named = {name for question in question_names() for name in parameters_of(question)}
    assert named - set(KNOWN) <= GIVEN_BY_THE_CALLER


def test_every_known_parameter_has_a_value_of_a_plain_kind(cut):
    values = fill_parameters("any", KNOWN, {}, cut, read_protocol())
    assert set(values) == set(KNOWN)
    assert all(value is None or type(value).__name__ in {"str", "int", "float", "bool", "date"} for value in values.values())


def test_a_rule_that_is_not_set_is_nothing(cut):
    assert fill_parameters("q", ["ctdna_window_days"], {}, cut, read_protocol()) == {"ctdna_window_days": None}


def test_months_become_whole_days(cut):
    assert fill_parameters("q", ["post_restart_days"], {}, cut, read_protocol()) == {"post_restart_days": 91}  # 3 * 30.4375 = 91.3


def test_members_of_closed_lists_become_their_codes(cut):
    filled = fill_parameters("q", ["estimand"], {"estimand": Estimand.HYPOTHETICAL}, cut, read_protocol())
    assert type(filled["estimand"]) is str and filled["estimand"] == "hypothetical"


def test_only_what_the_question_names_is_handed_over(cut):
    assert fill_parameters("q", [], {}, cut, read_protocol()) == {}
    with pytest.raises(UnknownQuestionError, match="knows: no parameters"):
        fill_parameters("q", [], {"site": "01"}, cut, read_protocol())
