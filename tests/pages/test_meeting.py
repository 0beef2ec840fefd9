"""The meeting page: what each role sees of the week, and laying an alert aside."""

import pytest

from heroes.store import audit
from heroes.store.acknowledgements import list_acknowledgements
from tests.builders import a_trial, publish
from tests.pages.conftest import charts_on, words_on
from tests.test_stories import PLAN, STORIES


def told(*stories, **changes):
    return a_trial(*stories, visit_plan=PLAN, simulated=True, study_id="HEROES-SIM", **changes)


@pytest.fixture
def week(folder):
    """Two cuts: eight days before, three patients fewer."""
    publish(told(*STORIES[:9], cut_off="2026-01-23"), folder)
    return publish(told(*STORIES), folder).cut


def metrics(page) -> dict[str, tuple]:
    return {metric.label: (metric.value, metric.delta) for metric in page.metric}


def tables(page) -> dict[str, object]:
    """First heading → table."""
    return {tuple(element.value.columns)[0]: element.value for element in reversed(page.dataframe)}


def test_the_headline_tells_the_change_since_the_last_meeting(run_page, week):
    # 12 patients now, 9 then; the newest cut at least seven days older is the last meeting's.
    seen = metrics(run_page("meeting"))
    assert seen["Included"] == ("12", "+3")
    assert seen["Consented"] == ("12", "+3")
    assert seen["Progressions"] == ("1", "±0")
    assert seen["Deaths"] == ("1", "±0")


def test_alerts_stand_in_order_of_danger_and_the_new_ones_are_marked(run_page, week):
    page = run_page("meeting")
    alerts = tables(page)["Urgency"]
    assert list(alerts["Patient"])[:4] == ["01-007", "01-005", "01-003", "02-009"]
    assert "act now 5 · act soon 3 · check 3 · new since the last meeting 4" in words_on(page)
    assert set(alerts.loc[alerts["New"], "Patient"]) == {"02-010", "02-012"}


def test_news_and_what_comes_due_are_listed(run_page, week):
    page = run_page("meeting")
    news = [element.value for element in page.dataframe if "Month" in element.value.columns][0]
    assert set(news["Patient"]) == {"02-010", "02-011", "02-012"}
    due = [element.value for element in page.dataframe if "What is due" in element.value.columns][0]
    # 02-008 was included 170 days ago: the draw of month 6 (day 183) opens on day 176, in six days.
    assert ["02-008", "ctDNA draw", 13, 27] in due[["Patient", "What is due", "Planned in days", "Last day in"]].values.tolist()


def test_a_sponsor_sees_enrolment_only(run_page, week):
    page = run_page("meeting", role="sponsor")
    assert set(metrics(page)) == {"Consented", "Included", "Treatment stopped"}
    assert not page.dataframe and not page.subheader
    assert len(charts_on(page)) == 1


def test_an_investigator_sees_own_patients_and_no_pooled_outcome(run_page, week):
    page = run_page("meeting", role="investigator", own_site="02")
    assert not {"Progressions", "Deaths"} & set(metrics(page))
    assert set(tables(page)["Urgency"]["Site"]) == {"02"}


def test_a_monitor_sees_lists_without_a_total_and_without_a_progression(run_page, week):
    page = run_page("meeting", role="monitor", assigned_sites="01,02")
    assert not metrics(page) and not charts_on(page)
    said = words_on(page)
    assert "act now" not in said and "laid aside 0" not in said
    assert "no progression is listed" in said
    assert not {"Progression without decision", "Suspected progression not settled"} & set(tables(page)["Urgency"]["Alert"])


def test_an_administrator_sees_nothing_of_it(run_page, week):
    page = run_page("meeting", role="administrator")
    assert not page.dataframe and not page.metric and not charts_on(page)


def test_an_investigator_lays_an_alert_aside_and_it_is_recorded_without_the_patient(run_page, week, folder):
    page = run_page("meeting", role="investigator", own_site="01")
    before = len(tables(page)["Urgency"])
    page.button("alert_aside").click().run()
    assert not page.exception
    assert len(tables(page)["Urgency"]) == before - 1 == 3
    recorded = list_acknowledgements(folder)
    assert list(recorded.reason) == ["ACTED"]
    assert "01-0" not in audit.list_audit(folder).iloc[-1].to_json()


@pytest.mark.parametrize("role", ["statistician", "dsmb", "monitor"])
def test_nobody_else_is_offered_to_lay_one_aside(run_page, week, role):
    page = run_page("meeting", role=role, assigned_sites="01,02")
    assert "alert_aside" not in {button.key for button in page.button}


def test_another_meeting_can_be_picked_and_without_one_no_change_is_shown(run_page, week, folder):
    first = run_page("meeting", cut=next((folder / "cuts").glob("2026-01-23*")).stem)
    assert metrics(first)["Included"] == ("9", "")
    assert "no earlier data cut" in words_on(first)


def test_a_meeting_in_french(run_page, week):
    said = words_on(run_page("meeting", lang="fr"))
    assert "Qui demande une action" in said and "agir maintenant 5" in said
