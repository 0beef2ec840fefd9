"""The quality-of-life page: completion for those who may know it, results for those who may see pooled outcomes, nothing else."""

import json

import pytest

from tests.builders import a_subject, a_trial, days_after, publish
from tests.pages.conftest import charts_on, words_on

PLAN = [(code, day, {"needs_qol": True, "window_minus": 14, "window_plus": 14}) for code, day in (("BASE", 0), ("M3", 91), ("M6", 182))]
START = "2025-03-01"


def answered(subject, *days_and_answers, **told):
    """A patient whose global health was answered 1–7 on some days; forms DONE at the visits of these days."""
    visits = {0: "BASE", 91: "M3", 182: "M6"}
    return a_subject(
        subject, consented=START, included=START, stopped=START,
        questionnaires=[(days_after(START, day), {29: answer, 30: answer}) for day, answer in days_and_answers],
        forms=[(visits[day], days_after(START, day), "DONE") for day, _ in days_and_answers] + told.pop("missed", []), **told)


@pytest.fixture
def cut(folder):
    """Global health 4 is 50, 5 is 66.7, 3 is 33.3: at M3 two up by 16.7, one down by 16.7; one missed, one never recorded."""
    return publish(a_trial(
        answered("01-001", (0, 4), (91, 5), (182, 5)), answered("01-002", (0, 4), (91, 5)),
        answered("02-001", (0, 4), (91, 3), missed=[("M6", None, "MISSED", {"reason": "TOO_ILL"})]),
        answered("02-002", (0, 4), missed=[("M3", None, "MISSED", {"reason": "REFUSED"})]), answered("02-003", (0, 6), died="2025-05-01"),
        simulated=True, study_id="HEROES-SIM", visit_plan=PLAN,
    ), folder).cut


def traces(page, meta):
    return next(trace for chart in charts_on(page) for trace in json.loads(chart.spec)["data"] if trace.get("meta") == meta)


def test_the_page_says_that_the_protocol_names_no_questionnaires(run_page, cut):
    assert "not set" in words_on(run_page("quality_of_life"))


def test_completion_is_received_of_expected_with_reasons(run_page, cut):
    page = run_page("quality_of_life", role="dsmb")
    # Baseline 5 of 5; M3: the one who died on day 61 is not expected, 3 of 4; M6: 1 of 4, one missed, two without record.
    assert "9 of 13 expected questionnaires received, 69%" in charts_on(page)[0].alt
    assert traces(page, "n_received")["x"] == [100, 75, 25]
    assert "no record 2" in words_on(page) and "too ill 1" in words_on(page)


def test_mean_change_and_responders_are_those_counted_by_hand(run_page, cut):
    page = run_page("quality_of_life")
    mean = traces(page, "mean change")
    assert mean["y"] == pytest.approx([100 / 18, 100 / 6])  # M3: (16.7 + 16.7 − 16.7)/3; M6: 16.7
    assert traces(page, "improved")["x"] == pytest.approx([200 / 3, 100]) and traces(page, "deteriorated")["x"] == pytest.approx([100 / 3, 0])
    assert "One patient" in mean["text"][1]


def test_time_to_deterioration_has_death_as_competing_event(run_page, cut):
    page = run_page("quality_of_life")
    # Censored at 0: who answered no later. Day 61: one of four dies. Day 91: one of three falls and stays so. 3/4 * 1/3.
    assert traces(page, "curve 1")["y"][-1] == pytest.approx(0.25) and traces(page, "curve 2")["y"][-1] == pytest.approx(0.25)
    assert "death competes" in words_on(page)


@pytest.mark.parametrize("role", ["investigator", "coordinating_investigator", "monitor", "sponsor"])
def test_answers_are_closed_to_those_without_the_right(run_page, cut, role):
    page = run_page("quality_of_life", role=role, own_site="02", assigned_sites="02")
    assert "closed before the primary analysis" in words_on(page)
    shown = [trace.get("meta") for chart in charts_on(page) for trace in json.loads(chart.spec)["data"]]
    assert not {"mean change", "improved", "curve 1"} & set(shown)
    assert not [frame for frame in page.dataframe if "Score" in frame.value.columns]


def test_the_open_completion_is_a_share_without_counts(run_page, cut):
    page = run_page("quality_of_life", role="sponsor")
    assert traces(page, "percent")["x"] == [100] and traces(page, "texts")["text"] == [" 100%", " too few to show", " too few to show"]
    assert not page.dataframe


def test_monitors_get_their_sites_one_by_one_and_no_total(run_page, cut):
    page = run_page("quality_of_life", role="monitor", assigned_sites="01,02")
    assert not charts_on(page)
    table = next(frame.value for frame in page.dataframe if "Expected" in frame.value.columns)
    assert table.set_index(["Site", "Visit"])["Received"].to_dict() == {
        ("01", "BASE"): 2, ("01", "M3"): 2, ("01", "M6"): 1, ("02", "BASE"): 3, ("02", "M3"): 1, ("02", "M6"): 0}
    only = run_page("quality_of_life", role="monitor", assigned_sites="01")
    assert set(next(frame.value for frame in only.dataframe if "Expected" in frame.value.columns)["Site"]) == {"01"}


def test_an_open_policy_shows_pooled_times_and_no_patient(run_page, cut, folder):
    (folder / "access.toml").write_text('pooled_outcomes = "open"\n')
    page = run_page("quality_of_life", role="coordinating_investigator", own_site="01")
    assert "Scores by visit need the rows of all patients" in words_on(page)
    assert "Cumulative incidence" in charts_on(page)[-1].alt and "02-001" not in "".join(chart.spec for chart in charts_on(page))


def test_administrators_see_nothing_of_it(run_page, cut):
    assert "not part of what your role sees" in words_on(run_page("quality_of_life", role="administrator"))


def test_what_was_not_delivered_is_said(run_page, folder):
    publish(a_trial(a_subject("01-001", included=START), simulated=True, study_id="HEROES-SIM"), folder)
    said = words_on(run_page("quality_of_life"))
    assert "does not say which questionnaires were expected" in said and "No answers to questionnaires were delivered" in said
