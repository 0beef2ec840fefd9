"""The PFS page: the number, its conventions, its closed door, and what it says when there is no number."""

import json

from tests.builders import a_subject, a_trial, publish
from tests.pages.conftest import charts_on, words_on


def metric(page, label):
    return next(tile.value for tile in page.metric if tile.label == label)


def test_the_twelve_month_estimate_is_the_one_counted_by_hand(run_page, tiny):
    # Three patients: progression on day 181, death on day 245, the third followed to day 370: 2/3 * 1/2.
    page = run_page("pfs")
    assert metric(page, "12-month PFS") == "33.3%"
    assert metric(page, "At risk at 12 months") == "1"
    assert metric(page, "Events / patients") == "2 / 3"


def test_the_conventions_stand_under_the_curve(run_page, tiny):
    said = words_on(run_page("pfs"))
    for part in ("treatment policy", "Origin: inclusion", "365.25 days", "30.4375 days", "equivocal findings only", "the local investigator"):
        assert part in said


def test_the_composite_estimand_counts_the_positive_call(run_page, tiny):
    # The first patient turns positive on day 91, before the progression on day 181: still one event each.
    page = run_page("pfs", estimand="composite")
    assert "composite" in words_on(page)
    assert metric(page, "Events / patients") == "2 / 3"


def test_not_estimable_is_said_with_the_reason(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included="2025-10-01", stopped="2025-10-02", scans=[("2025-09-20", "PR"), ("2026-01-05", "PR")]),
        a_subject("01-002", included="2025-10-05", stopped="2025-10-06", scans=[("2025-09-20", "PR"), ("2025-12-30", "PR")]),
        simulated=True, study_id="HEROES-SIM",
    ), folder)
    page = run_page("pfs")
    assert metric(page, "12-month PFS") == "not estimable"
    assert "the longest follow-up is 96 days" in words_on(page)


def test_without_responses_or_delivered_times_the_page_says_what_is_missing(run_page, folder):
    publish(a_trial(a_subject("01-001", included="2025-10-01"), simulated=True, study_id="HEROES-SIM"), folder)
    page = run_page("pfs")
    assert "neither tumour responses nor a delivered PFS" in words_on(page)
    assert not charts_on(page)


def test_those_without_the_right_get_the_question_and_never_the_answer(run_page, tiny):
    for role in ("investigator", "coordinating_investigator", "monitor", "sponsor", "administrator"):
        page = run_page("pfs", role=role)
        said = words_on(page)
        assert "Pooled outcomes are closed" in said
        assert "treatment policy" in said
        assert not charts_on(page) and not page.metric and not page.dataframe


def test_an_open_policy_shows_the_coordinating_investigator_the_curve_without_a_patient(run_page, tiny, folder):
    (folder / "access.toml").write_text('pooled_outcomes = "open"\n')
    page = run_page("pfs", role="coordinating_investigator", own_site="01")
    assert metric(page, "12-month PFS") == "33.3%"
    assert "02-001" not in charts_on(page)[0].spec and "01-001" not in charts_on(page)[0].spec
    assert not [frame for frame in page.dataframe if "Patient" in frame.value.columns]


def test_the_dsmb_is_told_which_patients_a_step_is(run_page, tiny):
    assert "01-001" in charts_on(run_page("pfs", role="dsmb"))[0].spec


def test_a_delivered_time_that_differs_is_listed_with_its_reason(run_page, folder):
    publish(a_trial(
        a_subject(
            "01-001", included="2025-01-10", stopped="2025-01-12", progressed="2025-07-10", scans=[("2025-01-05", "PR")],
            tte=[{"paramcd": "PFS", "start_day": "2025-01-10", "end_day": "2025-06-01", "aval": 142.0, "avalu": "DAYS",
                  "aval_days": 142.0, "cnsr": 0, "evntdesc": "Disease Progression"}],
        ),
        a_subject(
            "01-002", included="2025-01-10", stopped="2025-01-12", progressed="2025-07-10", scans=[("2025-01-05", "PR")],
            tte=[{"paramcd": "PFS", "start_day": "2025-01-10", "end_day": "2025-07-10", "aval": 181.0, "avalu": "DAYS",
                  "aval_days": 181.0, "cnsr": 0, "evntdesc": "Disease Progression"}],
        ),
        simulated=True, study_id="HEROES-SIM",
    ), folder)
    page = run_page("pfs")
    assert "1 of 2 patients differ" in words_on(page)
    shown = next(frame.value for frame in page.dataframe if "Delivered, days" in frame.value.columns)
    assert list(shown["Patient"]) == ["01-001"]
    delivered = run_page("pfs", pfs_source="delivered")
    steps = json.loads(charts_on(delivered)[0].spec)
    assert steps["data"]


def test_each_estimand_is_told_with_its_own_events_and_censoring(run_page, tiny):
    composite = words_on(run_page("pfs", estimand="composite"))
    assert "Event: radiological progression, death, a positive ctDNA or any restart of therapy" in composite
    assert "Censored at the earlier of last evaluable scan and last negative draw" in composite
    hypothetical = words_on(run_page("pfs", estimand="hypothetical"))
    assert "Event: radiological progression or death" in hypothetical and "up to the resumption" in hypothetical


def test_patients_who_say_nothing_and_a_thin_tail_are_named(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included="2025-01-10", progressed="2025-07-10"),
        a_subject("01-002", included="2025-01-10"),
        a_subject("01-003", included="2025-01-10"),
        simulated=True, study_id="HEROES-SIM",
    ), folder)
    page = run_page("pfs")
    assert metric(page, "12-month PFS") == "0.0%"  # one patient at risk, and that one progressed
    said = words_on(page)
    assert "2 of 3 patients are censored at the origin" in said
    assert "The 12-month estimate lies where too few patients remain at risk" in said


def test_an_included_patient_with_a_positive_baseline_is_named_beside_the_curve(run_page, folder):
    positive = {"severity": "QUERY", "rule": "baseline_positive_included", "subject_id": "01-001"}
    patient = a_subject("01-001", included="2025-01-10", progressed="2025-07-10", calls=[("2025-01-05", "POSITIVE", 1.0)])
    publish(a_trial(patient, simulated=True, study_id="HEROES-SIM", issues=[positive]), folder)
    assert "1 included patient has a positive baseline ctDNA" in words_on(run_page("pfs"))


def test_delivered_times_are_not_called_the_cohort(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included="2025-01-10", calls=[("2025-01-05", "NEGATIVE")], scans=[("2025-06-01", "PR")],
                  tte=[{"paramcd": "PFS", "aval": 142.0, "avalu": "DAYS", "aval_days": 142.0, "cnsr": 1}]),
        a_subject("01-002", consented="2025-01-10", tte=[{"paramcd": "PFS", "aval": 1.0, "avalu": "DAYS", "aval_days": 1.0, "cnsr": 1}]),
        simulated=True, study_id="HEROES-SIM",
    ), folder)
    spec = charts_on(run_page("pfs", pfs_source="delivered"))[0].spec
    assert "PFS as delivered" in spec and "patients with a delivered time" in spec and "n = 2" in spec
    assert "cohort" not in spec


def test_the_milestone_is_said_to_the_quarter_of_a_day(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included="2025-10-01", scans=[("2026-01-05", "PR")]), simulated=True, study_id="HEROES-SIM",
    ), folder)
    assert "365.25 days: the longest follow-up" in words_on(run_page("pfs"))
