"""What is kept for one scope or question is never handed to another that is merely spelled alike."""

import pytest
import streamlit as st

from heroes.access import Person, Policy, Role
from heroes.app import cache
from heroes.protocol import read_protocol
from heroes.store.scope import scope_of
from tests.builders import a_subject, a_trial, publish


@pytest.fixture(autouse=True)
def nothing_kept():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def cut(tmp_path):
    """Sites A, B and one whose code is their list."""
    subjects = (a_subject(f"P-{n}", site=site, included="2025-01-10") for n, site in enumerate(("A", "B", "A,B"), start=1))
    return publish(a_trial(*subjects, sites={"A": {}, "B": {}, "A,B": {}}), tmp_path).cut


def trial(cut, *sites):
    return cache.trial_of(cut, scope_of(Person(Role.INVESTIGATOR, frozenset(sites)), Policy()), read_protocol())


def test_a_site_whose_code_is_a_list_of_sites_is_not_these_sites(cut):
    assert trial(cut, "A", "B").ask("swimmer_lanes").subject_id.tolist() == ["P-1", "P-2"]
    assert trial(cut, "A,B").ask("swimmer_lanes").subject_id.tolist() == ["P-3"]


def test_no_site_and_a_site_called_none_are_two_questions(cut):
    of = trial(cut, "A")
    answers = [cache.kept(of, ("accrual", ("site", site)), lambda site=site: site) for site in (None, "None", "")]
    assert answers == [None, "None", ""]


def test_parts_of_a_question_do_not_run_together(cut):
    of = trial(cut, "A")
    questions = [("x", "y"), ("xstr:y",), ("x,y",), ("x", ("y",)), ("x', 'y",)]
    assert [cache.kept(of, question, lambda question=question: question) for question in questions] == questions
