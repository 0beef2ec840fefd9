"""Data cuts: nobody is told a count that their scope does not hold."""

import pytest

from tests.builders import publish
from tests.pages.conftest import a_tiny_trial, words_on


@pytest.mark.parametrize("role", ["monitor", "sponsor", "investigator", "coordinating_investigator", "administrator"])
def test_queries_of_all_patients_are_counted_for_those_only_who_may_see_them(run_page, tiny, role):
    assert {"Queries", "Notes"} <= set(run_page("data").dataframe[-1].value.columns)
    assert not {"Queries", "Notes"} & set(run_page("data", role=role).dataframe[-1].value.columns)


def test_a_role_that_sees_no_query_is_not_told_that_there_was_none(run_page, tiny):
    assert "There is no query and no note that your role sees." in words_on(run_page("data", role="sponsor"))


def test_codes_from_files_are_shown_as_letters(run_page, folder):
    study = "[s](http://evil.example) ![](http://evil.example/x.png) :red-badge[x]"
    publish(a_tiny_trial(study_id=study), folder)
    shown = "".join(element.value for element in run_page("data").markdown)
    assert "[s](" not in shown and "![](" not in shown and ":red-badge[" not in shown
    assert study in words_on(run_page("data"))
