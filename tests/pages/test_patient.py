"""The patient page: story, tracks, clocks, records, earlier knowledge, and who may open it."""

import json

import pytest

from tests.builders import a_trial, publish
from tests.pages.conftest import charts_on, words_on
from tests.test_stories import PLAN, STORIES


@pytest.fixture
def week(folder):
    """Two cuts: eight days before, without the last three patients."""
    publish(a_trial(*STORIES[:9], visit_plan=PLAN, simulated=True, study_id="HEROES-SIM", cut_off="2026-01-23"), folder)
    return publish(a_trial(*STORIES, visit_plan=PLAN, simulated=True, study_id="HEROES-SIM"), folder).cut


def table(page, heading):
    return next(element.value for element in page.dataframe if heading in element.value.columns)


def test_the_link_opens_its_patient_with_story_alerts_and_clocks(run_page, week):
    page = run_page("patient", patient="01-005")
    said = words_on(page)
    assert "Included at site 01; first consent on day -60. Therapy stopped on day 3." in said
    assert "ctDNA since the inclusion: positive 3. First positive on day 46 (0.50 MTM/mL)." in said
    assert "Still followed at the data cut, on day 200: Off therapy." in said
    assert "known for 146 days, and therapy is not resumed" in said
    clocks = table(page, "Clock")
    restart = clocks[clocks["Clock"] == "Restart after a positive"].iloc[0]
    assert (restart["Status"], restart["Days outside"], restart["Planned day"]) == ("overdue", 118, 82)  # 54 + 28; 146 − 28
    assert len(table(page, "Source")) > 10


STORIES_TOLD = {
    "01-002": ["Progression on the scan of day 91.", "Therapy resumed on day 131, for a progression."],
    "01-003": ["The result of day 92 was amended; at first it was: ctDNA negative.", "First positive on day 92 (1.50 MTM/mL)."],
    "01-004": ["Died on day 88."],
    "01-006": ["ctDNA since the inclusion: not evaluable 2."],
    "01-007": ["Lost to follow-up on day 150."],
    "02-008": ["Progression suspected on the scan of day 98, not confirmed."],
    "02-010": ["Therapy resumed on day 70, for another reason."],
    "02-011": ["The delivery has relative times only: what is due now is not known."],
    "02-012": ["Therapy resumed on day 60, for a positive ctDNA.", "The test after the restart, on day 170, is negative: cleared."],
}


@pytest.mark.parametrize("subject", STORIES_TOLD)
def test_each_story_is_told_in_its_sentences(run_page, week, subject):
    said = words_on(run_page("patient", patient=subject))
    for sentence in STORIES_TOLD[subject]:
        assert sentence in said


def test_the_tracks_stand_on_one_axis(run_page, week):
    page = run_page("patient", patient="01-005")
    figure = json.loads(charts_on(page)[0].spec)
    metas = [trace.get("meta") for trace in figure["data"]]
    assert {"OFF_THERAPY", "CTDNA_POSITIVE", "CTDNA_NEGATIVE", "scans", "steps", "planned"} <= set(metas)
    positives = next(trace for trace in figure["data"] if trace.get("meta") == "CTDNA_POSITIVE")
    assert positives["y"] == [0.5, 0.9, 4.0]
    assert [round(month * 30.4375) for month in positives["x"]] == [46, 93, 184]
    assert any("limit of detection 0.3 MTM/mL" in note["text"] for note in figure["layout"]["annotations"])
    assert "Patient 01-005" in charts_on(page)[0].alt


def test_an_earlier_cut_shows_what_was_known_then(run_page, week, folder):
    earlier = next((folder / "cuts").glob("2026-01-23*")).stem
    then = words_on(run_page("patient", patient="01-005", known=earlier))
    assert "on day 192: Off therapy" in then and "known for 138 days" in then
    assert "What has changed since" in then
    assert "This patient was not known at that data cut." in words_on(run_page("patient", patient="02-012", known=earlier))


def test_an_investigator_sees_own_patients_only(run_page, week):
    page = run_page("patient", role="investigator", own_site="02", patient="01-005")
    said = words_on(page)
    assert "not in this data cut, or not in your scope" in said and "01-005" not in said
    assert all(not option.startswith("01-") for box in page.selectbox if box.label == "Patient" for option in box.options)


def test_a_monitor_gets_lists_and_hears_of_no_progression(run_page, week):
    page = run_page("patient", role="monitor", assigned_sites="01,02", patient="02-008")
    said = words_on(page)
    assert not charts_on(page)
    assert "lists for source verification" in said and "suspected" not in said
    assert "Draw M3, planned on day 91, is not made" in said
    assert "PD" not in table(page, "Source").to_csv()


@pytest.mark.parametrize("role", ["sponsor", "administrator"])
def test_who_sees_no_patient_sees_none(run_page, week, role):
    page = run_page("patient", role=role, patient="01-005")
    assert not page.dataframe and not charts_on(page) and "01-005" not in words_on(page)


def test_a_patient_in_screening_is_said_to_be_so(run_page, tiny):
    page = run_page("patient", patient="02-002")
    assert "not included yet" in words_on(page) and not charts_on(page)


def test_a_story_in_french(run_page, week):
    said = words_on(run_page("patient", patient="01-004", lang="fr"))
    assert "Décès le jour 88." in said
