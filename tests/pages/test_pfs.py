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
    listed = run_page("pfs", behind="delivered")
    shown = next(frame.value for frame in listed.dataframe if "Delivered, days" in frame.value.columns)
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
    assert "2 of 3 patients are censored at the origin: nothing that counts under these rules" in said
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


def frame_with(page, heading):
    return next(frame.value for frame in page.dataframe if heading in frame.value.columns)


def test_every_time_to_event_that_the_delivery_holds_can_be_chosen(run_page, tiny):
    # Last known alive on days 181 and 370, death on day 245 with two at risk: 1/2.
    page = run_page("pfs", time="OS")
    assert metric(page, "12-month OS") == "50.0%" and metric(page, "Events / patients") == "1 / 3"
    assert metric(run_page("pfs", time="TFI"), "Events / patients") == "1 / 3"
    offered = next(box for box in page.selectbox if box.label == "Time to event").options
    assert "Overall survival" in offered and "Time to deterioration of quality of life" not in offered


def test_molecular_recurrence_is_a_cumulative_incidence_with_false_converters_beside_it(run_page, tiny):
    # One of three turned positive on day 91; one progressed or died without: the death of day 245.
    page = run_page("pfs", time="TTMR")
    assert metric(page, "Positive ctDNA first at 12 months") == "33.3%"
    said = words_on(page)
    assert "delta method" in said and "Aalen’s variance" in said
    assert "false converters would be expected" in said and "1 converted" in said
    assert "probability of 4.4%: 7.5 patients" in said


def test_while_on_strategy_is_a_cumulative_incidence_too(run_page, tiny):
    page = run_page("pfs", estimand="while-on-strategy")
    assert metric(page, "Progression or death off therapy at 12 months") == "66.7%"


def test_other_conventions_show_both_curves_and_who_moved(run_page, tiny):
    # The first patient's progression of day 181 is not confirmed by a second scan: censored there, on the scan that shows it.
    page = run_page("pfs", try_pd_confirmation="second_scan")
    assert "NOT THE PROTOCOL’S CONVENTIONS" in charts_on(page)[0].spec
    assert "By the protocol" in charts_on(page)[0].spec
    said = words_on(page)
    assert "1 of 3 patients has another time, event or reason" in said and "By the protocol: 33.3%" in said
    moved = frame_with(page, "By the protocol")
    assert list(moved["Patient"]) == ["01-001"] and list(moved["Change"]) == ["no longer an event"]
    assert list(moved["As tried"]) == ["Censored: ongoing without event"]


def test_fda_censoring_is_named_in_the_conventions(run_page, tiny):
    said = words_on(run_page("pfs", try_censoring="fda"))
    assert "Censoring by FDA table A: any restart of therapy censors, which answers the hypothetical question" in said
    assert "Censoring by study rules: an event after two or more missed scans counts, flagged" in words_on(run_page("pfs"))


def test_the_censoring_rules_are_told_as_they_work_under_each_estimand(run_page, tiny):
    composite = words_on(run_page("pfs", estimand="composite", try_censoring="fda"))
    assert "hypothetical question" not in composite and "restart of therapy censors" not in composite
    assert "is censored at the scan before" in composite and "recent restarts weigh" in composite
    hypothetical = words_on(run_page("pfs", estimand="hypothetical"))
    assert "whatever therapy" not in hypothetical and "no event" in hypothetical
    assert "is an event on that day" in words_on(run_page("pfs", try_censoring="ema"))


def test_from_a_step_of_the_curve_to_the_record_that_caused_it(run_page, tiny):
    page = run_page("pfs")
    step = frame_with(page, "What the record says")
    assert list(step["Patient"]) == ["01-001"] and list(step["Day of the record"]) == [181]
    records = frame_with(page, "◆")
    decides = records[records["◆"] == "◆"]
    assert list(decides["Day from inclusion"]) == [181] and list(decides["What"]) == ["Tumour assessment"]
    assert "marks the record that decided for patient 01-001: Tumour assessment, day 181, PD, INVESTIGATOR" in words_on(page)


def test_another_step_can_be_picked_without_a_mouse(run_page, tiny):
    page = run_page("pfs")
    box = next(box for box in page.selectbox if box.label.startswith("Step of the curve"))
    assert [option.split(":")[0] for option in box.options] == ["5.9 months (day 181)", "8.0 months (day 245)", "12.2 months (day 370)"]
    page = box.set_value(245.0).run()
    assert list(frame_with(page, "What the record says")["Patient"]) == ["02-001"]


def test_the_sensitivity_analyses_stand_beside_the_protocols_own(run_page, tiny):
    page = run_page("pfs", behind="sensitivity")
    table = frame_with(page, "Analysis")
    assert table["Analysis"].iloc[0] == "As the protocol says" and table["Estimate"].iloc[0] == 1 / 3
    told = list(table["Analysis"])
    for part in ("Censoring: FDA table A", "Confirmation: always, by a second scan", "Origin: treatment stop", "Interval-censored (Turnbull)",
                 "One day added to every time", "At the end of the scan window, day 379.25"):
        assert part in told
    moved = dict(zip(told, table["Patients who moved"], strict=True))
    assert moved["Confirmation: always, by a second scan"] == 1 and moved["One day added to every time"] == 3


def test_subgroups_of_few_have_no_curve_and_no_test(run_page, folder):
    few = [
        a_subject(f"01-{n:03}", included="2025-01-10", progressed="2025-07-10" if n % 2 else None, scans=[("2025-06-01", "PR")], line_of_therapy=1 + (n > 10))
        for n in range(15)
    ]
    publish(a_trial(*few, simulated=True, study_id="HEROES-SIM"), folder)
    page = run_page("pfs", behind="subgroups")
    said = words_on(page)
    assert "no test is made" in said and "Below 10 patients no curve is drawn" in said
    assert "second line or later" in charts_on(page)[1].spec


def test_the_states_of_therapy_add_up_and_name_their_records(run_page, tiny):
    page = run_page("pfs", behind="states")
    table = frame_with(page, "Then")
    first = table[table["Patient"] == "01-001"]
    assert list(first["State"]) == ["On treatment", "Off therapy", "Progressed"] and list(first["To day"])[:2] == [2, 181]
    assert list(first["Record"])[:2] == ["Milestone", "Tumour assessment"]
    assert "Expected months in each state" in words_on(page)


def test_no_link_opens_what_lies_behind_a_closed_curve(run_page, tiny):
    for behind in ("steps", "sensitivity", "subgroups", "states", "patients", "numbers", "delivered"):
        page = run_page("pfs", role="sponsor", behind=behind, try_censoring="fda", time="OS")
        assert "Pooled outcomes are closed" in words_on(page) and not charts_on(page) and not page.dataframe


def test_another_interval_and_a_simultaneous_band_are_named(run_page, tiny):
    page = run_page("pfs", interval="plain", band="log-hall-wellner")
    spec = charts_on(page)[0].spec
    assert "Simultaneous 95% band (Hall–Wellner, log–log)" in spec and "Kaplan–Meier, 95% plain interval" in spec
    assert "(plain)" in words_on(page)


def test_a_band_that_does_not_exist_says_why(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included="2025-01-10", scans=[("2026-01-25", "PR")]), simulated=True, study_id="HEROES-SIM",
    ), folder)
    assert "No simultaneous band:" in words_on(run_page("pfs", band="hall-wellner"))


def test_the_numbers_of_the_curve_hold_the_cumulative_hazard_too(run_page, tiny):
    table = frame_with(run_page("pfs", behind="numbers"), "Cumulative hazard (Nelson–Aalen)")
    assert list(table["Cumulative hazard (Nelson–Aalen)"]) == [1 / 3, 1 / 3 + 1 / 2, 1 / 3 + 1 / 2]


def test_the_protocols_row_keeps_the_protocols_interval_whatever_is_tried(run_page, tiny):
    usual = frame_with(run_page("pfs", behind="sensitivity"), "Analysis")
    tried = frame_with(run_page("pfs", behind="sensitivity", interval="plain"), "Analysis")
    assert list(tried["Lower limit"].dropna()) == list(usual["Lower limit"].dropna())
    assert "NOT THE PROTOCOL’S CONVENTIONS" in charts_on(run_page("pfs", interval="plain"))[0].spec


def test_delivered_times_without_a_unit_of_time_are_not_offered(run_page, folder):
    publish(a_trial(
        a_subject("01-001", included="2025-01-10", tte=[{"paramcd": "PFS", "aval": 3.0, "avalu": "CYCLES", "cnsr": 1}]),
        simulated=True, study_id="HEROES-SIM",
    ), folder)
    page = run_page("pfs")
    assert "neither tumour responses nor a delivered PFS" in words_on(page)
    assert [box for box in page.selectbox if box.label == "Time to event"]


def test_a_reader_who_read_nothing_is_said_to_have_read_nothing(run_page, tiny, folder):
    from heroes.protocol import PACKAGED

    text = PACKAGED.read_text().replace('evaluator = { value = "INVESTIGATOR"', 'evaluator = { value = "SOMEBODY ELSE"')
    (folder / "protocol.toml").write_text(text)
    assert "No scan of an included patient was read by SOMEBODY ELSE" in words_on(run_page("pfs"))


def test_the_view_behind_the_curve_is_the_one_that_is_lit(run_page, tiny):
    # Sensitivity is no view of overall survival; back at PFS the link still asks for it, and the lit button says so.
    page = run_page("pfs", behind="sensitivity", time="OS")
    box = next(box for box in page.selectbox if box.label == "Time to event")
    page = box.set_value("PFS").run()
    lit = next(group for group in page.button_group if "sensitivity" in str(group.options).lower())
    assert "Analysis" in [heading for frame in page.dataframe for heading in frame.value.columns]
    assert lit.value == "sensitivity"


def test_pooled_counts_are_never_of_a_length_that_links_two_events_of_one_patient(run_page, tiny, folder):
    (folder / "access.toml").write_text('pooled_outcomes = "open"\n')
    page = run_page("pfs", role="coordinating_investigator", own_site="01", time="TTPMR")
    offered = next(box for box in page.selectbox if box.label == "Time to event")
    assert "First positive ctDNA to progression" not in offered.options and offered.value == "PFS"
    assert "First positive ctDNA to progression" in next(box for box in run_page("pfs").selectbox if box.label == "Time to event").options
