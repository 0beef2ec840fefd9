"""What holds on every page: no data, a tiny cut, closed doors, the data-cut line, alternative texts, both languages."""

import pytest

from heroes.access import Role
from heroes.app.page import TITLES
from tests.builders import a_trial, publish
from tests.pages.conftest import a_tiny_trial, charts_on, words_on

PAGES = tuple(TITLES)


@pytest.mark.parametrize("name", PAGES)
def test_without_a_data_cut_a_page_says_how_to_get_one(run_page, name):
    assert "There is no data cut in the folder" in words_on(run_page(name))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_names_its_data_cut_and_that_it_is_simulated(run_page, tiny, name):
    said = words_on(run_page(name))
    assert "31 January 2026" in said
    assert "4 patients consented" in said
    assert "3 included" in said
    assert "SIMULATED DATA" in said


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_gets_an_answer_on_every_page(run_page, tiny, name, role):
    page = run_page(name, role=role.value)
    assert not page.error, words_on(page)


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_has_a_text_for_those_who_cannot_see_it(run_page, tiny, name):
    for chart in charts_on(run_page(name)):
        assert len(chart.alt) > 20


@pytest.mark.parametrize("name", PAGES)
def test_real_data_are_not_shown_without_acknowledgement(run_page, folder, name):
    publish(a_tiny_trial(simulated=False, study_id="UC-BCG-2312"), folder)
    said = words_on(run_page(name))
    assert "heroes serve --open" in said
    assert "3 included" not in said


def test_real_data_are_shown_when_somebody_has_acknowledged_it(run_page, folder, monkeypatch):
    monkeypatch.setenv("HEROES_OPEN", "1")
    publish(a_tiny_trial(simulated=False, study_id="UC-BCG-2312"), folder)
    said = words_on(run_page("enrolment"))
    assert "3 included" in said
    assert "SIMULATED" not in said


@pytest.mark.parametrize("name", PAGES)
def test_an_empty_cut_is_shown_as_empty(run_page, folder, name):
    publish(a_trial(simulated=True, study_id="HEROES-SIM", sites={"01": {}}), folder)
    page = run_page(name)
    assert "0 included" in words_on(page)


@pytest.mark.parametrize("name", PAGES)
def test_a_damaged_cut_is_named_and_the_last_good_one_stays(run_page, tiny, folder, name):
    (folder / "cuts" / "2027-01-01_001_0123456789ab.duckdb").write_bytes(b"not a database")
    said = words_on(run_page(name))
    assert "2027-01-01_001_0123456789ab" in said
    assert "31 January 2026" in said


@pytest.mark.parametrize("name", PAGES)
def test_french_is_one_link_away(run_page, tiny, name):
    said = words_on(run_page(name, lang="fr"))
    assert "31 janvier 2026" in said
    assert "DONNÉES SIMULÉES" in said


def test_an_older_cut_can_be_pinned_by_its_link(run_page, tiny, folder):
    publish(a_tiny_trial(cut_off="2026-02-28"), folder)
    assert "28 February 2026" in words_on(run_page("enrolment"))
    assert "31 January 2026" in words_on(run_page("enrolment", cut=tiny.stem))


def test_a_mistyped_role_in_the_link_opens_nothing(run_page, tiny):
    page = run_page("pfs", role="STATISTICIAN")
    assert "Pooled outcomes are closed" in words_on(page) and not page.dataframe
