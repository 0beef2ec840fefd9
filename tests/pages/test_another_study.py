"""A study that the protocol file does not describe: its records are shown, and nothing of HEROES is said of it."""

import pytest

from tests.builders import publish
from tests.pages.conftest import a_tiny_trial, charts_on, words_on


@pytest.fixture
def another_study(folder):
    return publish(a_tiny_trial(study_id="AB12345-SIM"), folder).cut


@pytest.mark.parametrize("name", ["enrolment", "swimmer", "pfs", "data"])
def test_no_page_calls_it_heroes(run_page, another_study, name):
    page = run_page(name)
    said = words_on(page) + "".join(chart.spec for chart in charts_on(page))
    assert "AB12345-SIM" in said
    assert "Signatera-negative" not in said
    assert "NCT06450314" not in said


def test_its_enrolment_is_not_held_against_this_trials_plan(run_page, another_study):
    spec = charts_on(run_page("enrolment"))[0].spec
    assert "170" not in spec
    assert "Plan" not in spec
