"""The safety page: pooled to those who may, one's own patients to investigators, nothing pooled to anybody else."""

import json

import pytest

from tests.builders import a_subject, a_trial, publish
from tests.pages.conftest import charts_on, words_on

START = "2025-01-01"


def event(term, day, grade, serious=False):
    return day, term, grade, {"soc": "A class", "serious": serious}


def a_safety_trial():
    """Three included: fatigue in two (once grade 3, serious, after the restart), a fatal sepsis with death, one before inclusion."""
    return a_trial(
        a_subject("01-001", included=START, stopped=START, resumed="2025-06-01", adverse_events=[
            event("Fatigue", "2025-02-01", 1), event("Fatigue", "2025-06-10", 3, serious=True), event("Nausea", "2024-12-01", 2)]),
        a_subject("02-001", included=START, stopped=START, died="2025-03-02", adverse_events=[
            event("Fatigue", "2025-02-01", 2), event("Sepsis", "2025-03-01", 5, serious=True)]),
        a_subject("02-002", included=START, stopped=START),
        simulated=True, study_id="HEROES-SIM",
    )


@pytest.fixture
def cut(folder):
    return publish(a_safety_trial(), folder).cut


def metric(page, label):
    return next(tile.value for tile in page.metric if tile.label == label)


def frames(page, column):
    return [frame.value for frame in page.dataframe if column in frame.value.columns]


@pytest.mark.parametrize("role", ["statistician", "dsmb"])
def test_who_sees_everything_gets_counts_rates_serious_events_and_deaths(run_page, cut, role):
    page = run_page("safety", role=role)
    assert metric(page, "Patients with an event") == "2 of 3" and metric(page, "With grade 3 or more") == "2 of 3"
    assert metric(page, "With a serious event") == "2 of 3" and metric(page, "With a fatal event (grade 5)") == "1 of 3"
    assert "4 events; most patients with Fatigue, 2" in charts_on(page)[0].alt
    assert "1 event began before the inclusion" in words_on(page)
    deaths = frames(page, "Day of death")[0]
    assert deaths[["Patient", "Day of death", "Therapy"]].values.tolist() == [["02-001", 60, "Off therapy"]]
    serious = next(frame for frame in frames(page, "Term") if len(frame) == 2 and "Patient" in frame)
    assert list(serious["Term"]) == ["Sepsis", "Fatigue"]


def test_rates_are_per_hundred_patient_months_of_each_phase(run_page, cut):
    page = run_page("safety", role="dsmb")
    rates = next(trace for trace in json.loads(charts_on(page)[1].spec)["data"] if trace.get("meta") == "rates")
    # Resumed: 1 June 2025 to 31 January 2026, 244 days, one event. Off: 151 + 60 + 395 days, three events.
    assert rates["x"][:2] == [pytest.approx(100 * 3 / ((151 + 60 + 395) / 30.4375)), pytest.approx(100 / (244 / 30.4375))]


def test_investigators_get_their_own_patients_and_no_count(run_page, cut):
    page = run_page("safety", role="investigator", own_site="01")
    assert "pooled over patients are closed" in words_on(page)
    assert not page.metric and not charts_on(page)
    table = frames(page, "Term")[0]
    assert set(table["Patient"]) == {"01-001"} and list(table["Term"])[0] == "Fatigue" and list(table["Grade"])[0] == 3
    assert not frames(page, "Day of death")


@pytest.mark.parametrize("role", ["monitor", "sponsor", "administrator", "coordinating_investigator"])
def test_nobody_else_gets_anything_pooled(run_page, cut, folder, role):
    (folder / "access.toml").write_text('pooled_outcomes = "open"\n')
    page = run_page("safety", role=role, own_site="01", assigned_sites="01,02")
    assert not page.metric and not charts_on(page)
    said = words_on(page) + "".join(frame.value.to_csv() for frame in page.dataframe)
    assert "Sepsis" not in said and "02-001" not in said


def test_an_open_protocol_shows_counts_without_small_cells_and_without_deaths(run_page, folder, project):
    text = (project / "heroes" / "protocol.toml").read_text(encoding="utf-8")
    opened = text.replace('open_safety = { value = false', 'open_safety = { value = true').replace("small_cell = { value = 5", "small_cell = { value = 2")
    (folder / "protocol.toml").write_text(opened, encoding="utf-8")
    publish(a_safety_trial(), folder)
    page = run_page("safety", role="sponsor")
    table = frames(page, "Worst grade 3 or 4")[0]
    # Two patients with any event, one at each grade: the cells of one are hidden. The fatal sepsis and its patient's death are not there.
    assert table.astype(object).fillna("–").values.tolist() == [["any event", 2, "–", "–"], ["Fatigue", 2, "–", "–"]]
    assert "deaths stay closed" in words_on(page) and not page.metric


def test_no_delivered_event_is_said_and_deaths_stand(run_page, tiny):
    page = run_page("safety", role="dsmb")
    assert "No adverse events were delivered" in words_on(page)
    assert list(frames(page, "Day of death")[0]["Patient"]) == ["02-001"]
    assert "No adverse events were delivered" in words_on(run_page("safety", role="investigator", own_site="01"))


def test_a_fatal_event_without_a_recorded_death_is_named(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included=START, adverse_events=[event("Sepsis", "2025-03-01", 5)]), simulated=True, study_id="HEROES-SIM"), folder)
    assert any("no recorded death: 01-001" in warning.value for warning in run_page("safety").warning)
